"""The cookie of the desk, and Flask-Login fed from the table of sessions."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, TypeVar

from flask import Flask, Request, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import SignedIn, find_signed_in
from portal.accounts.rules import IS_DEPARTMENT, SEEN_EVERY, token_hash
from portal.accounts.service.sessions import OpenedSession, note_seen
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.throttle import bucket_of
from portal.kernel.actor import Actor
from portal.web.progress import is_fetched_by_itself

V = TypeVar("V", bound=Callable[..., Any])
Forget = Callable[[BaseResponse], None]

LONGEST_COOKIE: Final = 100
PRESENCE: Final = Actor.system("presence")
_FORGETTING: Final[list[Forget]] = []


def init_accounts(app: Flask, is_department: Callable[[str], bool]) -> None:
    """Connect Flask-Login to the sessions of staff; give the CSRF and flash cookie its flags.

    Which departments there are is known to a later stage only.
    """
    app.extensions[IS_DEPARTMENT] = is_department
    app.config.update(
        SESSION_COOKIE_NAME="__Host-page" if settings().https else "page",
        SESSION_COOKIE_SECURE=settings().https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
    )
    manager = LoginManager(app)
    # Its own protection works on the signed cookie, which knows nothing of staff here.
    manager.session_protection = None
    manager.request_loader(_load_user)
    app.before_request(_meet)


def current_session() -> SignedIn | None:
    """The session of this request, also one that is only half-way through signing in."""
    met: SignedIn | None = g.get("desk_session")
    return met


def half_way_session() -> SignedIn:
    """The session of this request, at least half-way; otherwise send the reader to sign in."""
    met = current_session()
    if met is None:
        abort(redirect(url_for("accounts.sign_in"), code=303))
    return met


def own_session() -> SignedIn:
    """The session of somebody who is fully signed in; otherwise send the reader to sign in."""
    met = half_way_session()
    if not met.second_factor_done:
        abort(redirect(url_for("accounts.second_factor"), code=303))
    return met


def requires_step_up(view: V) -> V:
    """Have the second factor shown again before money, identity, export or a new factor.

    Stands below `@requires`. A POST that comes too late leads to the step-up and back to the page
    it was sent from being opened anew, so put it on the GET of the form as well.
    """

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> object:
        if own_session().is_fresh(datetime.now(UTC)):
            return view(*args, **kwargs)
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.step_up", next=back), code=303)

    return guarded  # type: ignore[return-value]


def network() -> str:
    """The label of the network this request comes from; the address itself goes no further."""
    return bucket_of(request.remote_addr, datetime.now(UTC).date())


def with_cookie(answer: BaseResponse, opened: OpenedSession) -> BaseResponse:
    """Give the browser its new session; the CSRF token of the one before is worth nothing now."""
    session.clear()
    answer.set_cookie(
        _cookie_name(),
        opened.token,
        secure=settings().https,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return answer


def when_signed_out(forget: Forget) -> Forget:
    """Have a later stage forget what it kept for the browser in which somebody signs out."""
    _FORGETTING.append(forget)
    return forget


def forget_visitor(answer: BaseResponse) -> BaseResponse:
    """Have every stage forget what it kept for this browser: who used it is signed out."""
    for forget in _FORGETTING:
        forget(answer)
    return answer


def without_cookie(answer: BaseResponse) -> BaseResponse:
    """Have the browser forget the session and everything it kept of this site."""
    session.clear()
    answer.delete_cookie(
        _cookie_name(), secure=settings().https, httponly=True, samesite="Strict", path="/"
    )
    # Not "cookies": the choice of language is worth keeping, and the session is gone for good.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return forget_visitor(answer)


def _cookie_name() -> str:
    return "__Host-desk" if settings().https else "desk"


def _meet() -> ResponseReturnValue | None:
    """Look up the session once for each request that carries a cookie, and note that it is used."""
    g.desk_session = None
    token = request.cookies.get(_cookie_name(), "")
    if not token or len(token) > LONGEST_COOKIE or request.endpoint == "static":
        return None
    now = datetime.now(UTC)
    met = find_signed_in(db.session(), token_hash(token), now)
    used = met is not None and not is_fetched_by_itself()
    if met is not None and used and now - met.last_seen_at >= SEEN_EVERY:
        note_seen(met.session_id, actor=PRESENCE)
    g.desk_session = met
    return None


def _load_user(_request: Request) -> SignedIn | None:
    """Only a full session is a user; a half-way one is nobody to the guard."""
    met = current_session()
    return met if met is not None and met.second_factor_done else None
