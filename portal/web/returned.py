"""Forms that come back: whatever refuses them, what was typed is not lost.

    @bp.route("/letter", methods=["GET", "POST"])
    @public
    @returns_form("text")
    def letter() -> ResponseReturnValue:
        form = LetterForm()
        if form.validate_on_submit():
            service.send(form.to_command(), actor=current_actor())
            return redirect(...)
        return render_template("letter.html", form=form), 422 if form.is_submitted() else 200

A refusal of the service, or of the CSRF token, has the view run once more with a form that is not
valid: it shows its page with what was typed and the sentence of the refusal on top. So such a view
does nothing but by a form that is valid. Where even that page cannot be shown, the error page
shows the text of the named fields, to be copied.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from portal.kernel.errors import (
    MoveRefused,
    PortalError,
    RuleBroken,
    TooManyAttempts,
    Unavailable,
)
from portal.web.errors import refusal_for, sentence, show_http_error, typed_fields, wait_before

V = TypeVar("V", bound=Callable[..., Any])
_RETURNED = (MoveRefused, RuleBroken, TooManyAttempts, Unavailable)


def returns_form(*typed: str, unless: tuple[type[PortalError], ...] = ()) -> Callable[[V], V]:
    """Have a refused form shown again; `typed` are the fields of text worth copying.

    What is refused for one of `unless` has a page of its own. Never name a field for a secret.
    Stands below the guard.
    """

    def decorate(view: V) -> V:
        @wraps(view)
        def returning(*args: object, **kwargs: object) -> ResponseReturnValue:
            try:
                return view(*args, **kwargs)  # type: ignore[no-any-return]
            except _RETURNED as refused:
                if request.method != "POST" or isinstance(refused, unless):
                    raise
                words = sentence(refused) or str(refusal_for(refused).advice)
                return _again(view, refused, words, kwargs)

        returning.typed = typed  # type: ignore[attr-defined]
        return returning  # type: ignore[return-value]

    return decorate


def _again(
    view: Callable[..., Any], refused: Exception, words: str, arguments: dict[str, Any]
) -> BaseResponse:
    """The page of the form, with the words on top and the status of the refusal."""
    g.refusal, g.refused = words, refused
    answer = make_response(view(**arguments))
    if answer.status_code < 300 or answer.status_code == 422:  # noqa: PLR2004  # a page
        answer.status_code = refusal_for(refused).status
        answer.headers.extend(wait_before(refused))
    return answer


def comes_back() -> bool:
    """Whether this page is a refused form that is shown again."""
    return "refusal" in g


def _csrf_failed(error: CSRFError) -> ResponseReturnValue:
    """Show the form again with a fresh token, where it was one and the view knows how to."""
    if typed_fields() is None or not any(request.form.values()):
        return show_http_error(error)
    view = current_app.view_functions[str(request.endpoint)]
    words = gettext(
        "The page was open for too long to be sent. What you typed is still here: press the "
        "button once more."
    )
    try:
        return _again(view, error, words, dict(request.view_args or {}))
    except (HTTPException, PortalError) as refused:  # the view itself leads elsewhere
        return current_app.handle_user_exception(refused)


def init_returned(app: Flask) -> None:
    """Give back the forms whose token is not good any more."""
    app.register_error_handler(CSRFError, _csrf_failed)
