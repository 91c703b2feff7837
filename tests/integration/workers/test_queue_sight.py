"""What is seen of the queue server: while it answers, while it hangs, and when it is gone."""

import os
import signal
import subprocess
import time

import psutil
import pytest
from redis import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.operations.models import QueueSight
from tests.integration.workers.conftest import wait_for
from workers import queue_server
from workers.queue import connect, look, queue
from workers.queue_server import is_embedded

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def own_server(tmp_path, monkeypatch):
    """A queue server of this test's own, and its process."""
    server = queue_server.embedded(tmp_path)
    words = [server.program, *server.arguments()]
    # Like this process it outlives a write that fails because the file is too large.
    process = subprocess.Popen(words, cwd=server.folder, restore_signals=False)
    monkeypatch.setenv("REDIS_URL", server.url)
    try:
        wait_for(server.answers, "the queue server answers")
        yield process
    finally:
        process.kill()
        process.wait()
        server.clear_away()


def test_a_server_that_answers_tells_what_it_is_and_how_much_waits(app, own_server):
    to = queue(connect())
    to.enqueue("nobody.runs.this")

    seen = look(to)

    assert (seen.works, seen.length) == (True, 1)
    assert seen.version.split()[0] in {"Valkey", "Redis"}
    assert seen.memory > 0


def test_a_server_that_hangs_is_waited_for_a_few_seconds_and_answers_again(app, own_server):
    to = queue(connect())
    assert look(to).works

    os.kill(own_server.pid, signal.SIGSTOP)
    began = time.monotonic()
    seen = look(to)
    took = time.monotonic() - began
    os.kill(own_server.pid, signal.SIGCONT)

    assert (seen.works, seen.length, seen.memory) == (False, None, None)
    assert took < 5
    wait_for(lambda: look(to).works, "it answers again")


def test_a_server_that_is_gone_does_not_answer(app, own_server):
    to = queue(connect())

    own_server.kill()
    own_server.wait()

    assert not look(to).works


def test_a_server_that_cannot_write_does_not_work(app, own_server):
    """As on a full disk."""
    to = queue(connect())
    process = psutil.Process(own_server.pid)
    process.rlimit(psutil.RLIMIT_FSIZE, (1, process.rlimit(psutil.RLIMIT_FSIZE)[1]))

    wait_for(lambda: refuses(to), "a message is refused")

    assert not look(to).works


def refuses(to) -> bool:
    try:
        to.enqueue("nobody.runs.this")
    except RedisError:
        return True
    return False


def test_the_dispatcher_notes_what_it_sees(installation):
    def sight():
        with Session(installation.engine) as session:
            return session.scalar(select(QueueSight))

    installation.start("dispatcher")

    wait_for(sight, "the queue server was looked at")
    assert sight().works


def test_our_own_server_is_known_by_its_address_wherever_its_socket_is(tmp_path):
    far = tmp_path / ("long" * 30)
    far.mkdir()

    assert is_embedded(queue_server.embedded(tmp_path).url, tmp_path)
    assert is_embedded(queue_server.embedded(far).url, far)
    assert not is_embedded("redis://localhost:6379/0", tmp_path)
    assert not is_embedded("", tmp_path)
