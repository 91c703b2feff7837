"""Moves due tasks from the database to the queue, never more than the queue should hold.

Any number may run, without a leader: a task is claimed by a conditional UPDATE. A claim is a
lease; whatever is lost on the way (the queue emptied, a worker killed) is handed out again
when the lease ends.
"""

import signal
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from flask import Flask
from redis import RedisError
from rq import Queue
from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.infra.config import settings
from portal.infra.database import WRITING, db
from portal.infra.tasks import Task, TaskState
from portal.operations.beats import note_queue
from portal.operations.models import ProcessKind
from workers.kinds import BATCH, KINDS, Kind, OnUnknown
from workers.leases import LEASES, Leases
from workers.pulse import Pulse
from workers.queue import connect, look, queue, send

log = structlog.get_logger()

# How many due tasks are looked at in one round: the largest message is filled, and filled again.
ROUND = 500
POLL_SECONDS = 0.2
QUIET_SECONDS = 1.0
# A clock that was set back must not make anything wait for it to catch up.
CLOCK_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks of one kind that travel together; a task that has failed once travels alone."""

    kind: str
    ids: tuple[uuid.UUID, ...]
    attempts: int


def batches(
    rows: Sequence[tuple[uuid.UUID, str, int]], kinds: Mapping[str, Kind] = KINDS
) -> list[Batch]:
    """Group due tasks by kind; those tried before go one by one.

    A task which kills its worker thus takes no other task's attempts with it.
    """
    fresh: dict[str, list[uuid.UUID]] = {}
    alone: list[Batch] = []
    for task_id, kind, attempts in rows:
        if attempts:
            alone.append(Batch(kind, (task_id,), attempts))
        else:
            fresh.setdefault(kind, []).append(task_id)
    together = [
        Batch(name, tuple(ids[at : at + most]), 0)
        for name, ids in fresh.items()
        for most in [kinds[name].most if name in kinds else BATCH]
        for at in range(0, len(ids), most)
    ]
    return together + alone


def dispatch(
    to: Queue,
    session: Session,
    kinds: Mapping[str, Kind] = KINDS,
    leases: Leases = LEASES,
) -> int:
    """Claim due tasks and send them; return how many. Sends nothing when the queue is full."""
    room = settings().queue_limit - len(to)
    if room <= 0:
        return 0
    now = datetime.now(UTC)
    free = _is_free(now, leases.beyond(max(kind.seconds for kind in kinds.values())))
    rows = _due(session, kinds, now, free)
    lost = {row.id for row in rows if _given_up(kinds[row.kind], row.attempts, row.lease_until)}
    _bury(session, lost, now, free)
    sent = 0
    left = [(row.id, row.kind, row.attempts) for row in rows if row.id not in lost]
    for batch in batches(left, kinds)[:room]:
        kind, token = kinds[batch.kind], uuid.uuid4()
        claimed = _claim(session, batch, token, free, now + leases.for_message(batch.attempts))
        if claimed:
            seconds = _seconds(kind, len(claimed))
            send(to, claimed, token, seconds, urgent=kind.urgent)
            sent += len(claimed)
    return sent


def _due(
    session: Session, kinds: Mapping[str, Kind], now: datetime, free: ColumnElement[bool]
) -> list[Row[uuid.UUID, str, int, datetime | None]]:
    """The tasks to hand out in this round, the urgent kinds first, each kind by age."""
    found: list[Row[uuid.UUID, str, int, datetime | None]] = []
    for urgent in (True, False):
        names = [name for name, kind in kinds.items() if kind.urgent is urgent]
        if names and len(found) < ROUND:
            found += session.execute(
                select(Task.id, Task.kind, Task.attempts, Task.lease_until)
                .where(
                    Task.state == TaskState.PENDING,
                    or_(Task.not_before <= now, Task.created_at > now + CLOCK_STEP),
                    free,
                    Task.kind.in_(names),
                )
                .order_by(Task.not_before, Task.id)
                .limit(ROUND - len(found))
            ).all()
    session.commit()
    return found


def _is_free(now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """Nobody holds the task, or its lease is over, or so far off that the clock was set back."""
    return or_(
        Task.lease_until.is_(None),
        Task.lease_until < now,
        Task.lease_until > now + longest,
    )


def _given_up(rule: Kind, attempts: int, lease_until: datetime | None) -> bool:
    """Whether a task whose worker vanished must not be tried again by a machine.

    A lease that ran out, on a task that was begun, means that its outcome is unknown.
    """
    if attempts == 0 or lease_until is None:
        return False
    return attempts >= rule.attempts or rule.on_unknown is not OnUnknown.RUN_AGAIN


def _bury(
    session: Session, task_ids: set[uuid.UUID], now: datetime, free: ColumnElement[bool]
) -> None:
    """Leave tasks to a person: they show on the desk until somebody decides."""
    if not task_ids:
        return
    session.connection(execution_options={WRITING: True})
    session.execute(
        update(Task)
        .where(
            Task.id.in_(task_ids),
            Task.state == TaskState.PENDING,
            Task.lease_until.is_not(None),
            free,
        )
        .values(
            state=TaskState.DEAD,
            done_at=now,
            last_error="WorkerDied",
            lease_token=None,
            lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    session.commit()


def _claim(
    session: Session, batch: Batch, token: uuid.UUID, free: ColumnElement[bool], until: datetime
) -> list[uuid.UUID]:
    """Take the tasks of the batch that nobody has taken in the meantime, the oldest first."""
    session.connection(execution_options={WRITING: True})
    claimed = set(
        session.scalars(
            update(Task)
            .where(
                Task.id.in_(batch.ids),
                Task.state == TaskState.PENDING,
                free,
            )
            .values(lease_token=token, lease_until=until)
            .returning(Task.id)
            .execution_options(synchronize_session=False)
        )
    )
    session.commit()
    # RETURNING promises no order.
    return [task_id for task_id in batch.ids if task_id in claimed]


def _seconds(kind: Kind, count: int) -> int:
    """The outer limit for a whole job; each task has its own inside."""
    return kind.seconds * count + 30


def serve(
    app: Flask,
    stopped: threading.Event,
    kinds: Mapping[str, Kind] = KINDS,
    leases: Leases = LEASES,
) -> None:
    """Dispatch until told to stop; a queue or database that is away is waited for."""
    to, pulse = queue(connect()), Pulse(ProcessKind.DISPATCHER)
    with app.app_context():
        while not stopped.is_set():
            pause = POLL_SECONDS
            try:
                if pulse.beat():
                    note_queue(look(to))
                if dispatch(to, db.session(), kinds, leases):
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
