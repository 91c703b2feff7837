"""Leads at the desk: taking one, reporting back, sending it back or on, following it elsewhere."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.casework.queries.leads import acts_of, get_lead
from portal.casework.rules import may_send_leads
from portal.casework.service.in_hand import touch
from portal.casework.states import Finding
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.lead_models import Lead
from portal.intake.models import Report
from portal.intake.states import LeadAction
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotPermitted, RuleBroken
from portal.triage.leads import (
    LeadOrder,
    asked_context,
    date_again,
    is_closed_to_others,
    open_lead,
    returned_context,
    summary_context,
)
from portal.triage.rules.conflict import is_named
from portal.triage.wall import may_have_it


@dataclass(frozen=True, slots=True)
class TakeLead:
    """The decision to look into a lead; whoever decides has it from then on."""

    lead_id: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReportLead:
    """What looking into a lead has found, for the unit that leads the report."""

    lead_id: UUID
    finding: Finding
    summary: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnLead:
    """Sending a lead back because it is not this unit's, and why."""

    lead_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RouteLead:
    """Sending a lead that came back to another place or unit, and what is asked there."""

    lead_id: UUID
    region: str
    unit: str
    asked: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class FollowReport:
    """Opening a lead of a report in another place, by the unit that leads it."""

    reference: str
    region: str
    unit: str
    asked: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class FollowLead:
    """Opening a lead that a lead led to, by the unit that looks into that one."""

    lead_id: UUID
    region: str
    unit: str
    asked: str = field(repr=False)
    seen_version: int | None = None


def take_lead(command: TakeLead, *, actor: Actor) -> str:
    """Take a lead on; return the reference of its report.

    Raises MoveRefused when somebody else was quicker, and changes nothing then.
    """
    with unit_of_work(actor) as uow:
        lead, report = _take(uow, command.lead_id, command.seen_version, LeadAction.TAKE)
        lead.taken_by = actor.id
        _move(uow, lead, LeadAction.TAKE)
        return report.reference


def report_lead(command: ReportLead, *, actor: Actor) -> str:
    """Tell the leading unit what was found; return the reference of the report."""
    with unit_of_work(actor) as uow:
        lead, report = _take(uow, command.lead_id, command.seen_version, LeadAction.REPORT)
        lead.finding = command.finding
        key = reports.key_of(report)
        lead.summary = key.encrypt_text(command.summary, summary_context(lead.id))
        _move(uow, lead, LeadAction.REPORT, finding=command.finding)
        details = {"number": str(lead.number), "finding": str(command.finding)}
        record(uow, "report.lead-back", "report", report.id, **details)
        touch(uow, report)
        return report.reference


def return_lead(command: ReturnLead, *, actor: Actor) -> str:
    """Send a lead back to the leading unit, which sends it on; return the report's reference."""
    with unit_of_work(actor) as uow:
        lead, report = _take(uow, command.lead_id, command.seen_version, LeadAction.RETURN)
        before, lead.department_code, lead.taken_by = lead.department_code, None, None
        key = reports.key_of(report)
        lead.returned_because = key.encrypt_text(command.reason, returned_context(lead.id))
        _move(uow, lead, LeadAction.RETURN, department_before=before)
        details = {"number": str(lead.number), "department_before": before}
        record(uow, "report.lead-returned", "report", report.id, **details)
        touch(uow, report)
        return report.reference


def route_lead(command: RouteLead, *, actor: Actor) -> str:
    """Send a lead that came back to another unit by hand; its time begins again.

    Raises RuleBroken for a unit that must not have it. Returns the reference of the report.
    """
    with unit_of_work(actor) as uow:
        lead, report = _take(uow, command.lead_id, command.seen_version, LeadAction.ROUTE)
        _demand_elsewhere(uow, report, command.unit)
        lead.region, lead.department_code = command.region, command.unit
        date_again(uow, lead, report)
        key = reports.key_of(report)
        lead.asked = key.encrypt_text(command.asked, asked_context(lead.id))
        _move(uow, lead, LeadAction.ROUTE, department=command.unit)
        return report.reference


def follow_report(command: FollowReport, *, actor: Actor) -> UUID:
    """Have the unit of another place look into its part of an open report; return the lead's id.

    Raises RuleBroken for a report that is closed to others and for a unit that must not have it.
    """
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        if not may_send_leads(actor, report.state, report.department_code):
            demand(actor, Permission.WORK_REPORTS)
            raise NotPermitted("not-your-desk")
        reports.demand_version(report, command.seen_version)
        return _open(uow, report, LeadOrder(command.region, command.unit, command.asked))


def follow_lead(command: FollowLead, *, actor: Actor) -> UUID:
    """Follow a lead into another place (A7): both leads show the link; return the new one's id."""
    with unit_of_work(actor) as uow:
        lead, report = _take(uow, command.lead_id, command.seen_version, "follow")
        order = LeadOrder(command.region, command.unit, command.asked, follows=lead.id)
        return _open(uow, report, order)


def _open(uow: UnitOfWork, report: Report, order: LeadOrder) -> UUID:
    _demand_elsewhere(uow, report, order.unit)
    lead = open_lead(uow, report, order)
    touch(uow, report)
    return lead.id


def _take(uow: UnitOfWork, lead_id: UUID, seen: int | None, act: str) -> tuple[Lead, Report]:
    """The lead, locked, if the actor may do this to it and has seen it as it is.

    Raises NotFound for a lead the actor knows nothing of, MoveRefused when somebody was quicker,
    and NotPermitted for whoever it is not for.
    """
    actor = uow.actor
    lead, report = get_lead(uow.session, lead_id, actor, for_update=True)
    leading = reports.is_in_scope(uow.session, report, actor)
    if seen is not None and lead.version != seen:
        raise MoveRefused("changed-meanwhile", subject="lead", state=lead.state)
    if act not in acts_of(lead, report, actor, leading=leading):
        if act in set(LeadAction):
            lead.lifecycle.after(lead.state, LeadAction(act))
        demand(actor, Permission.WORK_REPORTS)
        raise NotPermitted("not-your-desk")
    return lead, report


def _move(uow: UnitOfWork, lead: Lead, action: LeadAction, **details: str | None) -> None:
    lead.changed_at = uow.now
    advance(uow, lead, action, **details)


def _demand_elsewhere(uow: UnitOfWork, report: Report, code: str) -> None:
    """Refuse a unit that is none, outside, leads the report, is named in it, or may not know it."""
    place = current_place()
    unit = place.departments.get(code)
    if unit is None:
        raise RuleBroken("department-unknown")
    if place.is_outside(code):
        raise RuleBroken("unit-outside-the-office")
    if is_closed_to_others(report):
        raise RuleBroken("report-closed-to-others")
    if code == report.department_code:
        raise RuleBroken("department-has-it-already")
    if is_named(place, report.excluded_units, report.region, unit):
        raise RuleBroken("department-is-named-in-the-report")
    if not may_have_it(uow.session, report, code):
        raise RuleBroken("nobody-there-may-have-it")
