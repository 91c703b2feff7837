"""Tasks of a case, each with its owner and its day (B16), and notes with an audience."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import THROUGHOUT, Case, CaseReport, CaseTask
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import may_head
from portal.cases.service import in_hand
from portal.cases.service.in_hand import owner, take, take_open, today, touch
from portal.cases.service.telling import put_notice
from portal.cases.states import Audience
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report, Stream
from portal.intake.queries import in_scope
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.triage.relations import list_following


@dataclass(frozen=True, slots=True)
class GiveTask:
    """Something one person is to do by a day, or without one throughout the case (E13)."""

    number: str
    owner: UUID
    due_on: date | None
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FinishTask:
    """That a task is done."""

    number: str
    task: UUID


@dataclass(frozen=True, slots=True)
class WriteNote:
    """A note in a case, and whom it is for."""

    number: str
    audience: Audience
    text: str = field(repr=False)


def give_task(command: GiveTask, *, actor: Actor) -> UUID:
    """Give somebody of the unit a task; RuleBroken for a day that is over, and as `owner` says."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, None)
        due_on = command.due_on or THROUGHOUT
        return put_task(uow, case, command.owner, due_on, command.text)


def put_task(
    uow: UnitOfWork,
    case: Case,
    officer: UUID,
    due_on: date,
    text: str,
    *,
    meeting: UUID | None = None,
) -> UUID:
    """Give a task in a case that is in hand; of a point of a meeting it says of which."""
    if due_on < today(uow):
        raise RuleBroken("task-day-over")
    task = CaseTask(
        case_id=case.id,
        owner_id=owner(uow, case, officer),
        due_on=due_on,
        body=b"",
        made_at=uow.now,
        made_by=uow.actor.id,
        meeting_id=meeting,
    )
    task.body = key_of(case).encrypt_text(text, context_of("case_task.body", task.id))
    uow.session.add(task)
    details = {"task": task.id.hex, "owner": task.owner_id.hex}
    record(uow, "case.give-task", "case", case.id, **details)
    touch(uow, case)
    return task.id


def finish_task(command: FinishTask, *, actor: Actor) -> None:
    """Note that a task is done: by its owner, or by whoever heads the unit.

    Raises MoveRefused when it was done already.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, None)
        task = uow.session.get(CaseTask, command.task, with_for_update=True)
        if task is None or task.case_id != case.id:
            raise NotFound("task")
        if task.owner_id != actor.id and not may_head(actor, case.department_code):
            raise NotPermitted("task-not-yours")
        if task.done_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        task.done_at, task.done_by = uow.now, actor.id
        record(uow, "case.finish-task", "case", case.id, task=task.id.hex)
        touch(uow, case)


def write_note(command: WriteNote, *, actor: Actor) -> None:
    """Write a note; one for the reporters goes into the thread of every report of the case.

    Each of them reads the same words, and learns nothing of the others. So does whoever sent a
    report that is worked on with one of them.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, None)
        in_hand.write_note(uow, case, command.audience, command.text)
        if command.audience is Audience.REPORTER:
            for report in _told(uow, case):
                put_notice(uow, case, report, command.text)
        record(uow, "case.note", "case", case.id, audience=command.audience)
        touch(uow, case)


def _told(uow: UnitOfWork, case: Case) -> list[Report]:
    """The reports of a case and those merged into one of them; nobody reads of a finding."""
    own = _reports_of(uow, case)
    found = {one.id: one for one in own}
    for report in own:
        found.update((one.id, one) for one in list_following(uow, report))
    return [one for one in found.values() if one.stream is Stream.REPORTED]


def _reports_of(uow: UnitOfWork, case: Case) -> list[Report]:
    wanted = (
        select(Report)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None))
        # One that has gone to another unit since is theirs to write to.
        .where(Report.department_code == case.department_code, in_scope(uow.actor))
        .order_by(Report.id)
        .with_for_update(of=Report)
    )
    return list(uow.session.scalars(wanted))
