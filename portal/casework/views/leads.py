"""Leads on the desk: the heap of a unit, and a page for each act on one."""

from collections.abc import Callable
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.casework.lead_forms import (
    FollowForm,
    FollowLeadForm,
    ReportLeadForm,
    ReturnLeadForm,
    RouteLeadForm,
    TakeLeadForm,
)
from portal.casework.lead_words import LEAD_ACTS
from portal.casework.queries import board, leads
from portal.casework.queries.filters import sections_of
from portal.casework.service import leads as service
from portal.casework.views.blueprint import act, bp, done, page
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


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


def _act(
    name: str, form: ActForm, lead_id: UUID, service: Callable[..., object], said: str
) -> ResponseReturnValue:
    """The page of an act on a lead: have it done and go back, or ask, as long as it is open."""
    form.offer(current_place(), current_language().tag)
    if form.validate_on_submit():
        service(form.to_command(lead_id), actor=current_actor())
        return done(leads.find_reference(db.session(), lead_id), said)
    lead, words = leads.get_heading(db.session(), lead_id, current_actor()), LEAD_ACTS[name]
    if request.method == "GET" and name not in lead.acts:
        return page("lead_not_open", status=409, lead=lead, words=words)
    form.see(lead.version)
    return page("lead_act", status=form.http_status, form=form, lead=lead, words=words)


@bp.route("/leads/<uuid:lead_id>/take", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def take_lead(lead_id: UUID) -> ResponseReturnValue:
    """Take a lead on."""
    return _act("take", TakeLeadForm(), lead_id, service.take_lead, _("Taken. The lead is yours."))


@bp.route("/leads/<uuid:lead_id>/report", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("summary")
def report_lead(lead_id: UUID) -> ResponseReturnValue:
    """Say what looking into a lead has found."""
    return _act(
        "report", ReportLeadForm(), lead_id, service.report_lead, _("Sent to the leading unit.")
    )


@bp.route("/leads/<uuid:lead_id>/return", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("reason")
def return_lead(lead_id: UUID) -> ResponseReturnValue:
    """Send a lead back to the leading unit."""
    return _act(
        "return",
        ReturnLeadForm(),
        lead_id,
        service.return_lead,
        _("Sent back to the leading unit."),
    )


@bp.route("/leads/<uuid:lead_id>/route", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("asked")
def route_lead(lead_id: UUID) -> ResponseReturnValue:
    """Send a lead that came back to somebody else."""
    return _act(
        "route",
        RouteLeadForm(),
        lead_id,
        service.route_lead,
        _("Sent. The unit finds it among its leads."),
    )


@bp.route("/leads/<uuid:lead_id>/follow", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("asked")
def follow_lead(lead_id: UUID) -> ResponseReturnValue:
    """Follow a lead into another place."""
    said = _("Lead opened. The unit finds it among its leads.")
    return _act("follow", FollowLeadForm(), lead_id, service.follow_lead, said)


@bp.route("/reports/<reference>/follow", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("asked")
def follow(reference: str) -> ResponseReturnValue:
    """Have the unit of another place look into its part of a report."""
    said = _("Lead opened. The unit finds it among its leads.")
    return act("follow", FollowForm(), reference, service.follow_report, said)
