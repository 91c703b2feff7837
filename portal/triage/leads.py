"""Leads (线索): the further places of a report, inside a unit of work.

The report keeps its number and its place; each further region gets a lead of its own (A7).
"""

from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.trail import advance, record
from portal.infra.uow import UnitOfWork
from portal.intake import queries as reports
from portal.intake.clocks import matter_of
from portal.intake.lead_models import Lead
from portal.intake.models import Report
from portal.intake.rules import (
    ClockDates,
    clock_dates,
    end_of,
    local_date,
    look_on,
    no_instant_breach,
    warn_on,
)
from portal.intake.states import OPEN_LEADS, LeadAction, LeadEnding
from portal.jurisdiction.place import Place, Stage
from portal.jurisdiction.queries import clock_rules, current_place
from portal.kernel.errors import RuleBroken
from portal.triage.rules.facts import TriageResult
from portal.triage.wall import unit_with_somebody

# A report that goes nowhere, or to one desk only, has no leads.
# What looks like an earlier one has them: only a person says that the two are one, and a merge
# ends what the leading report need not wait for.
SPLITTING = frozenset({"split_and_route", "route_and_notify_police", "merge"})


@dataclass(frozen=True, slots=True)
class LeadOrder:
    """Where a lead goes, what is asked there, and the lead it came out of."""

    region: str
    unit: str
    asked: str = field(default="", repr=False)
    follows: UUID | None = None


def asked_context(lead_id: UUID) -> str:
    """The one place what a lead asks may stand in."""
    return f"lead.asked:{lead_id}"


def returned_context(lead_id: UUID) -> str:
    """The one place the reason of a return may stand in."""
    return f"lead.returned:{lead_id}"


def summary_context(lead_id: UUID) -> str:
    """The one place what a lead found may stand in."""
    return f"lead.summary:{lead_id}"


def split_report(uow: UnitOfWork, place: Place, report: Report, result: TriageResult) -> None:
    """Open a lead for each further region of a report that triage splits; the first leads it.

    Each place is answered for, also where one unit has several. A report that is closed to others
    gets none: whoever has it asks others without showing it.
    """
    if result.action not in SPLITTING or is_closed_to_others(report):
        return
    for further in result.split[1:]:
        unit = unit_with_somebody(uow.session, place, report, further.unit)
        open_lead(uow, report, LeadOrder(further.region, unit))


def is_closed_to_others(report: Report) -> bool:
    """Whether only the unit responsible may know of a report (F13, F21)."""
    return report.restricted or report.conflict


def open_lead(uow: UnitOfWork, report: Report, order: LeadOrder) -> Lead:
    """Open a lead of an open report; the unit has as long as the pack gives for verifying.

    Raises RuleBroken for a report that is closed to others, or is worked on with another.
    """
    reports.demand_not_merged(report)
    if is_closed_to_others(report):
        raise RuleBroken("report-closed-to-others")
    dates = _dates_of(uow, report, order.unit)
    lead = Lead(
        report_id=report.id,
        number=_next_number(uow, report.id),
        follows_id=order.follows,
        region=order.region,
        department_code=order.unit,
        rule_id=dates.rule.id,
        place_version=current_place().version,
        starts_on=dates.starts_on,
        provisional=dates.provisional,
        due_on=dates.due_on,
        warn_on=dates.warn_on,
        look_on=dates.warn_on,
        opened_at=uow.now,
        opened_by=uow.actor.id,
        changed_at=uow.now,
    )
    if order.asked:
        lead.asked = reports.key_of(report).encrypt_text(order.asked, asked_context(lead.id))
    uow.session.add(lead)
    details = {"lead": lead.id.hex, "number": str(lead.number), "department": order.unit}
    record(uow, "report.lead", "report", report.id, region=order.region, **details)
    return lead


def _next_number(uow: UnitOfWork, report_id: UUID) -> int:
    uow.session.flush()
    highest = select(func.max(Lead.number)).where(Lead.report_id == report_id)
    return (uow.session.scalar(highest) or 0) + 1


def _dates_of(uow: UnitOfWork, report: Report, unit: str | None) -> ClockDates:
    """Until when a lead that is sent today is to be looked into, by the days of its own unit."""
    place, matter = current_place(), replace(matter_of(report), where=unit)
    return clock_dates(place, Stage.VERIFY, matter, local_date(place, uow.now))


def date_again(uow: UnitOfWork, lead: Lead, report: Report) -> None:
    """Let the time of a lead begin again today."""
    dates = _dates_of(uow, report, lead.department_code)
    lead.rule_id, lead.place_version = dates.rule.id, current_place().version
    lead.starts_on, lead.provisional = dates.starts_on, dates.provisional
    lead.due_on, lead.warn_on, lead.look_on = dates.due_on, dates.warn_on, dates.warn_on
    lead.warned_at = lead.breached_at = None


def recompute_lead(place: Place, lead: Lead, today: date) -> None:
    """Date a lead by the calendar as it is now where its unit is; none is late at once by it."""
    rule = clock_rules(lead.place_version)[lead.rule_id]
    calendar = place.calendar_of(lead.department_code)
    end = end_of(rule, lead.starts_on, calendar)
    if lead.due_on >= today and end.on < lead.due_on:
        end = no_instant_breach(end, today, calendar)
    if end.on > lead.due_on and lead.breached_at is None:
        lead.warned_at = None
    lead.due_on, lead.provisional = end.on, end.provisional
    lead.warn_on = max(lead.starts_on, warn_on(rule, lead.starts_on, end.on, calendar))
    warned, breached = lead.warned_at is not None, lead.breached_at is not None
    lead.look_on = look_on(
        due=lead.due_on, warn=lead.warn_on, warned=warned, breached=breached, used_up=None
    )


def end_leads(uow: UnitOfWork, report: Report, reason: LeadEnding) -> None:
    """End what is still open of a report's leads, because of what became of the report."""
    uow.session.flush()
    still_open = select(Lead).where(Lead.report_id == report.id, Lead.state.in_(OPEN_LEADS))
    for lead in uow.session.scalars(still_open.order_by(Lead.number)):
        lead.ended_because, lead.changed_at = reason, uow.now
        advance(uow, lead, LeadAction.END, reason=reason)


def reopen_leads(uow: UnitOfWork, report: Report) -> None:
    """Open again what a merge has ended, now that the report is worked on by itself.

    One that was with nobody stays ended: the unit that leads the report had it to send on.
    """
    uow.session.flush()
    merged = select(Lead).where(
        Lead.report_id == report.id,
        Lead.ended_because == LeadEnding.MERGED,
        Lead.department_code.is_not(None),
    )
    for lead in uow.session.scalars(merged.order_by(Lead.number)):
        lead.ended_because = lead.taken_by = None
        lead.changed_at = uow.now
        date_again(uow, lead, report)
        advance(uow, lead, LeadAction.REOPEN)


def blank_leads(uow: UnitOfWork, report: Report) -> None:
    """Erase what was written about a report's leads; that they were there stays."""
    for lead in uow.session.scalars(select(Lead).where(Lead.report_id == report.id)):
        lead.asked = lead.returned_because = lead.summary = None
