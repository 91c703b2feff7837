"""Background tasks that need a person: which they are, and what a person decides about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.infra.tasks import Task, TaskState
from portal.infra.uow import unit_of_work
from portal.intake.models import Report, ReportFile
from portal.intake.queries import in_scope
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken

# Whatever waits for longer is on a page and degrades the health check (G7).
PATIENCE: Final = timedelta(minutes=15)
MOST_SHOWN: Final = 100


class TaskAct(StrEnum):
    """What a person can decide about a dead task."""

    RETRY = "retry"
    DONE_BY_HAND = "done-by-hand"
    CANCEL = "cancel"


class TaskReason(StrEnum):
    """Why a task is not tried again: a list, since what stands on the trail can never be erased."""

    DONE_ELSEWHERE = "done-elsewhere"
    SUBJECT_GONE = "subject-gone"
    CANNOT_SUCCEED = "cannot-succeed"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True)
class SettleTask:
    """The decision of a person about one dead task, and why."""

    task_id: UUID
    act: TaskAct
    reason: TaskReason | None = None


@dataclass(frozen=True, slots=True)
class KindLine:
    """The tasks of one kind that are not over; `oldest` is when the first of them is due."""

    kind: str
    pending: int
    waiting: int
    dead: int
    oldest: datetime | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task; `reference` is its report's if the reader may see that report, else None."""

    id: UUID
    kind: str
    attempts: int
    error: str | None
    created_at: datetime
    since: datetime
    reference: str | None


def is_waiting(now: datetime) -> ColumnElement[bool]:
    """Pending, and due for longer than anybody should have to wait."""
    return and_(Task.state == TaskState.PENDING, Task.not_before < now - PATIENCE)


def by_kind(session: Session, now: datetime) -> list[KindLine]:
    """How many tasks of each kind are pending, waiting for too long, or dead."""
    unfinished = or_(Task.state == TaskState.PENDING, Task.state == TaskState.DEAD)
    pending = Task.state == TaskState.PENDING
    rows = session.execute(
        select(
            Task.kind,
            _count(pending),
            _count(is_waiting(now)),
            _count(Task.state == TaskState.DEAD),
            func.min(case((pending, Task.not_before))),
        )
        .where(unfinished)
        .group_by(Task.kind)
        .order_by(Task.kind)
    )
    return [
        KindLine(kind, waits, too_long, dead, oldest, oldest is not None and oldest <= now)
        for kind, waits, too_long, dead, oldest in rows
    ]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def list_dead(session: Session, actor: Actor) -> list[TaskLine]:
    """The tasks that were given up, the oldest first."""
    tasks = session.scalars(
        select(Task)
        .where(Task.state == TaskState.DEAD)
        .order_by(Task.done_at, Task.id)
        .limit(MOST_SHOWN)
    ).all()
    return _lines(session, tasks, actor)


def get_dead(session: Session, task_id: UUID, actor: Actor) -> TaskLine:
    """One task that was given up; NotFound for an unknown one, MoveRefused once it is not dead."""
    found = session.get(Task, task_id)
    if found is None:
        raise NotFound("task")
    if found.state is not TaskState.DEAD:
        raise MoveRefused("not-dead-any-more", subject="task", state=found.state)
    return _lines(session, [found], actor)[0]


def list_waiting(session: Session, actor: Actor, now: datetime) -> list[TaskLine]:
    """The tasks that have been due for too long, the oldest first."""
    tasks = session.scalars(
        select(Task).where(is_waiting(now)).order_by(Task.not_before, Task.id).limit(MOST_SHOWN)
    ).all()
    return _lines(session, tasks, actor)


def _lines(session: Session, tasks: Sequence[Task], actor: Actor) -> list[TaskLine]:
    references = _references(session, {task.subject_id for task in tasks}, actor)
    return [
        TaskLine(
            task.id,
            task.kind,
            task.attempts,
            task.last_error,
            task.created_at,
            task.done_at or task.not_before,
            references.get(task.subject_id),
        )
        for task in tasks
    ]


def _references(session: Session, subjects: set[UUID], actor: Actor) -> Mapping[UUID, str]:
    """The references of the reports the tasks are about, as far as the actor may know them."""
    own = select(Report.id, Report.reference).where(Report.id.in_(subjects), in_scope(actor))
    through_file = (
        select(ReportFile.evidence_id, Report.reference)
        .join(Report, Report.id == ReportFile.report_id)
        .where(ReportFile.evidence_id.in_(subjects), in_scope(actor))
    )
    return {row[0]: row[1] for row in session.execute(own.union_all(through_file))}


def settle_task(command: SettleTask, *, actor: Actor) -> None:
    """Have a dead task tried again, or write down that it was done by hand or is not needed.

    Raises RuleBroken without a reason where one is asked for, NotFound for an unknown task,
    MoveRefused for one that is not dead (any more).
    """
    demand(actor, Permission.MANAGE_TASKS)
    if command.act is not TaskAct.RETRY and command.reason is None:
        raise RuleBroken("task-reason-missing")
    with unit_of_work(actor) as uow:
        task = uow.session.get(Task, command.task_id)
        if task is None:
            raise NotFound("task")
        if not _change(uow.session, command, uow.now):
            raise MoveRefused("not-dead-any-more", subject="task", state=task.state)
        act, reason = f"task.{command.act}", command.reason
        record(uow, act, "task", command.task_id, kind=task.kind, reason=reason)


def _change(session: Session, command: SettleTask, now: datetime) -> bool:
    """Make the change, unless somebody else was quicker."""
    freed: dict[str, Any] = {"lease_token": None, "lease_until": None}
    changes: Mapping[TaskAct, dict[str, Any]] = {
        TaskAct.RETRY: {
            "state": TaskState.PENDING,
            "attempts": 0,
            "not_before": now,
            "done_at": None,
        },
        TaskAct.DONE_BY_HAND: {"state": TaskState.DONE, "done_at": now},
        TaskAct.CANCEL: {"state": TaskState.CANCELLED, "done_at": now},
    }
    result = session.execute(
        update(Task)
        .where(Task.id == command.task_id, Task.state == TaskState.DEAD)
        .values(changes[command.act] | freed)
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]  # a CursorResult for an UPDATE
