"""What is due, the lists that two people decide on, and what was disposed of."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.board import viewpoint
from portal.disposal.forms import ProposalForm
from portal.disposal.queries import lists as queries
from portal.disposal.rules import SOON_DAYS
from portal.disposal.service import deciding
from portal.disposal.views.blueprint import bp, page
from portal.infra.database import db
from portal.web.pagination import requested_window

DISPOSES = Permission.DISPOSE_RECORDS


@bp.get("/disposal")
@requires(DISPOSES)
def due() -> ResponseReturnValue:
    """The records whose time is over, or is over soon."""
    soon, view = request.args.get("list") == "soon", viewpoint(current_actor())
    window = requested_window(*queries.DUE_KEY)
    lines = queries.list_due(db.session(), view, window, soon=soon)
    return page("due", lines=lines, soon=soon, days=SOON_DAYS, form=ProposalForm())


@bp.post("/disposal")
@requires(DISPOSES)
def propose() -> ResponseReturnValue:
    """Put what was ticked on a list for a second person."""
    command = ProposalForm().to_command(request.form.getlist("picked"))
    made = deciding.propose_disposal(command, actor=current_actor())
    flash(_("List %(number)s waits for a second person.", number=made.number), "success")
    if made.left_out:
        flash(
            ngettext(
                "%(num)d record is not on it: a hold, a new message or open work keeps it.",
                "%(num)d records are not on it: a hold, a new message or open work keeps them.",
                made.left_out,
            )
        )
    return redirect(url_for(".disposal_list", number=made.number), 303)


@bp.get("/disposal/lists")
@requires(DISPOSES)
def lists() -> ResponseReturnValue:
    """The lists, newest first."""
    window = requested_window(*queries.LISTS_KEY)
    return page("lists", lines=queries.list_lists(db.session(), current_actor(), window))


@bp.get("/disposal/lists/<int:number>")
@requires(DISPOSES)
def disposal_list(number: int) -> ResponseReturnValue:
    """One list with what is on it, and what the reader may do with it."""
    made, items = queries.get_list(db.session(), number, current_actor())
    return page("list", made=made, items=items)


@bp.post("/disposal/lists/<int:number>/approve")
@requires(DISPOSES)
def approve(number: int) -> ResponseReturnValue:
    """Have everything on a list destroyed."""
    deciding.approve_list(number, actor=current_actor())
    flash(_("Approved. The records are being destroyed, one by one."), "success")
    return redirect(url_for(".disposal_list", number=number), 303)


@bp.post("/disposal/lists/<int:number>/refuse")
@requires(DISPOSES)
def refuse(number: int) -> ResponseReturnValue:
    """Put everything on a list back."""
    deciding.refuse_list(number, actor=current_actor())
    flash(_("Nothing of the list is destroyed."), "success")
    return redirect(url_for(".lists"), 303)


@bp.get("/disposal/gone")
@requires(DISPOSES)
def gone() -> ResponseReturnValue:
    """What was disposed of, newest first."""
    window = requested_window(*queries.DISPOSED_KEY)
    return page("gone", lines=queries.list_disposed(db.session(), current_actor(), window))
