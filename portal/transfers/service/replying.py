"""What comes back from a body outside: that it has the matter, its answer, or the matter itself."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portal.casework.rules import listed_reason
from portal.casework.service import following
from portal.casework.service.ending import end_with, send_back
from portal.casework.service.in_hand import touch, write
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks import meet
from portal.intake.clocks_again import reopen_since
from portal.intake.models import MessageKind, Report
from portal.intake.rules import local_date
from portal.intake.states import ReportAction
from portal.jurisdiction.place import ReasonKind, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.transfers.models import HandOver
from portal.transfers.queries import is_at_its_desk
from portal.transfers.rules import demand_day
from portal.transfers.said import say
from portal.transfers.service.keeping import end, move, take
from portal.transfers.states import HandOverAction, HandOverResult


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """That the other body has confirmed that it has the matter, and its own number for it."""

    hand_over_id: UUID
    received_on: date
    their_reference: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RecordReply:
    """What the other body answered, what came of it, and what the reporter is told.

    `outcome` is the listed reason with which a report that lies with that body is closed.
    """

    hand_over_id: UUID
    answered_on: date
    result: HandOverResult
    answer: str = field(repr=False)
    to_reporter: str = field(default="", repr=False)
    outcome: str = ""
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RecordReturn:
    """That the other body has sent the matter back, and why."""

    hand_over_id: UUID
    returned_on: date
    reason: str = field(repr=False)
    seen_version: int | None = None


def record_receipt(command: RecordReceipt, *, actor: Actor) -> str:
    """Write down that the matter has arrived; return the reference of the report.

    Where the report lies with that body, it has thereby taken it on.
    """
    action = HandOverAction.RECEIVE
    with unit_of_work(actor) as uow:
        made, report = take(uow, command.hand_over_id, command.seen_version, action)
        _demand_day(uow, made, command.received_on)
        made.received_on = command.received_on
        say(made, their_reference=command.their_reference)
        move(uow, made, action, "pass-on-received")
        if is_at_its_desk(made, report):
            meet(uow, report.id, Stage.ACCEPT)
        touch(uow, report)
        return report.reference


def record_reply(command: RecordReply, *, actor: Actor) -> str:
    """Write down the answer; return the reference of the report.

    A report that lies with that body is over: the reporter gets the result and can contest it.
    One that our own unit has goes on there, and the reporter is told what the officer wrote.
    Raises RuleBroken where the reporter would be told nothing, or for no listed outcome.
    """
    action = HandOverAction.ANSWER
    with unit_of_work(actor) as uow:
        made, report = take(uow, command.hand_over_id, command.seen_version, action)
        _demand_day(uow, made, command.answered_on)
        made.result, made.ended_on = command.result, command.answered_on
        say(made, answer=command.answer)
        move(uow, made, action, "pass-on-answered")
        end(uow, made, report)
        if is_at_its_desk(made, report):
            _close(uow, report, command)
        elif command.to_reporter.strip():
            write(uow, report, MessageKind.NOTICE, command.to_reporter)
        touch(uow, report)
        return report.reference


def _close(uow: UnitOfWork, report: Report, command: RecordReply) -> None:
    """End the report with what the body that has it decided, and those merged into it with it."""
    if not command.to_reporter.strip():
        raise RuleBroken("reporter-must-be-told")
    outcome = listed_reason(current_place().reasons, command.outcome, ReasonKind.CLOSE)
    following.ended_outside(uow, report, outcome.code, command.to_reporter)
    if ReportAction.CLOSE_UNROUTED in report.open_actions:
        end_with(uow, report, outcome, command.to_reporter)
    else:
        write(uow, report, MessageKind.NOTICE, command.to_reporter)


def record_return(command: RecordReturn, *, actor: Actor) -> str:
    """Take a matter back that another body says is not its own; return the report's reference.

    Where the report lay with that body it goes to reception, with a clock to find the next one;
    what the reporter was promised first is due on the day it always was.
    """
    action = HandOverAction.RETURN
    with unit_of_work(actor) as uow:
        made, report = take(uow, command.hand_over_id, command.seen_version, action)
        _demand_day(uow, made, command.returned_on)
        made.ended_on = command.returned_on
        say(made, back=command.reason)
        move(uow, made, action, "pass-on-returned")
        end(uow, made, report)
        if is_at_its_desk(made, report) and ReportAction.RETURN in report.open_actions:
            _bring_back(uow, made, report, command.reason)
        touch(uow, report)
        return report.reference


def _bring_back(uow: UnitOfWork, made: HandOver, report: Report, reason: str) -> None:
    sent_on = made.sent_on or local_date(current_place(), made.made_at)
    following.brought_back(uow, report, sent_on, reason)
    reopen_since(uow, report.id, Stage.ACCEPT, sent_on)
    send_back(uow, report, reason)


def _demand_day(uow: UnitOfWork, made: HandOver, day: date) -> None:
    today = local_date(current_place(), uow.now)
    demand_day(day, today, not_before=made.received_on or made.sent_on or today)
