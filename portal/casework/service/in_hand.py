"""What every act of the desk starts and ends with: the report in hand, and its thread."""

from uuid import UUID

from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.casework.queries.board import viewpoint
from portal.casework.queries.holders import is_spoken_for
from portal.casework.rules import GIVES_RESULT, TAKES_ON, demand_action
from portal.infra.uow import UnitOfWork
from portal.intake import queries as reports
from portal.intake.clocks import meet, refresh_due, stop_waiting
from portal.intake.content import message_context
from portal.intake.models import Author, Message, MessageKind, Report
from portal.intake.states import ReportAction
from portal.jurisdiction.place import Stage
from portal.kernel.actor import ActorKind
from portal.kernel.errors import MoveRefused, RuleBroken


def take(uow: UnitOfWork, reference: str, seen: int | None, action: ReportAction) -> Report:
    """The report, locked, if the actor may take this action on it and has seen it as it is.

    Raises NotFound outside the actor's scope, NotPermitted or RuleBroken by the table of rules
    or for a result of the actor's own that was contested or a report that is worked on with
    another, and MoveRefused when somebody changed the report since `seen`, or a colleague took
    it off the heap to decide on it.
    """
    report = reports.get_report(uow.session, reference, uow.actor, for_update=True)
    demand_action(uow.actor, action, report.department_code)
    reports.demand_version(report, seen)
    reports.demand_not_merged(report)
    if action in TAKES_ON and is_spoken_for(uow.session, report, viewpoint(uow.actor)):
        raise MoveRefused("has-somebody", subject="report", state=report.state)
    if action in GIVES_RESULT:
        _demand_another_person(uow, report)
    if action is ReportAction.RETURN:
        # Whoever gets it next has asked nothing.
        stop_waiting(uow, report)
    return report


def _demand_another_person(uow: UnitOfWork, report: Report) -> None:
    """A contested result is looked at, answered and closed by somebody else, as was promised."""
    if report.contested_result == 0:
        return
    author = uow.session.scalar(
        select(Message.account_id).where(
            Message.report_id == report.id,
            Message.kind == MessageKind.ANSWER,
            Message.result_number == report.contested_result,
        )
    )
    if same_person(uow, author, uow.actor.id):
        raise RuleBroken("own-result-contested")


def write(
    uow: UnitOfWork, report: Report, kind: MessageKind, text: str, *, result: int = 0
) -> Message:
    """Put a message into the thread, encrypted under the report's key."""
    staff = uow.actor.kind is ActorKind.STAFF
    message = Message(
        report_id=report.id,
        kind=kind,
        author=Author.STAFF if staff else Author.SYSTEM,
        account_id=uow.actor.id if staff else None,
        body=b"",
        sent_at=uow.now,
        result_number=result,
    )
    message.body = reports.key_of(report).encrypt_text(text, message_context(message.id))
    uow.session.add(message)
    return message


def write_result(uow: UnitOfWork, report: Report, text: str) -> Message:
    """Give the report its next result, which the reporter can read and contest once."""
    report.result_number += 1
    return write(uow, report, MessageKind.ANSWER, text, result=report.result_number)


def touch(uow: UnitOfWork, report: Report) -> None:
    """Note that something changed, which moves the version on, and keep the nearest date."""
    report.changed_at = max(uow.now, report.changed_at)
    refresh_due(uow, report)


def finish(uow: UnitOfWork, report: Report) -> None:
    """Stop every clock: nothing is promised any more."""
    stop_waiting(uow, report)
    meet(uow, report.id, *Stage)


def same_person(uow: UnitOfWork, one: UUID | None, other: UUID | None) -> bool:
    """Whether two accounts belong to one natural person."""
    if one is None or other is None:
        return False
    people = select(func.count(Account.person_id.distinct())).where(Account.id.in_({one, other}))
    return uow.session.scalar(people) == 1
