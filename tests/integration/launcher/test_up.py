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


@pytest.fixture
def launch(checkout, port, tmp_path):
    running = []

    def _launch(**environ):
        output = (tmp_path / f"output-{len(running)}").open("w+")
        process = subprocess.Popen(
            [checkout / "sunline", "up", "--empty"],
            cwd="/",
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": os.environ.get("HOME", "/"),
                "SUNLINE_VENV": sys.prefix,
                "SUNLINE_PORT": str(port),
                **environ,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        running.append((process, output))
        return process, lambda: Path(output.name).read_text()

    yield _launch
    for process, output in running:
        left = family(process) if process.poll() is None else []
        process.kill()
        process.wait()
        psutil.wait_procs(left, PATIENCE)  # the next one is given the same folder and port
        output.close()


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


def test_the_second_start_sets_nothing_up_again(launch, installed):
    process, read = launch()
    wait_for(lambda: "Sunline is running" in read(), read)

    assert " … " not in read()

    process.terminate()
    process.wait(PATIENCE)


def test_every_killed_process_comes_back_and_it_is_said(launch, port, installed):
    process, read = launch()
    wait_for(lambda: "Sunline is running" in read(), read)

    for child in psutil.Process(process.pid).children():
        child.kill()

    for name in ("queue", "web", "dispatcher", "worker-1", "worker-2", "clock"):
        # A worker may find the queue dead before it is killed itself.
        ended = "(was ended by SIGKILL|ended with code 1)"
        said = re.compile(rf"^{name} {ended}; it is started again", re.MULTILINE)
        wait_for(lambda said=said: said.search(read()), read)
    wait_for(lambda: status(port) is not None, read)


def test_killing_the_supervisor_leaves_nothing(launch, port, installed):
    process, read = launch()
    wait_for(lambda: "Sunline is running" in read(), read)
    everyone = family(process)

    process.kill()

    process.wait()
    wait_for(lambda: not any(one.is_running() for one in everyone), read)
    assert status(port) is None


def test_a_second_instance_needs_a_folder_and_a_port_of_its_own(launch, tmp_path, installed):
    first, read = launch()
    wait_for(lambda: "Sunline is running" in read(), read)

    same_folder, read_folder = launch()
    same_port, read_port = launch(SUNLINE_VAR=str(tmp_path / "other"))

    assert same_folder.wait(PATIENCE) == 1
    assert "already runs with the data folder" in read_folder()
    assert same_port.wait(PATIENCE) == 1
    assert "is in use: stop what uses it, or choose another with SUNLINE_PORT." in read_port()
    assert first.poll() is None


def test_production_is_refused_with_keys_of_a_demonstration(launch, installed):
    process, read = launch(SUNLINE_ENV="production")

    assert process.wait(PATIENCE) == 1
    for name in ("SUNLINE_PUBLIC_URL", "SUNLINE_HTTPS", "SUNLINE_TRUSTED_PROXIES"):
        assert name in read()
    assert "made for a demonstration" in read()
