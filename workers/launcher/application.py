"""The application's own command line, as the launcher uses it."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workers.launcher import run
from workers.launcher.installation import Installation


def command(here: Installation, arguments: Sequence[str]) -> list[str]:
    """One command, from any folder; -P: nothing is imported from there."""
    return [str(here.python), "-P", str(here.root / "workers" / "command_line.py"), *arguments]


@dataclass
class Application:
    """Started when the first command is run; whatever it imports is there for the next ones."""

    here: Installation
    process: "subprocess.Popen[str] | None" = None

    def run(self, arguments: Sequence[str], *, what: str, name: str) -> str:
        """Run one command to the end; return what it printed, raise Stop if it fails."""
        log = self.here.var / "log" / f"setup-{name}.log"
        log.write_bytes(b"")
        if self.process is None:
            self.process = self._start()
        code = _ask(self.process, [list(arguments), str(log)])
        if code is None:
            return run.what_it_said(1, what=what, log=self._own_log)
        return run.what_it_said(code, what=what, log=log)

    def end(self) -> None:
        """Nothing is left to be run."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate()

    @property
    def _own_log(self) -> Path:
        return self.here.var / "log" / "setup-application.log"

    def _start(self) -> "subprocess.Popen[str]":
        with self._own_log.open("wb") as log:
            return subprocess.Popen(
                command(self.here, ["--one-by-one"]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=dict(self.here.environ),
                cwd=self.here.root,
            )


def _ask(process: "subprocess.Popen[str]", question: object) -> int | None:
    """The exit code of a command; None when the process that runs them has ended."""
    asked, told = process.stdin, process.stdout
    if asked is None or told is None:
        return None
    try:
        asked.write(json.dumps(question) + "\n")
        asked.flush()
        return int(told.readline())
    except (BrokenPipeError, ValueError):
        return None


@contextmanager
def application(here: Installation) -> Iterator[Application]:
    """The command line for several commands, ended whatever happens."""
    started = Application(here)
    try:
        yield started
    finally:
        started.end()
