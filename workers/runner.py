"""The one job the queue runs: take the tasks of a batch and do each in its own transaction.

RQ starts it in a forked child. Whatever happens to the child, the tasks it did not finish
are handed out again; what it finished was committed together with the task's "done".
"""

import resource
import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from types import FrameType
from typing import Any

import structlog
from flask import Flask, has_app_context
from rq import Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from portal.audit.trail import record
from portal.infra.database import WRITING, db
from portal.infra.tasks import Lease, LeaseLost, Task, TaskState, current_lease, hold
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.operations.models import ProcessKind
from portal.triage.service import make_ready
from workers.kinds import KINDS, Kind, OnUnknown
from workers.leases import LEASES, Leases
from workers.pulse import Pulse
from workers.queue import JOB, QUEUE_NAME, connect

log = structlog.get_logger()

# Address space of one child: a task that wants more gets a MemoryError, not the whole machine.
MEMORY_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker was started with; its children inherit it by the fork."""

    app: Flask | None = None
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
    leases: Leases = LEASES
    memory_bytes: int = 0


_setting = Setting()


@dataclass(frozen=True, slots=True)
class _Taken:
    """A task that is ours to do."""

    subject_id: uuid.UUID
    kind: str
    attempts: int
    lease: Lease

    @property
    def task_id(self) -> uuid.UUID:
        """The id of the task itself."""
        return self.lease.task_ids[0]


class TaskTimedOut(BaseException):
    """The task took longer than its kind allows; not an Exception, so that none swallows it."""


class ForeignJob(Exception):  # it names the job, not a defect of ours
    """A job that this application did not write: somebody else can write to the queue."""


def run_tasks(task_ids: list[str], token: str) -> None:
    """Do the tasks that still belong to the message `token`.

    Nothing gets out of here: what a failing job says would be kept in Redis.
    """
    app = _setting.app
    with app.app_context() if app is not None and not has_app_context() else nullcontext():
        try:
            _limit_memory(_setting.memory_bytes)
            _run_all([uuid.UUID(task_id) for task_id in task_ids], uuid.UUID(token))
        except Exception as problem:  # noqa: BLE001  # the leases see to it that it is done later
            log.error("batch-failed", problem=type(problem).__name__)  # noqa: TRY400  # no text
        finally:
            db.session.remove()


def _limit_memory(bytes_: int) -> None:
    if bytes_:
        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (bytes_, hard))


def _run_all(task_ids: list[uuid.UUID], message: uuid.UUID) -> None:
    """Do some at a time, keeping hold of those that wait for their turn.

    Where one of some goes wrong, they are done one by one: it spoils itself only.
    """
    token, alone = uuid.uuid4(), 0
    left = _take(task_ids, message, token)
    held_until = datetime.now(UTC) + _lease_before(left)
    while left:
        some = left[:1] if alone else _next(left)
        if held_until < datetime.now(UTC) + _lease_before(some) - _setting.leases.grace / 2:
            held_until = _keep_hold(left, token)
        if len(some) == 1:
            _run_one(some[0])
            alone = max(alone - 1, 0)
        elif not _run_together(some, token):
            alone = len(some)
            continue
        left = left[len(some) :]


def _next(left: list[_Taken]) -> list[_Taken]:
    """The next one, with what follows it if their kind may be done together."""
    first, kind = left[0], _setting.kinds[left[0].kind]
    if kind.together is None:
        return [first]
    return [*takewhile(lambda task: task.kind == first.kind, left[: kind.at_once])]


def _lease_before(tasks: list[_Taken]) -> timedelta:
    """How long the lease must be for the first of the tasks to be done in peace."""
    return _setting.leases.for_work(_setting.kinds[tasks[0].kind].seconds if tasks else 0)


def _keep_hold(tasks: list[_Taken], token: uuid.UUID) -> datetime:
    """Make the leases last for another task; those that others took meanwhile stay theirs."""
    until: datetime = datetime.now(UTC) + _lease_before(tasks)
    session = db.session()
    session.connection(execution_options={WRITING: True})
    session.execute(
        update(Task)
        .where(
            Task.id.in_([task.task_id for task in tasks]),
            Task.lease_token == token,
            Task.state == TaskState.PENDING,
        )
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return until


def _take(task_ids: list[uuid.UUID], message: uuid.UUID, token: uuid.UUID) -> list[_Taken]:
    """Put our own token on the tasks of the message; those handed to somebody else stay out.

    Tasks of a kind this program does not know are left for one that does.
    """
    session, kinds = db.session(), _setting.kinds
    rows = session.execute(select(Task.kind, Task.id).where(Task.id.in_(task_ids))).all()
    session.commit()
    known = {row.id: kinds[row.kind].seconds for row in rows if row.kind in kinds}
    if not known:
        return []
    until = datetime.now(UTC) + _setting.leases.for_work(max(known.values()))
    session.connection(execution_options={WRITING: True})
    taken = session.execute(
        update(Task)
        .where(
            Task.id.in_(known),
            Task.lease_token == message,
            Task.state == TaskState.PENDING,
        )
        .values(lease_token=token, lease_until=until, attempts=Task.attempts + 1)
        .returning(Task.id, Task.subject_id, Task.kind, Task.attempts)
        .execution_options(synchronize_session=False)
    ).all()
    session.commit()
    order = {task_id: place for place, task_id in enumerate(task_ids)}
    return [
        _Taken(row.subject_id, row.kind, row.attempts, Lease((row.id,), token))
        for row in sorted(taken, key=lambda row: order[row.id])
    ]


def _run_together(tasks: list[_Taken], token: uuid.UUID) -> bool:
    """Do tasks of one kind in one transaction; False, with nothing done, if that went wrong."""
    kind, lease = _setting.kinds[tasks[0].kind], Lease(tuple(t.task_id for t in tasks), token)
    if kind.together is None:
        return False
    marker = current_lease.set(lease)
    try:
        with time_limit(kind.seconds):
            kind.together([task.subject_id for task in tasks], actor=Actor.system(tasks[0].kind))
    except (Exception, TaskTimedOut) as problem:  # noqa: BLE001  # each says so when it is its turn
        db.session.rollback()
        log.warning("tasks-parted", kind=tasks[0].kind, problem=type(problem).__name__)
    finally:
        current_lease.reset(marker)
        db.session.remove()
    return lease.finished


def _run_one(task: _Taken) -> None:
    """Run the service of one task; on failure leave it for later, or for a person."""
    kind, lease = _setting.kinds[task.kind], task.lease
    marker = current_lease.set(lease)
    try:
        with time_limit(kind.seconds):
            kind.service(task.subject_id, actor=Actor.system(task.kind))
        if not lease.finished:
            _finish_if_open(lease)
    except LeaseLost:
        db.session.rollback()
        log.warning("task-taken-over", task=task.task_id.hex, kind=task.kind)
    except (Exception, TaskTimedOut) as problem:  # noqa: BLE001  # the last line: it must be written down
        db.session.rollback()
        name = type(problem).__name__
        _put_off(task, kind, name)
        log.error("task-failed", task=task.task_id.hex, kind=task.kind, problem=name)  # noqa: TRY400
    finally:
        current_lease.reset(marker)
        db.session.remove()


def _finish_if_open(lease: Lease) -> None:
    """Mark the task done when its service found nothing to write."""
    session = db.session()
    session.connection(execution_options={WRITING: True})
    states = session.scalars(select(Task.state).where(Task.id.in_(lease.task_ids))).all()
    if TaskState.PENDING in states:
        hold(session, lease, datetime.now(UTC), finish=True)
    session.commit()


def _put_off(task: _Taken, kind: Kind, problem: str) -> None:
    """Have the task tried again later, twice as late each time.

    After the last try it is dead, and waits on the desk for a person.
    """
    last = task.attempts >= kind.attempts or kind.on_unknown is not OnUnknown.RUN_AGAIN
    now = datetime.now(UTC)
    session = db.session()
    session.connection(execution_options={WRITING: True})
    values: dict[str, object] = {"lease_token": None, "lease_until": None, "last_error": problem}
    if last:
        values |= {"state": TaskState.DEAD, "done_at": now}
    else:
        values |= {"not_before": now + _setting.leases.until_retry(task.attempts)}
    session.execute(
        update(Task)
        .where(
            Task.id == task.task_id,
            Task.lease_token == task.lease.token,
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
        """Our one function; anything else is refused, said, and put on the trail."""
        if self.func_name != JOB or self._wants_callback():
            _report_foreign_job()
            raise ForeignJob
        return run_tasks

    @property
    def success_callback(self) -> None:
        """Never: RQ would import whatever function the job names."""

    @property
    def failure_callback(self) -> None:
        """Never, for the same reason."""

    @property
    def stopped_callback(self) -> None:
        """Never, for the same reason."""

    def _wants_callback(self) -> bool:
        return any(
            (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        )


def _report_foreign_job() -> None:
    """Somebody else can write to the queue: that is for whoever reads the trail.

    Of the job itself nothing is written down: it says what a stranger wants it to say.
    """
    log.error("foreign-job-refused")
    app = _setting.app
    with app.app_context() if app is not None and not has_app_context() else nullcontext():
        with unit_of_work(Actor.system("worker")) as uow:
            record(uow, "security.foreign-job", "queue", None)
        db.session.remove()


class OwnWorker(Worker):
    """An RQ worker that also tells the database that it lives."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # as RQ has it
        super().__init__(*arguments, **options)
        self._pulse = Pulse(ProcessKind.WORKER)

    def heartbeat(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # as RQ has it
        """Tell Redis as RQ does, and the database; children must inherit no connection to it."""
        super().heartbeat(*arguments, **options)
        app = _setting.app
        if app is not None and not has_app_context():
            with app.app_context():
                self._pulse.beat_and_let_go()


def _warm_up(app: Flask) -> None:
    """Build once what every child would have to build; no connection crosses the fork."""
    with app.app_context():
        try:
            make_ready()
        except DBAPIError as problem:  # work can begin later, and is slower then
            log.warning("worker-starts-cold", problem=type(problem).__name__)
        finally:
            db.session.remove()
            db.engine.dispose()


def main(app: Flask, setting: Setting | None = None) -> None:
    """Work until told to stop. The application is loaded before RQ forks, not in each child."""
    global _setting  # noqa: PLW0603  # inherited by the forked child
    _setting = setting or Setting(app, memory_bytes=MEMORY_BYTES)
    _warm_up(app)
    worker = OwnWorker(
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
