"""What people see when something is refused or breaks: one dictionary, one page, two languages.

The page is rendered without context processors, session or database, since any of them may be
what is broken. A PortalError's own sentence is the message `refused.<code>` of the catalogues,
if there is one; the text of the exception never reaches the page. What the reader had typed does,
where the view has named its fields (`portal.web.returned`). A refusal at the desk, where all works
and only the answer is no, is a page of the desk with the way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from flask import Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    RequestEntityTooLarge,
    ServiceUnavailable,
    TooManyRequests,
    UnprocessableEntity,
)
from werkzeug.exceptions import NotFound as PageNotFound

from portal.access.guard import current_actor
from portal.kernel.errors import (
    Disposed,
    MoveRefused,
    NotFound,
    NotPermitted,
    PortalError,
    RuleBroken,
    TooManyAttempts,
    Unavailable,
)
from portal.web.text import clean


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status with the words for it: what happened, and what the reader can do."""

    status: int
    title: LazyString
    advice: LazyString


_NOT_FOUND = Refusal(
    404,
    _l("Page not found"),
    _l("Check the address, or start again from the first page."),
)
_NOT_PERMITTED = Refusal(
    403,
    _l("You may not do this"),
    _l("If you need it, ask whoever leads your unit or your organisation."),
)
_UNAVAILABLE = Refusal(
    503,
    _l("The service cannot do this at the moment"),
    _l("Please try again in a few minutes."),
)
_BAD_REQUEST = Refusal(
    400,
    _l("We could not read what was sent"),
    _l("Go back, check what you entered and send it again."),
)
_BROKEN = Refusal(
    500,
    _l("Something went wrong on our side"),
    _l("It has been noted. Please try again in a few minutes."),
)
_TOO_MANY = Refusal(
    429,
    _l("Too many requests"),
    _l("There were too many attempts from your network. Please wait a little and try again."),
)

REFUSALS: Mapping[type[Exception], Refusal] = {
    NotFound: _NOT_FOUND,
    Disposed: Refusal(
        410,
        _l("This was disposed of"),
        _l("Its time was over. What it said was destroyed and cannot be brought back."),
    ),
    NotPermitted: _NOT_PERMITTED,
    RuleBroken: Refusal(
        422,
        _l("This cannot be done"),
        _l("It does not fit what is recorded so far. Nothing was changed."),
    ),
    MoveRefused: Refusal(
        409,
        _l("Somebody was here before you"),
        _l("The record has moved on since you opened it. Go back, reload it and look again."),
    ),
    Unavailable: _UNAVAILABLE,
    CSRFError: Refusal(
        400,
        _l("This page was open too long"),
        _l("Go back, reload the page and send it again. Copy your text first to be safe."),
    ),
    BadRequest: _BAD_REQUEST,
    Forbidden: _NOT_PERMITTED,
    PageNotFound: _NOT_FOUND,
    MethodNotAllowed: Refusal(
        405,
        _l("This address cannot be used that way"),
        _l("Start again from the first page."),
    ),
    RequestEntityTooLarge: Refusal(
        413,
        _l("What you sent is too large"),
        _l("Send fewer or smaller files, or shorten the text, then send it again."),
    ),
    UnprocessableEntity: _BAD_REQUEST,
    TooManyRequests: _TOO_MANY,
    TooManyAttempts: _TOO_MANY,
    ServiceUnavailable: _UNAVAILABLE,
    InternalServerError: _BROKEN,
}

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
# Two did the same at once, and the database let one of them: the row is there, or has moved on.
OVERTAKEN = (IntegrityError, StaleDataError)
_MOST_MINUTES = 90
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def refusal_for(error: Exception) -> Refusal:
    """The entry of the nearest class of the error, else that of its kind: theirs or ours."""
    for kind in type(error).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind]
    theirs = isinstance(error, HTTPException) and (error.code or 500) < 500  # noqa: PLR2004
    return _BAD_REQUEST if theirs else _BROKEN


def sentence(error: PortalError) -> str | None:
    """The sentence of the catalogues for a refusal, if an area wrote one; it may name a parameter.

    One for the kind of throttle (`refused.too-many-attempts.uploads`) says more than one for all.
    """
    for key in (f"refused.{error.code}.{error.params.get('kind', '')}", f"refused.{error.code}"):
        found = str(gettext(key, **error.params))
        if found != key:
            return f"{found}{_when(error)}" if key == f"refused.{error.code}" else found
    return None


