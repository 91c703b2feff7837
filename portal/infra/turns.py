"""Taking turns at writing: SQLite lets one write at a time, and has the others ask ever later.

Its busy handler sleeps up to a tenth of a second between two tries, so that under load a
writer goes on waiting long after it could write, and whoever writes often gets in before it.
Here one waits at the front and all others queue behind, for locks that the kernel takes back
when their holder dies; who has just written queues again like anybody. The turn only shortens
the waiting: what protects the data is SQLite's own lock, and who has waited in vain goes on to
that one.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep

PATIENCE = 10.0
ASK_EVERY = 0.0005


@dataclass(slots=True)
class _Gate:
    """A lock between processes, and between the threads of one: a file, and a lock beside it."""

    descriptor: int
    threads: threading.Lock = field(default_factory=threading.Lock)

    def pass_(self, give_up: float) -> bool:
        """Have the gate to oneself; False when that was not to be had in time."""
        if not self.threads.acquire(timeout=max(0.0, give_up - monotonic())):
            return False
        passed = False
        try:
            passed = self._lock(give_up)
        finally:
            # A task that runs out of time is interrupted while it waits here.
            if not passed:
                self.threads.release()
        return passed

    def _lock(self, give_up: float) -> bool:
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as refused:
                # Anything but "somebody has it" (no locks on this disk) does not get better.
                if not isinstance(refused, BlockingIOError) or monotonic() > give_up:
                    return False
                sleep(ASK_EVERY)
            else:
                return True

    def close(self) -> None:
        """Give the file up; the lock stays with whoever else has it open."""
        with suppress(OSError):
            os.close(self.descriptor)

    def leave(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self.threads.release()


class Turn:
    """The turn at one database; `path` is a file beside it, and there will be `path`-queue."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._gates: tuple[_Gate, _Gate] | None = None
        self._start_anew()
        os.register_at_fork(after_in_child=self._start_anew)

    def take(self) -> bool:
        """Wait for the turn; False after PATIENCE seconds, when there is nothing to give back."""
        give_up = monotonic() + PATIENCE
        gates = self._opened()
        if gates is None:
            return False
        front, turn = gates
        with _passed(front, give_up) as first:
            return first and turn.pass_(give_up)

    def give_back(self) -> None:
        """Let the next one write; whoever took the turn does this once, from any thread."""
        if self._gates is not None:
            self._gates[1].leave()

    def _start_anew(self) -> None:
        """Give up what was opened: after a fork the child would share the locks of the parent.

        A lock lasts as long as anybody has it open: kept in the child, one that the parent held
        would outlive the parent.
        """
        for gate in self._gates or ():
            gate.close()
        self._opening = threading.Lock()
        self._gates = None

    def _opened(self) -> tuple[_Gate, _Gate] | None:
        """The front of the queue and the turn; None where no file can be made."""
        with self._opening:
            if self._gates is None:
                try:
                    self._gates = (_open(f"{self._path}-queue"), _open(self._path))
                except OSError:  # SQLite will say what is wrong with the folder
                    return None
            return self._gates


@contextmanager
def _passed(gate: _Gate, give_up: float) -> Iterator[bool]:
    """Stand in a gate while the block runs, if one gets there in time."""
    passed = gate.pass_(give_up)
    try:
        yield passed
    finally:
        if passed:
            gate.leave()


def _open(path: str) -> _Gate:
    return _Gate(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
