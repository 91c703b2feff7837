"""What the launcher says: one line a step, and one sentence for an error."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop(Exception):
    """The launcher cannot go on; the message is one sentence that says what to do."""


class Terminated(BaseException):
    """Somebody asked the launcher to end; what it has started is to end too."""


def obey_sigterm() -> None:
    """Turn SIGTERM and a closed terminal into Terminated, so that nothing is left half-running."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def say(line: str = "", end: str = "\n") -> None:
    """Print a line at once; a closed terminal is no reason to fail."""
    try:
        print(line, end=end, flush=True)
    except OSError:
        return


def complain(line: str) -> None:
    """Print a sentence where errors go."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        return


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show that `title` is being done, and how long it took."""
    say(f"  {title} … ", end="")
    started = time.monotonic()
    try:
        yield
    except Exception:
        say("failed")
        raise
    except BaseException:
        say("stopped")
        raise
    say(f"{time.monotonic() - started:.1f} s")
