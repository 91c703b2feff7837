"""Taking a report on or not, and giving it to somebody (E1)."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance
from portal.casework.rules import demand_own_desk, listed_reason
from portal.casework.service import following
from portal.casework.service.ending import decline, send_back
from portal.casework.service.holding import give, open_at_a_desk
from portal.casework.service.in_hand import take, touch
from portal.infra.uow import unit_of_work
from portal.intake.clocks import happened, meet
from portal.intake.states import ReportAction
from portal.jurisdiction.place import ClockEvent, ReasonKind, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken


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
        before, report.handler_id = report.handler_id, actor.id
        taken_from = before.hex if before not in {None, actor.id} else None
        advance(uow, report, ReportAction.ACCEPT, handler_before=taken_from)
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
        following.declined(uow, report, reason.code, command.text)
        decline(uow, report, reason, command.text)


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
        send_back(uow, report, command.reason)
        following.sent_back(uow, report, command.reason)


def assign_report(command: AssignReport, *, actor: Actor) -> None:
    """Give an open report to an officer of its own unit, or to whoever stands in for them.

    Raises RuleBroken for a finished report, and for an officer who is unknown, whose account is
    closed, who works elsewhere, who does not work on reports, or who must not know of this one.
    """
    demand(actor, Permission.ASSIGN_REPORTS)
    with unit_of_work(actor) as uow:
        report = open_at_a_desk(uow, command.reference, command.seen_version)
        demand_own_desk(actor, report.department_code)
        give(uow, report, command.officer, "report.assign")
        touch(uow, report)
