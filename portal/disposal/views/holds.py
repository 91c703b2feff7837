"""Legal holds: those there are, placing one on the page of a record, lifting one."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases.queries.access import get_case
from portal.casework.queries.board import viewpoint
from portal.disposal.forms import HoldForm, LiftForm
from portal.disposal.queries import holds as queries
from portal.disposal.service import holding
from portal.disposal.views.blueprint import bp, page
from portal.infra.database import db
from portal.intake.queries import get_report
from portal.jurisdiction.tables import RecordKind
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


@bp.get("/disposal/holds")
@requires(Permission.DISPOSE_RECORDS)
def holds() -> ResponseReturnValue:
    """The holds there are, those to be looked at first in front."""
    window = requested_window(*queries.HOLDS_KEY)
    lines = queries.list_holds(db.session(), viewpoint(current_actor()), window)
    return page("holds", lines=lines)


@bp.route("/reports/<reference>/hold", methods=["GET", "POST"])
@requires(Permission.DISPOSE_RECORDS)
@returns_form("basis", "reason")
def hold_report(reference: str) -> ResponseReturnValue:
    """Keep a report whatever its time says."""
    form, back = HoldForm(), url_for("casework.report", reference=reference)
    if form.validate_on_submit():
        command = form.to_command(RecordKind.REPORT, reference)
        return _placed(command, back)
    get_report(db.session(), reference, current_actor())
    return page("hold", status=form.http_status, form=form, name=reference, back=back)


@bp.route("/cases/<number>/hold", methods=["GET", "POST"])
@requires(Permission.DISPOSE_RECORDS)
@returns_form("basis", "reason")
def hold_case(number: str) -> ResponseReturnValue:
    """Keep a case and its reports whatever their time says."""
    form, back = HoldForm(), url_for("cases.case", number=number)
    if form.validate_on_submit():
        return _placed(form.to_command(RecordKind.CASE, number), back)
    get_case(db.session(), number, current_actor())
    return page("hold", status=form.http_status, form=form, name=number, back=back)


def _placed(command: holding.PlaceHold, back: str) -> ResponseReturnValue:
    holding.place_hold(command, actor=current_actor())
    flash(_("It is kept until somebody else lifts the hold."), "success")
    return redirect(back, 303)


@bp.route("/disposal/holds/<uuid:hold_id>/lift", methods=["GET", "POST"])
@requires(Permission.DISPOSE_RECORDS)
@returns_form("reason")
def lift(hold_id: UUID) -> ResponseReturnValue:
    """Lift a hold that somebody else has placed."""
    form = LiftForm()
    if form.validate_on_submit():
        holding.lift_hold(form.to_command(hold_id), actor=current_actor())
        flash(_("The hold is lifted; the schedule counts again."), "success")
        return redirect(url_for(".holds"), 303)
    hold = queries.get_hold_line(db.session(), hold_id, viewpoint(current_actor()))
    return page("lift", status=form.http_status, form=form, hold=hold)
