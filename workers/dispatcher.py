"""Moves due tasks from the database to the queue, never more than the queue should hold.

Any number may run, without a leader: a task is claimed by a conditional UPDATE. A claim is a
lease; whatever is lost on the way (the queue emptied, a worker killed) is handed out again
when the lease ends.
"""

import random
import signal
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from flask import Flask
from redis import RedisError
from rq import Queue
from sqlalchemy import or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.infra.config import settings
from portal.infra.database import WRITING, db
from portal.infra.tasks import Task, TaskState
from workers.kinds import KINDS, OnUnknown
from workers.queue import connect, queue, send

log = structlog.get_logger()

BATCH = 200
POLL_SECONDS = 0.2
QUIET_SECONDS = 1.0
LEASE = timedelta(seconds=45)
LONGEST_LEASE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks of one kind that travel together; a task that has failed once travels alone."""

    kind: str
    ids: tuple[uuid.UUID, ...]
    attempts: int


def lease_for(attempts: int) -> timedelta:
    """How long a message may be under way: doubling with each attempt, with jitter."""
    spread = random.uniform(1.0, 1.25)  # noqa: S311  # jitter, no secret
    longest: timedelta = min(LEASE * 2**attempts, LONGEST_LEASE)
    return longest * spread


def batches(rows: Sequence[tuple[uuid.UUID, str, int]]) -> list[Batch]:
    """Group due tasks by kind; those tried before go one by one, so that a task which kills
    its worker takes no other task's attempts with it.
    """
    fresh: dict[str, list[uuid.UUID]] = {}
    alone: list[Batch] = []
    for task_id, kind, attempts in rows:
        if attempts:
            alone.append(Batch(kind, (task_id,), attempts))
        else:
            fresh.setdefault(kind, []).append(task_id)
    return [Batch(kind, tuple(ids), 0) for kind, ids in fresh.items()] + alone


def dispatch(to: Queue, session: Session) -> int:
    """Claim due tasks and send them; return how many. Sends nothing when the queue is full."""
    room = settings().queue_limit - len(to)
    if room <= 0:
        return 0
    now = datetime.now(UTC)
    due = (
        select(Task.id, Task.kind, Task.attempts, Task.lease_until)
        .where(
            Task.state == TaskState.PENDING,
            Task.not_before <= now,
            or_(Task.lease_until.is_(None), Task.lease_until < now),
            Task.kind.in_(list(KINDS)),
        )
        .order_by(Task.not_before, Task.id)
        .limit(BATCH)
    )
    rows = session.execute(due).all()
    session.commit()
    lost = [row.id for row in rows if _given_up(row.kind, row.attempts, row.lease_until)]
    _bury(session, lost, now)
    sent = 0
    for batch in batches([row[:3] for row in rows if row.id not in lost])[:room]:
        token = uuid.uuid4()
        claimed = _claim(session, batch, token, now)
        if claimed:
            send(to, claimed, token, _seconds(batch.kind, len(claimed)))
            sent += len(claimed)
    return sent


def _given_up(kind: str, attempts: int, lease_until: datetime | None) -> bool:
    """Whether a task whose worker vanished must not be tried again by a machine.

    A lease that ran out, on a task that was begun, means that its outcome is unknown.
    """
    if attempts == 0 or lease_until is None:
        return False
    rule = KINDS[kind]
    return attempts >= rule.attempts or rule.on_unknown is not OnUnknown.RUN_AGAIN


def _bury(session: Session, task_ids: list[uuid.UUID], now: datetime) -> None:
    """Leave tasks to a person: they show on the desk until somebody decides."""
    if not task_ids:
        return
    session.connection(execution_options={WRITING: True})
    session.execute(
        update(Task)
        .where(
            Task.id.in_(task_ids),
            Task.state == TaskState.PENDING,
            Task.lease_until < now,
        )
        .values(state=TaskState.DEAD, done_at=now, last_error="WorkerDied", lease_token=None)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def _claim(session: Session, batch: Batch, token: uuid.UUID, now: datetime) -> list[uuid.UUID]:
    """Take the tasks of the batch that nobody has taken in the meantime."""
    session.connection(execution_options={WRITING: True})
    claimed = session.scalars(
        update(Task)
        .where(
            Task.id.in_(batch.ids),
            Task.state == TaskState.PENDING,
            or_(Task.lease_until.is_(None), Task.lease_until < now),
        )
        .values(lease_token=token, lease_until=now + lease_for(batch.attempts))
        .returning(Task.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.commit()
    return list(claimed)


def _seconds(kind: str, count: int) -> int:
    """The outer limit for a whole job; each task has its own inside."""
    return KINDS[kind].seconds * min(count, 20) + 30


def serve(app: Flask, stopped: threading.Event) -> None:
    """Dispatch until told to stop; a queue or database that is away is waited for."""
    to = queue(connect())
    with app.app_context():
        while not stopped.is_set():
            pause = POLL_SECONDS
            try:
                if dispatch(to, db.session()):
                    pause = POLL_SECONDS / 4
            except (RedisError, DBAPIError) as problem:
                db.session.rollback()
                log.warning("dispatcher-waits", problem=type(problem).__name__)
                pause = QUIET_SECONDS
            finally:
                db.session.remove()
            stopped.wait(pause)


def main(app: Flask) -> None:
    """Run until SIGTERM or SIGINT."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    serve(app, stopped)


if __name__ == "__main__":
    from app import create_app

    main(create_app())
