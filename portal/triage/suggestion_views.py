"""How right the learnt suggestions are."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.triage import suggestions
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("suggestions", __name__, url_prefix="/desk/triage")
offer_on_desk(bp, "learnt", _l("Suggestions"), Permission.READ_SUGGESTIONS, order=790)


@bp.get("/suggestions")
@requires(Permission.READ_SUGGESTIONS)
def learnt() -> ResponseReturnValue:
    """Counts for each category, measured on corrections that were held back."""
    return render_template(
        "triage/suggestions.html",
        learnt=suggestions.find_learnt(db.session(), current_actor()),
        few=suggestions.FEW,
        place=current_place(),
        language=current_language().tag,
    )
