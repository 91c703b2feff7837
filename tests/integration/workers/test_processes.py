"""Real workers, a real dispatcher and a real queue server, and what happens when they die."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.infra.tasks import Task
from portal.operations.models import ProcessBeat, ProcessKind
from tests.integration.workers.conftest import Installation, kill_family, wait_for
from tests.integration.workers.stage import CANARY
from workers.queue import JOB, QUEUE_NAME

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def running(installation) -> Installation:
    """The installation with a dispatcher and one worker."""
    installation.start("dispatcher")
    installation.start("worker")
    return installation


@pytest.mark.requirement("G2")
def test_a_task_runs_once_and_is_done_together_with_its_effect(running):
    tasks = [running.leave("effect") for _ in range(30)] + [running.leave("nothing")]

    for task_id in tasks:
        running.wait_until(task_id, "done")

    assert [running.effects(task_id) for task_id in tasks] == [1] * 30 + [0]
    assert {running.task(task_id).attempts for task_id in tasks} == {1}


@pytest.mark.requirement("G1", "T51")
def test_a_worker_killed_in_the_middle_of_a_task_is_replaced_and_the_task_done_once(installation):
    installation.start("dispatcher")
    worker = installation.start("worker")
    task_id = installation.leave("slow")
    wait_for(lambda: installation.task(task_id).attempts == 1, "the task was begun")

    kill_family(worker)
    expire(installation, task_id)
    installation.start("worker")

    done = installation.wait_until(task_id, "done")
    assert (done.attempts, installation.effects(task_id)) == (2, 1)


@pytest.mark.requirement("T51")
def test_an_orphan_that_wakes_up_late_is_fenced(installation):
    """The worker dies, its child lives on, and meanwhile the task was handed to somebody else."""
    installation.start("dispatcher")
    workers = [installation.start("worker") for _ in range(2)]
    task_id = installation.leave("slow")
    wait_for(lambda: installation.task(task_id).attempts == 1, "the task was begun")
    busy = next(worker for worker in workers if worker.children())
    orphan = busy.children()[0]

    os.kill(busy.pid, signal.SIGKILL)
    expire(installation, task_id)

    done = installation.wait_until(task_id, "done")
    wait_for(lambda: not orphan.is_running(), "the orphan has ended")
    assert (done.attempts, installation.effects(task_id)) == (2, 1)
    assert "task-taken-over" in installation.log.read_text()


@pytest.mark.requirement("G4")
def test_a_wiped_queue_loses_no_task(installation, redis):
    installation.start("dispatcher")
    tasks = [installation.leave("effect") for _ in range(5)]
    wait_for(lambda: redis.llen(f"rq:queue:{QUEUE_NAME}"), "something was sent")

    redis.flushall()
    installation.start("worker")

    for task_id in tasks:
        installation.wait_until(task_id, "done")
    assert [installation.effects(task_id) for task_id in tasks] == [1] * 5


@pytest.mark.requirement("T56")
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("raise", "ValueError"),
        ("die", "WorkerDied"),
        ("loop", "TaskTimedOut"),
        ("memory", "MemoryError"),
    ],
)
def test_a_poisonous_task_ends_dead_with_a_class_name_and_harms_no_other(running, kind, error):
    poison = running.leave(kind)
    others = [running.leave("effect") for _ in range(3)]

    dead = running.wait_until(poison, "dead")

    assert dead.last_error == error
    assert dead.done_at is not None
    assert running.effects(poison) == 0
    for task_id in others:
        running.wait_until(task_id, "done")
    assert [running.effects(task_id) for task_id in others] == [1] * 3


def test_a_task_whose_outcome_is_unknown_and_matters_is_left_to_a_person(running):
    task_id = running.leave("die-once")

    dead = running.wait_until(task_id, "dead")

    assert (dead.attempts, dead.last_error) == (1, "WorkerDied")


@pytest.mark.requirement("T59")
def test_a_kind_that_this_program_does_not_know_waits_for_one_that_does(running):
    unknown, known = running.leave("of-next-year"), running.leave("effect")

    running.wait_until(known, "done")

    left = running.task(unknown)
    assert (left.state, left.attempts, left.lease_token) == ("pending", 0, None)


@pytest.mark.requirement("T26")
@pytest.mark.parametrize(
    "changes",
    [
        {"func": "os.system", "args": ["touch {proof}"]},
        {"func": "builtins.open", "args": ["{proof}", "w"]},
        {"func": JOB, "args": [[], "0" * 32], "callback": "os.system"},
    ],
)
def test_a_job_that_somebody_else_wrote_is_refused_and_put_on_the_trail(
    running, redis, tmp_path, changes
):
    proof = tmp_path / "proof"
    before = running.count_entries("security.foreign-job")
    job = Job.create(
        changes["func"],
        [word.format(proof=proof) if isinstance(word, str) else word for word in changes["args"]],
        connection=redis,
        serializer=JSONSerializer,
    )
    if "callback" in changes:
        job._success_callback_name = changes["callback"]  # noqa: SLF001  # as an attacker would
    Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer).enqueue_job(job)

    wait_for(
        lambda: running.count_entries("security.foreign-job") > before, "the refusal is recorded"
    )

    assert not proof.exists()
    later = running.leave("effect")
    running.wait_until(later, "done")


@pytest.mark.requirement("G8", "T34")
def test_redis_holds_no_word_of_a_failing_task(running, redis):
    poison = running.leave("raise")
    running.wait_until(poison, "dead")

    held = everything_in(redis)

    assert CANARY.encode() not in held
    assert CANARY not in running.log.read_text()


def test_processes_say_that_they_live(running):
    def kinds() -> set[str]:
        with Session(running.engine) as session:
            return set(session.scalars(select(ProcessBeat.kind)))

    wait_for(lambda: {ProcessKind.WORKER, ProcessKind.DISPATCHER} <= kinds(), "both have a beat")


def expire(installation: Installation, task_id) -> None:
    """Let the lease of whoever has the task be over, without waiting for it."""
    with Session(installation.engine) as session, session.begin():
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Task).where(Task.id == task_id).values(lease_until=past))


def everything_in(redis: Redis) -> bytes:
    """Every key and value of the queue server."""
    parts: list[bytes] = []
    for key in redis.scan_iter():
        parts.append(key)
        kind = redis.type(key)
        reader = {
            b"none": lambda _name: b"",  # it expired since it was listed
            b"string": redis.get,
            b"hash": lambda name: repr(redis.hgetall(name)).encode(),
            b"list": lambda name: repr(redis.lrange(name, 0, -1)).encode(),
            b"set": lambda name: repr(redis.smembers(name)).encode(),
            b"zset": lambda name: repr(redis.zrange(name, 0, -1)).encode(),
            b"stream": lambda name: repr(redis.xrange(name)).encode(),
        }[kind]
        parts.append(reader(key) or b"")
    return b"\n".join(parts)
