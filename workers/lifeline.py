"""No process outlives its parent: what a kill -9 of one leaves behind is nothing.

On Linux the kernel does it (PR_SET_PDEATHSIG); it forgets across a fork, so every fork asks again.
Elsewhere a killed supervisor leaves its children to be stopped by hand.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


def die_with_parent(parent: int) -> None:
    """End at once when `parent`, the process that forked this one, ends; also if it already has."""
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def tie_all_forks() -> None:
    """Let every process forked from here on, at any depth, die with the one that forked it."""
    parent = 0

    def remember() -> None:
        nonlocal parent
        parent = os.getpid()

    os.register_at_fork(before=remember, after_in_child=lambda: die_with_parent(parent))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent has ended, to be able to end it."""
    if _libc is not None:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def show_name(name: str) -> None:
    """Appear in `ps -o comm` and `top` under this name; its first 15 bytes count."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def children() -> tuple[int, ...]:
    """The process numbers of this process's children, as the kernel knows them (Linux)."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return ()
    return tuple(int(number) for number in listed.split())
