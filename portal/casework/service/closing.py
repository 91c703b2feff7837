"""Closing reports: after an answer, or unrouted with the pack's own words (B2, F10, U2)."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance
from portal.casework.models import ClosedByRule
from portal.casework.rules import at_reception, demand_answer_first, listed_reason, told
from portal.casework.service import following
from portal.casework.service.erasure import PURGE_FLAG, erase_unless_contested
from portal.casework.service.in_hand import finish, take, touch, write_result
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.states import LeadEnding, ReportAction
from portal.jurisdiction.place import RECEPTION, Place, Reason, ReasonKind
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.leads import end_leads


@dataclass(frozen=True, slots=True)
class CloseReport:
    """The outcome of a report that was answered, out of the pack's list."""

    reference: str
    outcome: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ByRule:
    """The rule of reception that closes a report, for the daily report."""

    filter_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class CloseUnrouted:
    """The decision of reception that a report goes nowhere, with a listed reason."""

    reference: str
    reason: str
    text: str = field(default="", repr=False)
    seen_version: int | None = None
    rule: ByRule | None = None


def close_report(command: CloseReport, *, actor: Actor) -> None:
    """Close an answered report with an outcome of the list.

    Raises RuleBroken without an answer to the reporter, and for an outcome not on the list.
    """
    demand(actor, Permission.CLOSE_REPORTS)
    outcome = listed_reason(current_place().reasons, command.outcome, ReasonKind.CLOSE)
    with unit_of_work(actor) as uow:
        report = take(uow, command.reference, command.seen_version, ReportAction.CLOSE)
        demand_answer_first(report.state)
        report.close_reason = outcome.code
        advance(uow, report, ReportAction.CLOSE, outcome=outcome.code)
        finish(uow, report)
        following.closed(uow, report, outcome.code)
        end_leads(uow, report, LeadEnding.CLOSED)
        touch(uow, report)


def close_unrouted(command: CloseUnrouted, *, actor: Actor) -> None:
    """Close a report at reception, telling the reporter why in the report's language.

    What a report out of scope says about other people can be found by nobody from then on, and is
    erased unless the reporter contests in time; the answer stays readable under the receipt code.
    Contested, it comes back to reception.
    """
    demand(actor, Permission.CLOSE_UNROUTED_REPORTS)
    reason = listed_reason(current_place().reasons, command.reason, ReasonKind.CLOSE_UNROUTED)
    with unit_of_work(actor) as uow:
        report = take(uow, command.reference, command.seen_version, ReportAction.CLOSE_UNROUTED)
        end_unrouted(uow, report, reason, command.text, command.rule)


def end_unrouted(
    uow: UnitOfWork, leading: Report, reason: Reason, text: str, rule: ByRule | None = None
) -> None:
    """Close a report at reception, and those that follow it; what cannot be goes its own way."""
    for one in (*following.that_may(uow, leading, ReportAction.CLOSE_UNROUTED), leading):
        _end(uow, one, reason, text, rule)
    following.ended(uow, leading)


def _end(uow: UnitOfWork, report: Report, reason: Reason, text: str, rule: ByRule | None) -> None:
    """Close one report at reception: nobody is asked any more."""
    report.close_reason = reason.code
    by = rule.filter_id.hex if rule else None
    advance(uow, report, ReportAction.CLOSE_UNROUTED, reason=reason.code, rule=by)
    if report.department_code is None:
        report.department_code = _reception_of(current_place(), uow.actor)
    write_result(uow, report, told(reason.to_reporter.in_(report.language), text))
    finish(uow, report)
    end_leads(uow, report, LeadEnding.CLOSED)
    if PURGE_FLAG in report.flags:
        erase_unless_contested(uow, report)
    if rule is not None:
        _note_rule(uow, report, rule)
    touch(uow, report)


def _note_rule(uow: UnitOfWork, report: Report, rule: ByRule) -> None:
    """Put the closing into the daily report."""
    uow.session.add(
        ClosedByRule(
            report_id=report.id,
            filter_id=rule.filter_id,
            name=rule.name,
            reason=report.close_reason or "",
            at=uow.now,
        )
    )


def _reception_of(place: Place, actor: Actor) -> str | None:
    """The reception that answers for what it closed: the actor's own, or the nearest above."""
    if actor.department is not None and at_reception(actor.department):
        return actor.department
    unit = place.department_for(RECEPTION, actor.region)
    return unit.code if unit else None
