"""Taking turns at writing: SQLite lets one write at a time, and has the others ask ever later.

Its busy handler sleeps up to a tenth of a second between two tries, so that under load a
writer goes on waiting long after it could write: the slowest of a hundred reports took five
times as long. Here one thread of a process at a time asks, a thousand times a second, for a
lock that the kernel takes back when its holder dies. The turn only shortens the waiting: what
protects the data is SQLite's own lock, and who has waited in vain goes on to that one.
"""

import fcntl
import os
import threading
from dataclasses import dataclass, field
from time import monotonic, sleep

PATIENCE = 10.0
ASK_EVERY = 0.001


@dataclass(slots=True)
class _Door:
    """The lock as one process has it: one of its threads at a time stands at the open file."""

    pid: int
    descriptor: int
    threads: threading.Lock = field(default_factory=threading.Lock)


class Turn:
    """The turn at one database; `path` is a file beside it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._door: _Door | None = None

    def take(self) -> bool:
        """Wait for the turn; False after PATIENCE seconds, when there is nothing to give back."""
        door = self._own_door()
        give_up = monotonic() + PATIENCE
        if not door.threads.acquire(timeout=PATIENCE):
            return False
        while monotonic() < give_up:
            try:
                fcntl.flock(door.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sleep(ASK_EVERY)
            else:
                return True
        door.threads.release()
        return False

    def give_back(self) -> None:
        """Let the next one write; whoever took the turn does this once, from any thread."""
        door = self._own_door()
        fcntl.flock(door.descriptor, fcntl.LOCK_UN)
        door.threads.release()

    def _own_door(self) -> _Door:
        """The file, opened anew after a fork: all who inherit an open file hold its lock."""
        if self._door is None or self._door.pid != os.getpid():
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._door = _Door(os.getpid(), os.open(self._path, flags, 0o600))
        return self._door
