"""`./sunline up`, for real: a copy of the project in a folder whose name is not plain."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

ROOT = Path(__file__).parents[3]
PARTS = ("app.py", "sunline", "portal", "workers", "templates", "static", "migrations")
FILES = ("package.json", "package-lock.json", "requirements.lock", "requirements-dev.lock")
PATIENCE = 60  # seconds; the machine may have other work

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Everything a clone has, and the packages of the environment the tests run in."""
    folder = tmp_path_factory.mktemp("copy") / "阳光 热线"
    folder.mkdir()
    for name in (*PARTS, *FILES):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def installed(checkout):
    """The checkout, set up if no test before this one has done it."""
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SUNLINE_VENV": sys.prefix,
    }
    subprocess.run([checkout / "sunline", "setup", "--empty"], env=environ, check=True)


@pytest.fixture(scope="module")
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Starts:
    """What was started in one checkout, on one port: one instance at a time, unless refused."""

    def __init__(self, checkout, port, outputs):
        self.checkout, self.port, self.outputs = checkout, port, outputs
        self.started = []

    def start(self, **environ):
        output = (self.outputs / f"output-{uuid4().hex}").open("w+")
        process = subprocess.Popen(
            [self.checkout / "sunline", "up", "--empty"],
            cwd="/",
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": os.environ.get("HOME", "/"),
                "SUNLINE_VENV": sys.prefix,
                "SUNLINE_PORT": str(self.port),
                **environ,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started.append((process, output))
        return process, lambda: Path(output.name).read_text()

    def end(self):
        for process, output in self.started:
            left = family(process) if process.poll() is None else []
            process.kill()
            process.wait()
            psutil.wait_procs(left, PATIENCE)  # the next one is given the same folder and port
            output.close()
        self.started.clear()


@pytest.fixture(scope="module")
def starts(checkout, port, tmp_path_factory):
    own = Starts(checkout, port, tmp_path_factory.mktemp("outputs"))
    yield own
    own.end()


@pytest.fixture
def launch(starts):
    """Start an instance of the test's own, which ends with it."""
    starts.end()
    yield starts.start
    starts.end()


@pytest.fixture
def running(starts, installed):
    """The instance that the tests share; where one of them has ended it, another."""
    first = starts.started[0] if starts.started else None
    if first is None or first[0].poll() is not None:
        starts.end()
        process, read = starts.start()
        wait_for(lambda: "Sunline is running" in read(), read)
        return process, read
    return first[0], Path(first[1].name).read_text


def wait_for(claim, read):
    give_up = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < give_up, read()
        time.sleep(0.05)


def status(port, path="/"):
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def headers(port):
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", "/healthz")
        return dict(connection.getresponse().getheaders())


def beats(checkout):
    """The web servers that say that they live."""
    with closing(sqlite3.connect(checkout / "var" / "sunline.db", timeout=10)) as connection:
        found = connection.execute("SELECT kind FROM process_beat WHERE kind = 'web'").fetchall()
    return [kind for (kind,) in found]


def family(process):
    return psutil.Process(process.pid).children(recursive=True)


def named(process, name):
    return [child for child in family(process) if child.name().startswith(name)]


def test_one_command_sets_up_and_starts_everything_and_stopping_leaves_nothing(
    launch, checkout, port
):
    process, read = launch()
    wait_for(lambda: "Sunline is running" in read(), read)

    assert "Preparing the database" in read()
    assert f"http://127.0.0.1:{port}/" in read()
    assert status(port) == 200
    assert "Server" not in headers(port)
    wait_for(lambda: beats(checkout) == ["web", "web"], read)
    assert (checkout / "var").stat().st_mode & 0o077 == 0

    everyone = family(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0, read()
    assert [one for one in everyone if one.is_running()] == []


def test_production_is_refused_with_keys_of_a_demonstration(launch, installed):
    process, read = launch(SUNLINE_ENV="production")

    assert process.wait(PATIENCE) == 1
    for name in ("SUNLINE_PUBLIC_URL", "SUNLINE_HTTPS", "SUNLINE_TRUSTED_PROXIES"):
        assert name in read()
    assert "made for a demonstration" in read()


def test_the_second_start_sets_nothing_up_again(running):
    _process, read = running

    assert " … " not in read()


def test_a_second_instance_needs_a_folder_and_a_port_of_its_own(running, starts, tmp_path):
    first, _read = running

    same_folder, read_folder = starts.start()
    same_port, read_port = starts.start(SUNLINE_VAR=str(tmp_path / "other"))

    assert same_folder.wait(PATIENCE) == 1
    assert "already runs with the data folder" in read_folder()
    assert same_port.wait(PATIENCE) == 1
    assert "is in use: stop what uses it, or choose another with SUNLINE_PORT." in read_port()
    assert first.poll() is None


def test_every_killed_process_comes_back_and_it_is_said(running, port):
    process, read = running

    for child in psutil.Process(process.pid).children():
        child.kill()

    for name in ("queue", "web", "dispatcher", "worker-1", "worker-2", "clock"):
        # A worker may find the queue dead before it is killed itself.
        ended = "(was ended by SIGKILL|ended with code 1)"
        said = re.compile(rf"^{name} {ended}; it is started again", re.MULTILINE)
        wait_for(lambda said=said: said.search(read()), read)
    wait_for(lambda: status(port) is not None, read)


def test_killing_the_supervisor_leaves_nothing(running, port):
    process, read = running
    everyone = family(process)

    process.kill()

    process.wait()
    wait_for(lambda: not any(one.is_running() for one in everyone), read)
    assert status(port) is None