def _when(error: PortalError) -> str:
    """When a hold is over, rounded up: in minutes, and from an hour and a half on in hours.

    A wait of seconds is named in its own sentence.
    """
    if not isinstance(error, TooManyAttempts) or "seconds" not in error.params:
        return ""
    if error.code == "proof-needed":
        return ""
    minutes = ceil(int(error.params["seconds"]) / 60)
    if minutes <= _MOST_MINUTES:
        minutes = max(1, minutes)
        return str(
            ngettext(" Try again in %(num)d minute.", " Try again in %(num)d minutes.", minutes)
        )
    hours = ceil(minutes / 60)
    return str(ngettext(" Try again in %(num)d hour.", " Try again in %(num)d hours.", hours))


def wait_before(error: Exception) -> dict[str, str]:
    """The header that says when to try again, if the refusal knows."""
    if isinstance(error, TooManyAttempts) and "seconds" in error.params:
        return {"Retry-After": str(error.params["seconds"])}
    return {}


def typed_fields() -> tuple[str, ...] | None:
    """The fields whose text a failed POST gives back; None for a view that gives nothing back."""
    view = current_app.view_functions.get(request.endpoint or "")
    fields: tuple[str, ...] | None = getattr(view, "typed", None)
    return fields


def typed_text() -> str:
    """What was typed into these fields, to be copied from a page that is not the form."""
    fields = () if request.method in _SAFE_METHODS else typed_fields() or ()
    try:
        values = [clean(request.form.get(name, "")) for name in fields]
    except HTTPException:  # it is the form that could not be read
        return ""
    return "\n\n".join(value for value in values if value)


def error_page(refusal: Refusal, reason: str | None = None) -> str:
    """The page itself; says so plainly when something sent was not received."""
    sent = request.method not in _SAFE_METHODS
    lost = sent and refusal.status in {400, 409, 413, 429, 500, 503}
    template = current_app.jinja_env.get_template("errors/error.html")
    return template.render(refusal=refusal, reason=reason, not_received=lost, typed=typed_text())


def page_above() -> str:
    """The nearest page above this address: that of the report for an act on it."""
    pages = current_app.url_map.bind_to_environ(request.environ)
    path = request.path
    while path := path.rpartition("/")[0]:
        if pages.test(path, "GET"):
            return path
    return "/"


def _desk_page(refusal: Refusal, reason: str | None) -> str:
    return render_template(
        "errors/desk.html", refusal=refusal, reason=reason, back=page_above(), typed=typed_text()
    )


def _refused(error: PortalError) -> ResponseReturnValue:
    refusal = refusal_for(error)
    page = _desk_page if _at_desk(error) else error_page
    return page(refusal, sentence(error)), refusal.status, wait_before(error)


# What is answered while everything works: the page of the desk can be shown.
_CALM = (NotFound, NotPermitted, RuleBroken, MoveRefused, PageNotFound, MethodNotAllowed)


def _at_desk(error: Exception) -> bool:
    """Whether somebody who is signed in at the desk is to stay there."""
    calm = isinstance(error, _CALM) and request.path.startswith("/desk/")
    return calm and current_actor().id is not None


def _overtaken(error: Exception) -> ResponseReturnValue:
    """Tell the slower of two; what the database said quotes values and goes nowhere."""
    current_app.logger.error("overtaken: %s", type(error).__name__)
    refusal = REFUSALS[MoveRefused]
    return error_page(refusal), refusal.status


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Keep status and headers (`Allow`, `Retry-After`); replace the body."""
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, DATABASE_AWAY):
        return _database_away(cause)
    if error.response is not None:
        return error
    refusal = refusal_for(error)
    text = _desk_page(refusal, None) if _at_desk(error) else error_page(refusal)
    answer = make_response(text, error.code or refusal.status)
    for name, value in error.get_headers(request.environ):
        if name != "Content-Type":
            answer.headers[name] = value
    return answer


def _database_away(_error: Exception) -> Response:
    current_app.logger.error("database away: %s", type(_error).__name__)
    answer = make_response(error_page(_UNAVAILABLE), 503)
    answer.headers["Retry-After"] = "60"
    return answer


def init_errors(app: Flask) -> None:
    """Show our own page for every refusal and every failure."""
    app.register_error_handler(PortalError, _refused)
    app.register_error_handler(HTTPException, show_http_error)
    for overtaken in OVERTAKEN:
        app.register_error_handler(overtaken, _overtaken)
    for kind in DATABASE_AWAY:
        app.register_error_handler(kind, _database_away)
