"""Leads as units get them, brought by the real services into the state a test needs."""

from uuid import UUID

from portal.casework.service.leads import (
    FollowReport,
    ReportLead,
    ReturnLead,
    TakeLead,
    follow_report,
    report_lead,
    return_lead,
    take_lead,
)
from portal.casework.states import Finding
from portal.infra.database import db
from portal.intake.lead_models import Lead
from portal.intake.models import Report
from portal.intake.states import LeadState
from portal.kernel.actor import Actor
from tests.factories.casework import make_head, make_officer

ELSEWHERE = "CULTURE_ENF@320402"


def make_lead(
    report: Report,
    state: LeadState = LeadState.ROUTED,
    *,
    unit: str = ELSEWHERE,
    officer: Actor | None = None,
    asked: str = "请核实仓库的进货来源。",
) -> Lead:
    """A saved lead of a report that has a unit, given to `unit`."""
    assert report.department_code is not None
    region = unit.partition("@")[2]
    lead_id = follow_report(
        FollowReport(report.reference, region, unit, asked),
        actor=make_head(report.department_code),
    )
    _walk(lead_id, state, officer or make_officer(unit))
    return db.session.get_one(Lead, lead_id)


def _walk(lead_id: UUID, state: LeadState, officer: Actor) -> None:
    if state in {LeadState.TAKEN, LeadState.REPORTED}:
        take_lead(TakeLead(lead_id), actor=officer)
    if state is LeadState.REPORTED:
        found = ReportLead(lead_id, Finding.CONFIRMED, "仓库里有三箱盗版书。")
        report_lead(found, actor=officer)
    if state is LeadState.RETURNED:
        return_lead(ReturnLead(lead_id, "不在我们辖区。"), actor=officer)
