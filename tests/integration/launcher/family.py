"""A supervisor with small children: `python family.py FOLDER NAME...`."""

import os
import signal
import sys
import time
from pathlib import Path

from workers.supervision import Child, Supervisor

FOLDER = Path(sys.argv[1])
LONG = 600


def note(name: str) -> None:
    with (FOLDER / name).open("a") as file:
        file.write(f"{os.getpid()}\n")


def steady() -> None:
    """Run until told to stop, with a child of its own in another session."""
    note("steady")
    if os.fork() == 0:
        os.setsid()
        note("grandchild")
        time.sleep(LONG)
    time.sleep(LONG)


def flaky() -> None:
    """Fail at once, with words that must not be shown."""
    note("flaky")
    raise ValueError("张三 13800000000")


def stubborn() -> None:
    """Not listen to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note("stubborn")
    time.sleep(LONG)


def chatty() -> None:
    """Write a line without an end."""
    sys.stdout.write("你好\nunfinished")
    sys.stdout.flush()
    note("chatty")
    time.sleep(LONG)


supervisor = Supervisor(grace=1.0)
supervisor.obey_signals()
for wanted in sys.argv[2:]:
    supervisor.add(Child(wanted, globals()[wanted]))
raise SystemExit(supervisor.run())
