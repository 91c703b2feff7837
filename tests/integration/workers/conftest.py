"""A real queue server, and a second installation whose processes are real."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import psycopg
import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.infra.config import ROOT
from portal.infra.tasks import Task
from tests.integration.workers import stage
from workers import queue_server
from workers.queue import queue

PATIENCE = 30.0


def wait_for(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something holds; the machine may have other work."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"in {seconds:.0f} s not: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def queue_address(tmp_path_factory) -> Iterator[str]:
    """The address of a queue server of these tests' own."""
    server = queue_server.embedded(tmp_path_factory.mktemp("q"))
    process = subprocess.Popen([server.program, *server.arguments()], cwd=server.folder)
    try:
        wait_for(server.answers, "the queue server answers")
        yield server.url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def redis(queue_address) -> Iterator[Redis]:
    """A client of an empty queue server."""
    with Redis.from_url(queue_address) as client:
        client.flushall()
        yield client


@pytest.fixture
def to(redis) -> Queue:
    """The queue, empty."""
    return queue(redis)


class Installation:
    """Another data folder and database, the processes on it, and a look into its tables."""

    def __init__(self, environ: dict[str, str], address: str) -> None:
        self.environ = environ
        self.engine = create_engine(address)
        self.processes: list[psutil.Process] = []
        self.log = Path(environ["SUNLINE_VAR"]) / "processes.log"

    @cached_property
    def nursery(self) -> subprocess.Popen[str]:
        """The process all others are forked from: to import everything takes seconds."""
        words = [sys.executable, "-m", "tests.integration.workers.stage", "nursery"]
        pipe = subprocess.PIPE
        with self.log.open("ab") as log:
            return subprocess.Popen(
                words, cwd=ROOT, env=self.environ, stdin=pipe, stdout=pipe, stderr=log, text=True
            )

    def start(self, what: str) -> psutil.Process:
        """Start a process of the stage."""
        asked, told = self.nursery.stdin, self.nursery.stdout
        assert asked is not None
        assert told is not None
        asked.write(f"{what}\n")
        asked.flush()
        process = psutil.Process(int(told.readline()))
        self.processes.append(process)
        return process

    def kill_all(self) -> None:
        """End everything that was started, with what it has forked."""
        for process in self.processes:
            kill_family(process)
        self.processes.clear()

    def close(self) -> None:
        """Let go of the database and end the nursery."""
        self.engine.dispose()
        self.nursery.communicate()

    def leave(self, kind: str) -> UUID:
        """Leave a task; return its id, which is its subject too."""
        task_id, now = uuid4(), datetime.now(UTC)
        with Session(self.engine) as session, session.begin():
            session.add(
                Task(
                    id=task_id,
                    kind=kind,
                    subject_id=task_id,
                    dedupe=task_id.hex,
                    not_before=now - timedelta(seconds=1),
                    created_at=now,
                )
            )
        return task_id

    def task(self, task_id: UUID) -> Task:
        """The task as it is now."""
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Task, task_id)

    def effects(self, task_id: UUID) -> int:
        """How often the task took effect."""
        wanted = select(func.count()).where(
            AuditEvent.subject_id == task_id, AuditEvent.action == stage.EFFECT
        )
        with Session(self.engine) as session:
            return session.scalar(wanted) or 0

    def count_entries(self, action: str) -> int:
        """How many entries of the trail are of this action."""
        with Session(self.engine) as session:
            return session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0

    def wait_until(self, task_id: UUID, state: str) -> Task:
        """Wait for the task to come to a state."""
        wait_for(lambda: self.task(task_id).state == state, f"a task is {state}")
        return self.task(task_id)


def kill_family(parent: psutil.Process) -> None:
    """Kill a process and all it has forked, with no chance to say goodbye."""
    try:
        family = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return
    for member in family:
        with suppress_gone():
            member.kill()
    parent.wait(PATIENCE)


@contextmanager
def suppress_gone() -> Iterator[None]:
    """A process that has just ended is as good as killed."""
    try:
        yield
    except psutil.NoSuchProcess:
        return


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, queue_address) -> Iterator[Installation]:
    """The installation, made once."""
    var = tmp_path_factory.mktemp("stage")
    address, undo = _new_database(var)
    environ = {
        **os.environ,
        "SUNLINE_VAR": str(var),
        "REDIS_URL": queue_address,
        "DATABASE_URL": "" if address.startswith("sqlite") else address,
        "SUNLINE_MAIL_URL": f"smtp://127.0.0.1:{free_port()}",
        "SUNLINE_MAIL_FROM": "sunline@office.example.org",
    }
    words = [sys.executable, "-m", "tests.integration.workers.stage", "setup"]
    subprocess.run(words, cwd=ROOT, env=environ, check=True, capture_output=True)
    there = Installation(environ, address)
    yield there
    there.close()
    undo()


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _new_database(var: Path) -> tuple[str, Callable[[], None]]:
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        return f"sqlite:///{var / 'sunline.db'}", lambda: None
    url = make_url(server).set(drivername="postgresql")
    name = f"sunline_stage_{uuid4().hex[:12]}"
    plain = url.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')

    def undo() -> None:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    there = url.set(drivername="postgresql+psycopg", database=name)
    return there.render_as_string(hide_password=False), undo


@pytest.fixture
def installation(prepared, redis) -> Iterator[Installation]:
    """The installation with an empty queue; whatever a test starts is killed after it."""
    yield prepared
    prepared.kill_all()
