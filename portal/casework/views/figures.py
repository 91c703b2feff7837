"""The figures of a unit or a region, month by month."""

from datetime import date

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import UnprocessableEntity

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries import figures as queries
from portal.casework.queries.board import viewpoint
from portal.casework.rules import LEAST_SAMPLE
from portal.casework.views.blueprint import bp, page
from portal.infra.database import db
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window

offer_on_desk(bp, "figures", _l("Figures"), Permission.ASSIGN_REPORTS, order=45)


@bp.get("/figures")
@requires(Permission.ASSIGN_REPORTS)
def figures() -> ResponseReturnValue:
    """What the units in reach came to in a month: shares and medians, and how reports ended."""
    session, view = db.session(), viewpoint(current_actor())
    month = _month(view.today)
    return page(
        "figures",
        month=month,
        months=queries.list_months(session, view),
        least=LEAST_SAMPLE,
        together=queries.get_together(session, month, view),
        endings=queries.list_endings(session, month, view),
        lines=queries.list_figures(session, month, view, requested_window(*queries.FIGURES_KEY)),
    )


def _month(today: date) -> date:
    """The month that the URL asks for, or this one; refused if it is none."""
    asked = request.args.get("month")
    try:
        return date.fromisoformat(f"{asked}-01") if asked else today.replace(day=1)
    except ValueError as error:
        raise UnprocessableEntity("month") from error
