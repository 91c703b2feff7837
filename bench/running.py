"""Installations and servers that a measurement starts, and always stops."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

from bench.reference import make_engine, metadata

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 90.0
# Whatever the developer has set is not for an installation that is measured.
OWN = ("SUNLINE_", "DATABASE_URL", "REDIS_URL", "FLASK_")


class DidNotStart(Exception):
    """A server that was to be measured; the message ends with what it said last."""


@dataclass(slots=True)
class Installation:
    """One data folder, one port, and the launcher that serves them."""

    var: Path
    port: int
    root: Path = ROOT
    environ: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def base(self) -> str:
        """The address of the first page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """What it has said since its last start."""
        return (self.var.parent / "output").read_text(encoding="utf-8", errors="replace")

    @property
    def settings(self) -> dict[str, str]:
        """The environment its commands run in."""
        plain = {k: v for k, v in os.environ.items() if not k.startswith(OWN)}
        return {
            **plain,
            "SUNLINE_VENV": sys.prefix,
            "SUNLINE_VAR": str(self.var),
            "SUNLINE_PORT": str(self.port),
            "SUNLINE_MIN_FREE_BYTES": "0",
            "SUNLINE_MIN_FREE_SHARE": "0",
            **self.environ,
        }

    def run(self, *words: str) -> str:
        """Run a command of the launcher to its end; return what it said."""
        return self._run([str(self.root / "sunline"), *words])

    def python(self, *words: str) -> str:
        """Run a module of this checkout with the installation's settings."""
        return self._run([sys.executable, *words])

    def _run(self, command: Sequence[str]) -> str:
        done = subprocess.run(
            command, cwd=self.root, env=self.settings, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DidNotStart(f"{' '.join(command[-3:])}: {(done.stderr or done.stdout)[-600:]}")
        return done.stdout

    def start(self, *words: str) -> float:
        """Start with the launcher; return the seconds until the first page could be fetched."""
        started = time.perf_counter()
        with (self.var.parent / "output").open("wb") as out:
            self.process = subprocess.Popen(
                [self.root / "sunline", *(words or ("up", "--empty"))],
                cwd=self.root,
                env=self.settings,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while not answers(self.port, "/"):
            if self.process.poll() is not None or time.perf_counter() - started > PATIENCE:
                self.stop()
                raise DidNotStart(self.output[-600:])
            time.sleep(0.02)
        return time.perf_counter() - started

    def stop(self) -> None:
        """Stop what was started, and all that descends from it."""
        if self.process is None:
            return
        family = self.family()
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.resume()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self.process = None

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything it runs."""
        if self.process is None:
            return []
        try:
            head = psutil.Process(self.process.pid)
            return [head, *head.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def named(self, name: str) -> psutil.Process:
        """A process of the supervisor by the name it is shown under."""
        for one in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                if one.name().startswith(name) or name in " ".join(one.cmdline()[:1]):
                    return one
        raise DidNotStart(f"there is no process {name}")

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database file, without the application."""
        address = f"file:{self.var / 'sunline.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(str(self.rows(f"SELECT count(*) FROM {table}")[0][0]))  # noqa: S608  # our name

    def pss(self) -> tuple[float, int]:
        """Memory of all its processes, shared pages counted once, in MB; and their number."""
        total, count = 0, 0
        for one in self.family():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += one.memory_full_info().pss
                count += 1
        return total / 2**20, count


@contextmanager
def installation(**environ: str) -> Iterator[Installation]:
    """A folder and a port for one installation; stopped and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sunline-bench-"))
    here = Installation(folder / "var", free_port(), environ=environ)
    try:
        yield here
    finally:
        here.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def reference_server() -> "Iterator[tuple[str, subprocess.Popen[bytes]]]":
    """The floor of P1 on granian with two processes; yield its address and its first process."""
    folder = Path(tempfile.mkdtemp(prefix="sunline-floor-"))
    file, port = folder / "reference.db", free_port()
    engine = make_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()
    own = {
        "SUNLINE_BENCH_DATABASE": f"sqlite:///{file}",
        "SUNLINE_BENCH_KEY": secrets.token_hex(16),
    }
    words = ["--interface", "wsgi", "--factory", "--workers", "2", "--no-access-log"]
    words += ["--host", "127.0.0.1", "--port", str(port)]
    with (folder / "output").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *words, "bench.reference:create_app"],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        give_up = time.monotonic() + PATIENCE
        while not answers(port, "/report"):
            if process.poll() is not None or time.monotonic() > give_up:
                raise DidNotStart((folder / "output").read_text()[-600:])
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Processor time the processes have used, and children they have outlived.

    It is what a busy machine blurs least.
    """
    total = 0.0
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Whether a page can be fetched."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200  # noqa: PLR2004
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
