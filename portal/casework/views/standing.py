"""Work that stands still, by state."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import UnprocessableEntity

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries import standing as queries
from portal.casework.queries.board import MOST_COUNTED, viewpoint
from portal.casework.rules import STANDS_AFTER
from portal.casework.views.blueprint import bp, page
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window

offer_on_desk(bp, "standing", _l("Standing still"), Permission.READ_REPORTS, order=35)


@bp.get("/standing")
@requires(Permission.READ_REPORTS)
def standing() -> ResponseReturnValue:
    """What has had no step for long in one state, and how much there is in each."""
    view, state = viewpoint(current_actor()), _state(request.args.get("state", "routed"))
    return page(
        "standing",
        state=state,
        after=STANDS_AFTER,
        counts=queries.count_standing(db.session(), view),
        bound=MOST_COUNTED,
        lines=queries.list_standing(
            db.session(), state, view, requested_window(*queries.STANDING_KEY)
        ),
    )


def _state(name: str) -> ReportState:
    """The state in the URL; refused if nothing stands still in one of that name."""
    if name not in {state.value for state in STANDS_AFTER}:
        raise UnprocessableEntity("state")
    return ReportState(name)
