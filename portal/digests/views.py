"""Digests between units on the desk: the list, one with its figures, and acknowledging it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.board import LaterHeap, offer_heap
from portal.digests import queries, service
from portal.digests.rules import MOST_THINGS, Turn
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window

bp = Blueprint("digests", __name__, url_prefix="/desk/digests")
NEEDED = Permission.ASSIGN_REPORTS
offer_on_desk(bp, "digests", _l("Digests between units"), NEEDED, order=46)
offer_heap(
    LaterHeap("digests.digests", _l("Digests to acknowledge"), NEEDED, queries.heap_of_unread)
)


def page(template: str, **context: object) -> str:
    """A page of the stage, with the place and the language that it shows names by."""
    shown = {"place": current_place(), "language": current_language().tag, **context}
    return render_template(f"digests/{template}.html", **shown)


@bp.get("")
@requires(NEEDED)
def digests() -> ResponseReturnValue:
    """The digests of one's unit, or of the units of the region."""
    window = requested_window(*queries.DIGESTS_KEY)
    return page("digests", lines=queries.list_digests(db.session(), current_actor(), window))


@bp.get("/<uuid:digest_id>")
@requires(NEEDED)
def digest(digest_id: UUID) -> ResponseReturnValue:
    """What two units shared in a month: figures, and numbers of what the reader may see."""
    shown = queries.get_page(db.session(), digest_id, current_actor())
    return page("digest", shown=shown, turns=tuple(Turn), most=MOST_THINGS)


@bp.post("/<uuid:digest_id>/acknowledge")
@requires(NEEDED)
def acknowledge(digest_id: UUID) -> ResponseReturnValue:
    """Note that the unit has its copy."""
    service.acknowledge_digest(service.AcknowledgeDigest(digest_id), actor=current_actor())
    flash(_("Acknowledged. The other unit sees it."), "success")
    return redirect(url_for(".digest", digest_id=digest_id), 303)
