"""Pages that belong to no stage: language, leaving at once, and what we say about ourselves."""

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from portal.access.guard import public
from portal.infra.config import settings
from portal.infra.visits import DRAFT_HOURS
from portal.web.language import BY_TAG, COOKIE
from portal.web.redirects import local_path

bp = Blueprint("web", __name__)

YEAR_SECONDS = 31_536_000


@bp.get("/language/<code>")
@public
def language(code: str) -> ResponseReturnValue:
    """Keep the choice of language and go back to the page it was made on."""
    if code not in BY_TAG:
        raise NotFound
    answer = make_response(redirect(local_path(request.args.get("back")), code=303))
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(
        COOKIE, code, max_age=YEAR_SECONDS, secure=secure, httponly=True, samesite="Lax"
    )
    return answer


@bp.get("/leave")
@public
def leave() -> ResponseReturnValue:
    """Send the reader to a harmless page and have the browser forget this site.

    Other sites may not trigger the forgetting: it would sign people out.
    """
    answer = make_response(redirect(settings().exit_url, code=303))
    if request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}:
        answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


@bp.get("/about")
@public
def about() -> ResponseReturnValue:
    """What this service does and does not do."""
    return render_template("web/about.html")


@bp.get("/protection")
@public
def protection() -> ResponseReturnValue:
    """How a reporter is protected, and what we cannot protect from."""
    return render_template("web/protection.html")


@bp.get("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement."""
    return render_template("web/accessibility.html", hours=DRAFT_HOURS)
