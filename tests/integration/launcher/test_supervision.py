"""Processes are restarted, stopped and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

FAMILY = Path(__file__).with_name("family.py")
ROOT = Path(__file__).parents[3]


def wait_for(claim, seconds=10):
    give_up = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path):
    started = []

    def _start(*names):
        process = subprocess.Popen(
            [sys.executable, FAMILY, tmp_path, *names],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
            text=True,
        )
        started.append(process)
        wait_for(lambda: all(pids(tmp_path, name) for name in names))
        return process

    yield _start
    for process in started:
        process.kill()
        process.communicate()


def pids(folder, name):
    """Those who have written theirs down by now: a file is there before there is a line in it."""
    path = folder / name
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_killed_process_is_started_again_and_it_is_said(start, tmp_path):
    supervisor = start("steady")

    os.kill(pids(tmp_path, "steady")[0], signal.SIGKILL)

    wait_for(lambda: len(pids(tmp_path, "steady")) == 2)
    supervisor.terminate()
    said, _ = supervisor.communicate(timeout=10)
    assert "steady was ended by SIGKILL; it is started again in 0.2 s." in said


def test_what_a_killed_process_had_started_is_ended_with_it(start, tmp_path):
    start("steady")
    wait_for(lambda: pids(tmp_path, "grandchild"))

    os.kill(pids(tmp_path, "steady")[0], signal.SIGKILL)

    wait_for(lambda: gone(pids(tmp_path, "grandchild")[0]))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopping_leaves_no_process(start, tmp_path, number):
    supervisor = start("steady", "flaky")
    wait_for(lambda: pids(tmp_path, "grandchild"))

    supervisor.send_signal(number)

    said, _ = supervisor.communicate(timeout=10)
    assert supervisor.returncode == 0, said
    for name in ("steady", "grandchild", "flaky"):
        assert all(gone(pid) for pid in pids(tmp_path, name))


def test_killing_the_supervisor_leaves_no_process(start, tmp_path):
    supervisor = start("steady", "stubborn")
    wait_for(lambda: pids(tmp_path, "grandchild"))

    supervisor.kill()

    everyone = [pids(tmp_path, name)[0] for name in ("steady", "stubborn", "grandchild")]
    wait_for(lambda: all(gone(pid) for pid in everyone))


def test_a_process_that_does_not_listen_is_ended_after_the_grace(start, tmp_path):
    supervisor = start("stubborn")

    supervisor.terminate()

    said, _ = supervisor.communicate(timeout=10)
    assert supervisor.returncode == 1
    assert "ended by force" in said
    assert gone(pids(tmp_path, "stubborn")[0])


def test_a_process_that_keeps_failing_is_started_ever_more_slowly(start, tmp_path):
    supervisor = start("flaky")
    wait_for(lambda: len(pids(tmp_path, "flaky")) == 3)
    supervisor.terminate()

    said, _ = supervisor.communicate(timeout=10)

    delays = [line.rsplit("in ")[-1] for line in said.splitlines() if "started again" in line]
    assert delays[:2] == ["0.2 s.", "0.4 s."]


def test_what_went_wrong_is_named_without_its_words(start, tmp_path):
    supervisor = start("flaky")
    wait_for(lambda: len(pids(tmp_path, "flaky")) == 2)
    supervisor.terminate()

    said, _ = supervisor.communicate(timeout=10)

    assert "flaky      | ended by ValueError in" in said
    assert "张三" not in said
    assert "13800000000" not in said


def test_every_line_bears_the_name_of_its_process_also_an_unfinished_one(start):
    supervisor = start("chatty")
    supervisor.terminate()

    said, _ = supervisor.communicate(timeout=10)

    assert "chatty     | 你好\n" in said
    assert "chatty     | unfinished\n" in said
