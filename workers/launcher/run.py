"""Running other programs: quietly with the output kept, openly, or in place of this one."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from workers.launcher.terminal import Stop, Terminated

Argument = str | Path
PATIENCE = 5.0  # seconds that a program may take to end when told so
_RUNNING: "list[subprocess.Popen[bytes]]" = []


def quietly(
    arguments: Sequence[Argument],
    *,
    what: str,
    log: Path,
    environ: Mapping[str, str],
    cwd: Path,
) -> str:
    """Run to the end with the output in `log`; raise Stop with its last line if it fails.

    It leads a group of its own, so that it ends with everything it has started.
    """
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("wb") as file:
        try:
            program = subprocess.Popen(
                [os.fspath(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                cwd=cwd,
                process_group=0,
            )
        except OSError as problem:
            raise Stop(f"{what} could not start: {problem.strerror}.") from problem
        with _known(program):
            code = program.wait()
    return what_it_said(code, what=what, log=log)


@contextmanager
def beside(most: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that run programs quietly, which end when the block goes wrong or is told to end."""
    with ThreadPoolExecutor(most) as threads:
        try:
            yield threads
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            _end(*_RUNNING)
            raise


@contextmanager
def _known(program: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Nothing that was started outlasts the wait for it."""
    _RUNNING.append(program)
    try:
        yield
    except BaseException:
        _end(program)
        raise
    finally:
        _RUNNING.remove(program)


def _end(*programs: "subprocess.Popen[bytes]") -> None:
    """Tell them and what they have started to end; what does not listen is made to."""
    for program in programs:
        _signal(program, signal.SIGTERM)
    for program in programs:
        with suppress(subprocess.TimeoutExpired):
            program.wait(PATIENCE)
        _signal(program, signal.SIGKILL)


def _signal(program: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(program.pid, number)


def what_it_said(code: int, *, what: str, log: Path) -> str:
    """The output of a program that has ended; raise Stop with its last line if it failed."""
    output = log.read_text(encoding="utf-8", errors="replace")
    if code:
        raise Stop(f"{what} failed: {_reason(output)} The whole output is in {log}.")
    return output


def openly(arguments: Sequence[Argument], *, environ: Mapping[str, str], cwd: Path) -> int:
    """Run with the terminal as its own; return the exit code, as a shell would."""
    with subprocess.Popen(
        [os.fspath(argument) for argument in arguments], env=dict(environ), cwd=cwd
    ) as running:
        while True:
            try:
                code = running.wait()
                break
            except KeyboardInterrupt:
                continue  # the terminal has told the program as well; its answer is awaited
            except Terminated:
                running.terminate()
    return code if code >= 0 else 128 - code


def kept(
    arguments: Sequence[Argument], *, environ: Mapping[str, str], cwd: Path
) -> tuple[int, str]:
    """Run to the end; return the exit code and everything it said."""
    done = subprocess.run(
        [os.fspath(argument) for argument in arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environ),
        cwd=cwd,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def replace(arguments: Sequence[Argument], *, environ: Mapping[str, str], cwd: Path) -> int:
    """Become another program: signals and the exit code are then its own."""
    os.chdir(cwd)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    words = [os.fspath(argument) for argument in arguments]
    os.execve(words[0], words, dict(environ))  # noqa: S606  # no shell: the words are passed as they are


def _reason(output: str) -> str:
    """Pick the line that says why: the exception under the last traceback, or the last line."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    starts = [at for at, line in enumerate(lines) if line.lstrip().startswith("Traceback (")]
    under = lines[starts[-1] + 1 :] if starts else []
    raised = next((line for line in under if not line.startswith(" ")), None)
    reason = (
        (raised or (lines[-1] if lines else "it said nothing")).strip().removeprefix("sunline: ")
    )
    return reason if reason.endswith((".", "!", "?")) else reason + "."
