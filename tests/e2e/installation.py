"""A whole Sunline of the tests' own: `./sunline up` in a folder and on a port of its own."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from workers.lifeline import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds; the machine may have other work
RUNNING = "Sunline is running"
# What a developer has set must not reach it, nor what the other tests set for themselves.
OWN_SETTINGS = ("SUNLINE_", "DATABASE_URL", "REDIS_URL", "FLASK_")
FORGET_USED_CODES = """UPDATE time_code SET last_step = 0
  WHERE account_id = (SELECT id FROM account WHERE name = ?)"""

T = TypeVar("T")


@dataclass(frozen=True)
class Installation:
    """One that runs: where it answers, and what its operator can ask on the command line."""

    url: str
    var: Path
    environ: Mapping[str, str]
    sessions: dict[str, Any] = field(default_factory=dict)  # cookies of who has signed in

    def ask(self, *arguments: str) -> str:
        """What `./sunline …` prints."""
        done = self._run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def python(self, *words: str) -> str:
        """What a module of the tests prints that is run with the settings of the installation."""
        command = [sys.executable, "-m", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def time_code(self, name: str) -> str:
        """A code of a demonstration account, as if half a minute had passed since the last one."""
        with closing(self._connect("rw")) as database, database:
            database.execute(FORGET_USED_CODES, (name,))
        return self.ask("code", name)

    @cached_property
    def password(self) -> str:
        """The one password of the demonstration accounts."""
        return self.ask("accounts", "demo").splitlines()[0].split("\t")[2]

    def state_of(self, reference: str) -> str:
        """The state of a report as the database has it, read from outside."""
        return str(self.value("SELECT state FROM report WHERE reference = ?", reference) or "")

    def value(self, statement: str, *given: str) -> Any:
        """The first column of the first row that the database has, asked from outside."""
        with closing(self._connect("ro")) as database:
            row = database.execute(statement, given).fetchone()
        return row[0] if row else None

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"file:{self.var}/sunline.db?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=PATIENCE)

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(ROOT / "sunline"), *arguments]
        return subprocess.run(
            command, env=self.environ, capture_output=True, text=True, check=False
        )


@contextmanager
def running_installation(folder: Path) -> Iterator[Installation]:
    """Set up and start everything, with the demonstration; stop it and leave no process."""
    port = _free_port()
    url = f"http://localhost:{port}"  # passkeys want a name, not an address
    environ = {name: v for name, v in os.environ.items() if not name.startswith(OWN_SETTINGS)} | {
        "SUNLINE_VENV": sys.prefix,
        "SUNLINE_VAR": str(folder / "var"),
        "SUNLINE_PORT": str(port),
        "SUNLINE_PUBLIC_URL": url,
        "SUNLINE_MIN_FREE_BYTES": "0",
        "SUNLINE_MIN_FREE_SHARE": "0",
    }
    with (folder / "output").open("w+") as output:
        process = subprocess.Popen(
            [ROOT / "sunline", "up"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509  # no threads yet
        )
        try:
            _await_start(process, folder / "output")
            yield Installation(url, folder / "var", environ)
        finally:
            _stop(process)


def wait_for(look: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """The first thing `look` finds; fails after `patience` seconds without any."""
    give_up = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < give_up, f"waited {patience:.0f} s for {what}"
        time.sleep(0.05)
    return found


def _await_start(process: "subprocess.Popen[bytes]", output: Path) -> None:
    def started() -> bool:
        assert process.poll() is None, output.read_text()
        return RUNNING in output.read_text()

    wait_for(started, "the start")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
