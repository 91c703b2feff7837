"""Taking a report on or not, and giving it to somebody (E1)."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.access.permissions import GRANTS, Permission, demand
from portal.accounts.models import Account
from portal.audit.trail import advance, record
from portal.casework.rules import listed_reason, told
from portal.casework.service import following
from portal.casework.service.in_hand import finish, take, touch, write, write_result
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import happened, meet, start_stage, stop_waiting
from portal.intake.models import MessageKind, Report
from portal.intake.states import OPEN_STATES, ReportAction
from portal.jurisdiction.place import ClockEvent, Reason, ReasonKind, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.triage.relations import list_following


@dataclass(frozen=True, slots=True)
class AcceptReport:
    """The decision to take a report on; whoever decides has it from then on."""

    reference: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeclineReport:
    """The decision not to take a report on: a listed reason, and what the officer adds."""

    reference: str
    reason: str
    text: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnReport:
    """Sending a report back to reception because it is not this unit's, and why."""

    reference: str
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AssignReport:
    """Giving a report to an officer of the unit that has it."""

    reference: str
    officer: UUID
    seen_version: int | None = None


def accept_report(command: AcceptReport, *, actor: Actor) -> None:
    """Take a report on; the time to verify it begins.

    Raises MoveRefused when somebody else was quicker, and changes nothing then.
    """
    demand(actor, Permission.WORK_REPORTS)
    with unit_of_work(actor) as uow:
        report = take(uow, command.reference, command.seen_version, ReportAction.ACCEPT)
        advance(uow, report, ReportAction.ACCEPT)
        report.handler_id = actor.id
        meet(uow, report.id, Stage.ACCEPT)
        happened(uow, report, ClockEvent.ACCEPTED, report.result_number + 1)
        following.accepted(uow, report)
        touch(uow, report)


def decline_report(command: DeclineReport, *, actor: Actor) -> None:
    """Not take a report on, and tell the reporter why in the report's language.

    Raises RuleBroken for a reason that is not on the pack's list.
    """
    demand(actor, Permission.WORK_REPORTS)
    reason = listed_reason(current_place().reasons, command.reason, ReasonKind.DECLINE)
    with unit_of_work(actor) as uow:
        report = take(uow, command.reference, command.seen_version, ReportAction.DECLINE)
        report.handler_id = actor.id
        for one in (*list_following(uow, report), report):
            _decline(uow, one, reason, command.text)


def _decline(uow: UnitOfWork, report: Report, reason: Reason, text: str) -> None:
    report.decline_reason = reason.code
    advance(uow, report, ReportAction.DECLINE, reason=reason.code)
    write_result(uow, report, told(reason.to_reporter.in_(report.language), text))
    finish(uow, report)
    touch(uow, report)


def return_report(command: ReturnReport, *, actor: Actor) -> None:
    """Send a report back to reception; the reason is a note of the file, read by whoever routes.

    The time to route it begins again; the time to decide on it runs on. Raises RuleBroken for a
    report about an office: reception may be that office, so supervision routes it itself.
    """
    demand(actor, Permission.WORK_REPORTS)
    with unit_of_work(actor) as uow:
        report = take(uow, command.reference, command.seen_version, ReportAction.RETURN)
        if ReportAction.RETURN not in report.open_actions:
            raise RuleBroken("cannot-be-returned")
        for one in (*list_following(uow, report), report):
            _send_back(uow, one, command.reason)


def _send_back(uow: UnitOfWork, report: Report, reason: str) -> None:
    before = report.department_code
    report.department_code, report.handler_id = None, None
    stop_waiting(uow, report)
    advance(uow, report, ReportAction.RETURN, department_before=before)
    write(uow, report, MessageKind.NOTE, reason)
    start_stage(uow, report, Stage.TRIAGE, round_=report.routing_version + 1)
    touch(uow, report)


def assign_report(command: AssignReport, *, actor: Actor) -> None:
    """Give an open report to an officer of its own unit.

    Raises RuleBroken for a finished report, and for an officer who is unknown, whose account is
    closed, who works elsewhere, or who does not work on reports.
    """
    demand(actor, Permission.ASSIGN_REPORTS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        reports.demand_version(report, command.seen_version)
        reports.demand_not_merged(report)
        if report.state not in OPEN_STATES or report.department_code is None:
            raise RuleBroken("nothing-to-assign")
        officer = uow.session.get(Account, command.officer)
        if officer is None or not _can_work(officer, report.department_code):
            raise RuleBroken("officer-not-available")
        report.handler_id = officer.id
        record(uow, "report.assign", "report", report.id, handler=officer.id.hex)
        touch(uow, report)


def _can_work(officer: Account, department: str) -> bool:
    works = any(Permission.WORK_REPORTS in GRANTS[role] for role in officer.roles)
    return works and officer.disabled_at is None and officer.department == department
