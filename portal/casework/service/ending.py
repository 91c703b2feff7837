"""What ends one report without an answer, or sends it back; the same for each that follows it."""

from dataclasses import dataclass
from uuid import UUID

from portal.audit.trail import advance
from portal.casework.models import ClosedByRule
from portal.casework.rules import at_reception, told
from portal.casework.service.erasure import PURGE_FLAG, erase_unless_contested
from portal.casework.service.in_hand import finish, touch, write, write_result
from portal.infra.uow import UnitOfWork
from portal.intake.clocks import start_stage, stop_waiting
from portal.intake.models import MessageKind, Report
from portal.intake.states import LeadEnding, ReportAction
from portal.jurisdiction.place import RECEPTION, Place, Reason, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.leads import end_leads


@dataclass(frozen=True, slots=True)
class ByRule:
    """The rule of reception that closes a report, for the daily report."""

    filter_id: UUID
    name: str


def decline(uow: UnitOfWork, report: Report, reason: Reason, text: str) -> None:
    """Decline one report, and tell its reporter why; it may have been closed before (U1)."""
    report.decline_reason, report.close_reason = reason.code, None
    advance(uow, report, ReportAction.DECLINE, reason=reason.code)
    write_result(uow, report, told(reason.to_reporter.in_(report.language), text))
    finish(uow, report)
    end_leads(uow, report, LeadEnding.DECLINED)
    touch(uow, report)


def send_back(uow: UnitOfWork, report: Report, reason: str) -> None:
    """Give one report back to reception, with a reason for whoever routes it."""
    before = report.department_code
    report.department_code, report.handler_id = None, None
    stop_waiting(uow, report)
    advance(uow, report, ReportAction.RETURN, department_before=before)
    write(uow, report, MessageKind.NOTE, reason)
    start_stage(uow, report, Stage.TRIAGE, round_=report.routing_version + 1)
    touch(uow, report)


def end_with(uow: UnitOfWork, report: Report, outcome: Reason, text: str) -> None:
    """Close one report that lies with a body outside, with what that body decided."""
    report.close_reason = outcome.code
    advance(uow, report, ReportAction.CLOSE_UNROUTED, reason=outcome.code)
    write_result(uow, report, told(outcome.to_reporter.in_(report.language), text))
    finish(uow, report)
    end_leads(uow, report, LeadEnding.CLOSED)
    touch(uow, report)


def close_at_reception(
    uow: UnitOfWork, report: Report, reason: Reason, text: str, rule: ByRule | None
) -> None:
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
