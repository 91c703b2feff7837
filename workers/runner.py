"""The one job the queue runs: take the tasks of a batch and do each in its own transaction.

RQ starts it in a forked child. Whatever happens to the child, the tasks it did not finish
are handed out again; what it finished was committed together with the task's "done".
"""

import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from flask import Flask, has_app_context
from rq import Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from portal.infra.database import WRITING, db
from portal.infra.tasks import Lease, LeaseLost, Task, TaskState, current_lease, hold
from portal.kernel.actor import Actor
from workers.dispatcher import LONGEST_LEASE
from workers.kinds import KINDS, Kind, OnUnknown
from workers.queue import JOB, QUEUE_NAME, connect

log = structlog.get_logger()

FIRST_RETRY = timedelta(seconds=5)
GRACE = timedelta(seconds=30)

_app: Flask | None = None


class TaskTimedOut(BaseException):
    """The task took longer than its kind allows; not an Exception, so that none swallows it."""


class ForeignJob(Exception):  # it names the job, not a defect of ours
    """A job that this application did not write: somebody else can write to the queue."""


def run_tasks(task_ids: list[str], token: str) -> None:
    """Do the tasks that still belong to the message `token`."""
    if not has_app_context() and _app is not None:
        with _app.app_context():
            _run_all([uuid.UUID(task_id) for task_id in task_ids], uuid.UUID(token))
    else:
        _run_all([uuid.UUID(task_id) for task_id in task_ids], uuid.UUID(token))


def _run_all(task_ids: list[uuid.UUID], message: uuid.UUID) -> None:
    for task_id, kind, attempts, lease in _take(task_ids, message):
        _run_one(task_id, kind, attempts, lease)


def _take(
    task_ids: list[uuid.UUID], message: uuid.UUID
) -> list[tuple[uuid.UUID, str, int, Lease]]:
    """Put our own token on the tasks of the message; those handed to somebody else stay out."""
    session = db.session()
    now, token = datetime.now(UTC), uuid.uuid4()
    rows = session.execute(
        select(Task.kind, Task.id).where(Task.id.in_(task_ids)).limit(len(task_ids))
    ).all()
    session.commit()
    seconds = sum(KINDS[row.kind].seconds for row in rows if row.kind in KINDS)
    until = now + min(timedelta(seconds=seconds), LONGEST_LEASE) + GRACE
    session.connection(execution_options={WRITING: True})
    taken = session.execute(
        update(Task)
        .where(
            Task.id.in_([row.id for row in rows if row.kind in KINDS]),
            Task.lease_token == message,
            Task.state == TaskState.PENDING,
        )
        .values(lease_token=token, lease_until=until, attempts=Task.attempts + 1)
        .returning(Task.id, Task.subject_id, Task.kind, Task.attempts)
        .execution_options(synchronize_session=False)
    ).all()
    session.commit()
    order = {task_id: place for place, task_id in enumerate(task_ids)}
    taken = sorted(taken, key=lambda row: order[row.id])
    return [(row.subject_id, row.kind, row.attempts, Lease(row.id, token)) for row in taken]


def _run_one(subject_id: uuid.UUID, name: str, attempts: int, lease: Lease) -> None:
    """Run the service of one task; on failure leave it for later, or for a person."""
    kind = KINDS[name]
    marker = current_lease.set(lease)
    try:
        with time_limit(kind.seconds):
            kind.service(subject_id, actor=Actor.system(name))
        _finish_if_open(lease)
    except LeaseLost:
        db.session.rollback()
        log.warning("task-taken-over", task=lease.task_id.hex, kind=name)
    except (Exception, TaskTimedOut) as problem:  # noqa: BLE001  # the last line: it must be written down
        db.session.rollback()
        _put_off(lease, kind, attempts, type(problem).__name__)
        log.error("task-failed", task=lease.task_id.hex, kind=name, problem=type(problem).__name__)
    finally:
        current_lease.reset(marker)
        db.session.remove()


def _finish_if_open(lease: Lease) -> None:
    """Mark the task done when its service found nothing to write."""
    session = db.session()
    session.connection(execution_options={WRITING: True})
    state = session.scalar(select(Task.state).where(Task.id == lease.task_id))
    if state == TaskState.PENDING:
        hold(session, lease, datetime.now(UTC), finish=True)
    session.commit()


def _put_off(lease: Lease, kind: Kind, attempts: int, problem: str) -> None:
    """Have the task tried again later, twice as late each time.

    After the last try it is dead, and waits on the desk for a person.
    """
    last = attempts >= kind.attempts or kind.on_unknown is not OnUnknown.RUN_AGAIN
    now = datetime.now(UTC)
    session = db.session()
    session.connection(execution_options={WRITING: True})
    values: dict[str, object] = {"lease_token": None, "lease_until": None, "last_error": problem}
    if last:
        values |= {"state": TaskState.DEAD, "done_at": now}
    else:
        values |= {"not_before": now + FIRST_RETRY * 2 ** (attempts - 1)}
    session.execute(
        update(Task)
        .where(
            Task.id == lease.task_id,
            Task.lease_token == lease.token,
            Task.state == TaskState.PENDING,
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    session.commit()


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TaskTimedOut in the block after `seconds`."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TaskTimedOut

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class OwnJob(Job):
    """A job that may only be ours. Whoever can write to Redis must not choose what runs."""

    @property
    def func(self):  # type: ignore[no-untyped-def]  # noqa: ANN201  # as in RQ
        """Our one function; anything else is refused and said."""
        if self.func_name != JOB:
            log.error("foreign-job-refused", job=self.id)
            raise ForeignJob
        return run_tasks


def main(app: Flask) -> None:
    """Work until told to stop. The application is loaded before RQ forks, not in each child."""
    global _app  # noqa: PLW0603  # inherited by the forked child
    _app = app
    worker = Worker(
        [QUEUE_NAME],
        connection=connect(),
        serializer=JSONSerializer,
        job_class=OwnJob,
        worker_ttl=60,
        maintenance_interval=30,
        job_monitoring_interval=5,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    from app import create_app

    main(create_app())
