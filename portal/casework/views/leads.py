"""Leads on the desk: the heap of a unit, and a page for each act on one."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.casework.lead_forms import ElsewhereForm, ReportLeadForm, ReturnLeadForm, TakeLeadForm
from portal.casework.lead_words import LEAD_ACTS
from portal.casework.queries import board, leads
from portal.casework.queries.dossier import get_heading
from portal.casework.queries.filters import sections_of
from portal.casework.service import leads as service
from portal.casework.views.blueprint import bp, done, page
from portal.casework.words import ACTS
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import comes_back, returns_form


@bp.get("/leads")
@requires(Permission.READ_REPORTS)
def lead_heap() -> ResponseReturnValue:
    """What other units' reports ask of the reader's unit, and what came back to it."""
    view = board.viewpoint(current_actor())
    return page(
        "leads",
        board=board.count_board(db.session(), view),
        bound=board.MOST_COUNTED,
        sections=sections_of(view.actor),
        lines=leads.list_heap(db.session(), view, requested_window(*leads.LEAD_KEY)),
    )


def _sent(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def _asked(form: ActForm, lead_id: UUID, act: str) -> ResponseReturnValue:
    """The page of the act, with the version of the lead that the reader sees now."""
    heading = leads.get_heading(db.session(), lead_id, current_actor())
    if not form.is_submitted() or comes_back():
        form.seen.data = str(heading.version)
    status = 422 if form.is_submitted() else 200
    return page("lead_act", status=status, form=form, lead=heading, words=LEAD_ACTS[act])


@bp.route("/leads/<uuid:lead_id>/take", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def take_lead(lead_id: UUID) -> ResponseReturnValue:
    """Take a lead on."""
    form = TakeLeadForm()
    if _sent(form):
        reference = service.take_lead(form.to_command(lead_id), actor=current_actor())
        return done(reference, _("Taken. The lead is yours."))
    return _asked(form, lead_id, "take")


@bp.route("/leads/<uuid:lead_id>/report", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("summary")
def report_lead(lead_id: UUID) -> ResponseReturnValue:
    """Say what looking into a lead has found."""
    form = ReportLeadForm()
    if _sent(form):
        reference = service.report_lead(form.to_command(lead_id), actor=current_actor())
        return done(reference, _("Sent to the leading unit."))
    return _asked(form, lead_id, "report")


@bp.route("/leads/<uuid:lead_id>/return", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("reason")
def return_lead(lead_id: UUID) -> ResponseReturnValue:
    """Send a lead back to the leading unit."""
    form = ReturnLeadForm()
    if _sent(form):
        reference = service.return_lead(form.to_command(lead_id), actor=current_actor())
        return done(reference, _("Sent back to the leading unit."))
    return _asked(form, lead_id, "return")


@bp.route("/leads/<uuid:lead_id>/route", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("asked")
def route_lead(lead_id: UUID) -> ResponseReturnValue:
    """Send a lead that came back to somebody else."""
    form = ElsewhereForm()
    if _sent(form):
        reference = service.route_lead(form.to_route(lead_id), actor=current_actor())
        return done(reference, _("Sent. The unit finds it among its leads."))
    return _asked(form, lead_id, "route")


@bp.route("/leads/<uuid:lead_id>/follow", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("asked")
def follow_lead(lead_id: UUID) -> ResponseReturnValue:
    """Follow a lead into another place."""
    form = ElsewhereForm()
    if _sent(form):
        service.follow_lead(form.to_follow(lead_id), actor=current_actor())
        reference = leads.find_reference(db.session(), lead_id)
        return done(reference, _("Lead opened. The unit finds it among its leads."))
    return _asked(form, lead_id, "follow")


@bp.route("/reports/<reference>/follow", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("asked")
def follow(reference: str) -> ResponseReturnValue:
    """Have the unit of another place look into its part of a report."""
    form = ElsewhereForm()
    if _sent(form):
        service.follow_report(form.to_follow_report(reference), actor=current_actor())
        return done(reference, _("Lead opened. The unit finds it among its leads."))
    heading = get_heading(db.session(), reference, current_actor())
    if not form.is_submitted() or comes_back():
        form.seen.data = str(heading.facts.version)
    status = 422 if form.is_submitted() else 200
    return page("act", status=status, form=form, heading=heading, words=ACTS["follow"])
