"""Who wants to write waits for its turn, never for ever, and nobody who died has it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import create_engine

from portal.infra import turns
from portal.infra.database import WRITING, obey_sqlite_rules
from portal.infra.turns import Turn, _Gate

HOLDER = """
import sys, time
from portal.infra.turns import Turn
Turn(sys.argv[1]).take()
print("taken", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "sunline.db-turn")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)


def test_the_second_waits_until_the_first_gives_back(path):
    first, second, order = Turn(path), Turn(path), []
    first.take()
    waiting = threading.Thread(target=lambda: (second.take(), order.append("second")))
    waiting.start()

    order.append("first")
    first.give_back()
    waiting.join(5)

    assert order == ["first", "second"]


@pytest.mark.usefixtures("impatient")
def test_who_has_waited_in_vain_goes_on_without_the_turn(path):
    holder, other = Turn(path), Turn(path)
    holder.take()

    assert other.take() is False
    assert holder.take() is False, "another thread of the same process waits no longer either"

    holder.give_back()
    assert other.take() is True


def test_a_holder_that_was_killed_has_the_turn_no_more(path):
    root = str(Path(turns.__file__).parents[2])
    words = [sys.executable, "-c", HOLDER, path]
    with subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "taken\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait()

        assert Turn(path).take() is True


@pytest.mark.usefixtures("impatient")
def test_a_forked_process_does_not_inherit_the_turn(path):
    turn = Turn(path)
    turn.take()

    child = os.fork()
    if child == 0:
        os._exit(int(turn.take()))  # it has the turn: 1
    _pid, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


def test_threads_that_come_first_together_share_one_lock(path):
    turn, start, inside, most = Turn(path), threading.Barrier(8), [], []

    def write():
        start.wait(5)
        for _ in range(20):
            turn.take()
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            turn.give_back()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert (len(most), max(most)) == (160, 1)


def test_who_writes_all_the_time_does_not_keep_others_out(path):
    busy, other, stopped = Turn(path), Turn(path), threading.Event()

    def write_on():
        while not stopped.is_set():
            busy.take()
            busy.give_back()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for _ in range(20):
            assert other.take() is True
            other.give_back()
    finally:
        stopped.set()
        writer.join(5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("path", ["/nowhere/at/all"])
def test_without_a_file_nobody_has_a_turn_and_nobody_waits(path):
    assert Turn(path).take() is False


@pytest.mark.usefixtures("impatient")
def test_a_connection_that_is_used_again_keeps_its_turn_and_gives_it_back_once(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    obey_sqlite_rules(engine)
    other = Turn(str(tmp_path / "a.db-turn"))

    with engine.connect().execution_options(**{WRITING: True}) as connection:
        for name in ("t", "u"):
            connection.exec_driver_sql(f"CREATE TABLE {name} (n INTEGER)")
            connection.commit()
        taken_meanwhile = other.take()

    assert taken_meanwhile is False
    assert other.take() is True
    engine.dispose()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("ending", ["commit", "rollback", "invalidate"])
def test_a_connection_gives_the_turn_back_however_it_ends(tmp_path, ending):
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    obey_sqlite_rules(engine)
    other = Turn(str(tmp_path / "a.db-turn"))

    connection = engine.connect().execution_options(**{WRITING: True})
    connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
    taken_meanwhile = other.take()
    getattr(connection, ending)()
    connection.close()

    assert taken_meanwhile is False
    assert other.take() is True
    engine.dispose()


def test_where_no_lock_can_be_had_it_is_given_up_and_the_next_thread_is_not_kept():
    gate = _Gate(descriptor=2**20)  # flock says EBADF, as some disks say ENOLCK

    assert not gate.pass_(give_up=monotonic() + 60)
    assert not gate.threads.locked()


def test_who_is_interrupted_while_waiting_leaves_the_gate_to_others(path, monkeypatch):
    class TimeIsUp(BaseException):
        pass

    def interrupted(_seconds):
        raise TimeIsUp

    holder, other = Turn(path), Turn(path)
    holder.take()
    monkeypatch.setattr(turns, "sleep", interrupted)
    with pytest.raises(TimeIsUp):
        other.take()
    monkeypatch.undo()

    holder.give_back()

    assert other.take() is True


def test_a_child_that_outlives_its_parent_does_not_keep_the_turn_of_the_parent(path):
    parent = f"""
import os, time
from portal.infra.turns import Turn
turn = Turn({path!r})
turn.take()
if os.fork() == 0:
    time.sleep(60)
print("forked", flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.wait()

        taken = Turn(path).take()

        os.killpg(process.pid, signal.SIGKILL)
    assert taken is True
