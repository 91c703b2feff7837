"""Starts everything, keeps it running, and stops it without a trace.

The application is imported once and the processes are forked from it, so that they share its
memory and a restart costs milliseconds. One thread, one loop; nothing here talks to the
database or the queue, so no connection crosses a fork.
"""

import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from workers import lifeline

# Seconds before a process that ended is started again. A fork costs milliseconds, and while the
# queue server is away every other process waits for it: so never long.
FIRST_DELAY, LONGEST_DELAY = 0.2, 5.0
STEADY_SECONDS = 30.0  # running this long wipes its past failures
KILL_SECONDS = 2.0  # how long the kernel may take to end what was killed
LONGEST_LINE = 64 * 1024


@dataclass(slots=True)
class Child:
    """One process that is to be running."""

    name: str
    target: Callable[[], int | None]
    last: bool = False  # stopped after all others: they need it to finish
    once: bool = False  # its end is no failure, and its lines need no name
    parting: str = ""  # said when it has said everything
    log: str = ""  # where it says more than here
    pid: int | None = None
    failures: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    unfinished: bytes = field(default=b"", repr=False)


def say(line: str) -> None:
    """Print one line at once; a closed terminal does not stop the service."""
    try:
        print(line, flush=True)
    except OSError:
        return


class Supervisor:
    """Runs children until a signal says to stop."""

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self.children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._told_to_stop = 0
        self._wake, self._waker = os.pipe()
        for end in (self._wake, self._waker):
            os.set_blocking(end, False)
        self._selector.register(self._wake, selectors.EVENT_READ)

    def obey_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal stop everything; a second time at once."""
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        lifeline.adopt_orphans()
        lifeline.tie_all_forks()

    def add(self, child: Child) -> Child:
        """Start a child now and keep it running."""
        self.children.append(child)
        self._start(child)
        return child

    def watch(self, descriptor: int, react: Callable[[], None]) -> None:
        """Call `react` once, when something can be read from `descriptor`."""
        self._selector.register(descriptor, selectors.EVENT_READ, react)

    def run(self) -> int:
        """Keep everything running until told to stop, then stop it; return the exit code."""
        while not self._told_to_stop:
            self.turn()
        say("Stopping …" + (" (Ctrl-C again stops at once)" if sys.stdin.isatty() else ""))
        return self.stop()

    def turn(self, longest: float = 1.0) -> None:
        """Wait for something to happen and see to it."""
        due = [child.start_at for child in self.children if child.pid is None and not child.once]
        wait = min([longest, *(max(0.0, moment - time.monotonic()) for moment in due)])
        self._read(wait)
        self._reap()
        if self._told_to_stop:
            return
        for child in self.children:
            if child.pid is None and not child.once and child.start_at <= time.monotonic():
                self._start(child)

    def stop(self) -> int:
        """Ask, wait for the grace, then end what is left; return 0 if all went by themselves."""
        deadline = time.monotonic() + self.grace
        in_time = self._stop_some([c for c in self.children if not c.last], deadline)
        in_time &= self._stop_some([c for c in self.children if c.last], deadline + KILL_SECONDS)
        self._end_orphans()
        self._read(0)
        say("Stopped." if in_time else "Stopped; some processes had to be ended by force.")
        return 0 if in_time else 1

    def _stop_some(self, some: list[Child], deadline: float) -> bool:
        for child in some:
            if child.pid is not None:
                _signal(child.pid, signal.SIGTERM)
        while any(child.pid is not None for child in some):
            if time.monotonic() > deadline or self._told_to_stop > 1:
                break
            self.turn(0.2)
        left = [child for child in some if child.pid is not None]
        for child in left:
            _kill_group(child.pid or 0)
        give_up = time.monotonic() + KILL_SECONDS
        while any(child.pid is not None for child in left) and time.monotonic() < give_up:
            self.turn(0.1)
        return not left

    def _end_orphans(self) -> None:
        """End descendants whose own parents are gone; the kernel has made them ours."""
        give_up = time.monotonic() + KILL_SECONDS
        while (orphans := lifeline.children()) and time.monotonic() < give_up:
            for pid in orphans:
                _signal(pid, signal.SIGKILL)
            self._reap()
            time.sleep(0.01)

    def _start(self, child: Child) -> None:
        read, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            self._selector.close()
            _become(child, write)
        os.close(write)
        os.set_blocking(read, False)
        child.pid, child.started_at = pid, time.monotonic()
        self._selector.register(read, selectors.EVENT_READ, child)

    def _read(self, wait: float) -> None:
        for key, _events in self._selector.select(wait):
            if isinstance(key.data, Child):
                self._relay(key.fd, key.data)
            elif key.data is None:
                _drain(key.fd)
            else:
                self._selector.unregister(key.fd)
                key.data()

    def _relay(self, descriptor: int, child: Child) -> None:
        """Pass a child's output on, a line at a time, under its name."""
        try:
            got = os.read(descriptor, LONGEST_LINE)
        except BlockingIOError:
            return
        *lines, rest = (child.unfinished + got).split(b"\n")
        if not got or len(rest) >= LONGEST_LINE:
            lines, rest = [*lines, rest] if rest else lines, b""
        child.unfinished = rest
        for line in lines:
            text = line.decode("utf-8", "replace")
            say(f"    {text}" if child.once else f"{child.name:<11}| {text}")
        if not got:
            self._selector.unregister(descriptor)
            os.close(descriptor)
            if child.parting:
                say(child.parting)

    def _reap(self) -> None:
        """Note which processes have ended, ours and those we adopted."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self.children:
                if child.pid == pid:
                    _kill_group(pid)  # what it leaves behind would work on unattended
                    child.pid = None
                    self._note_end(child, os.waitstatus_to_exitcode(status))

    def _note_end(self, child: Child, code: int) -> None:
        if self._told_to_stop or child.once:
            return
        if time.monotonic() - child.started_at > STEADY_SECONDS:
            child.failures = 0
        delay = min(FIRST_DELAY * 2**child.failures, LONGEST_DELAY)
        child.failures += 1
        child.start_at = time.monotonic() + delay
        how = (
            f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        )
        more = f" It says why in {child.log}." if child.log else ""
        say(f"{child.name} {how}; it is started again in {delay:.1f} s.{more}")

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop += 1


def _become(child: Child, write: int) -> None:
    """In the forked process: be `child` until the end, whatever happens."""
    code = 1
    try:
        lifeline.show_name(f"sunline {child.name}")
        os.setsid()  # Ctrl-C reaches the supervisor only; the group can be ended as one
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        for descriptor, standard in ((null, 0), (write, 1), (write, 2)):
            os.dup2(descriptor, standard)
        os.closerange(write, write + 1)
        code = child.target() or 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException as problem:  # noqa: BLE001  # the last stop of a process: name it and end
        _name(problem)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _name(problem: BaseException) -> None:
    """Say what ended the process and where; not its message, which may hold somebody's words."""
    frames = traceback.extract_tb(problem.__traceback__)
    where = f" in {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    print(f"ended by {type(problem).__name__}{where}", file=sys.stderr, flush=True)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            continue
    except BlockingIOError:
        return
