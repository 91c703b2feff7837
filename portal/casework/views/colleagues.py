"""The unit of whoever gives out its work: who is here, who is away, who has how much."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.staff import list_members
from portal.casework.views.blueprint import bp, page
from portal.infra.database import db
from portal.web.navigation import offer_on_desk

offer_on_desk(bp, "colleagues", _l("My unit"), Permission.ASSIGN_REPORTS, order=40)


@bp.get("/colleagues")
@requires(Permission.ASSIGN_REPORTS)
def colleagues() -> ResponseReturnValue:
    """Everybody of the unit, with what they have open."""
    return page("colleagues", members=list_members(db.session(), current_actor()))
