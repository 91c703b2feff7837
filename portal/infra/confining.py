"""What a child process gives up before it reads the first byte of something hostile.

Memory, time, output, new files and sockets; where the system allows also the network, the file
system and the user. A descriptor that is open already stays usable.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Final

MEMORY_BYTES: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 20
OUTPUT_BYTES: Final = 64 * 1024 * 1024
NOBODY: Final = 65_534

_CLONE_NEWUSER: Final = 0x1000_0000
_CLONE_NEWNET: Final = 0x4000_0000
_CLONE_NEWIPC: Final = 0x0800_0000
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38


def confine(empty_folder: str) -> None:
    """Give up all rights that work on bytes does not need; resource limits hold on every system."""
    if sys.platform == "linux":
        _leave_the_system(empty_folder)
    _limit_resources()


def _leave_the_system(empty_folder: str) -> None:
    """No network, no files, no user: as far as this kernel lets us (containers often do not)."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    root = os.geteuid() == 0
    libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC | (0 if root else _CLONE_NEWUSER))
    with suppress(OSError):
        os.chroot(empty_folder)
        os.chdir("/")
    if root:
        with suppress(OSError):
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _limit_resources() -> None:
    """Limits the process cannot raise again.

    No new descriptor means no file and no socket; no new process means no shell.
    """
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: OUTPUT_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 3,
    }
    for which, limit in limits.items():
        with suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(which, (limit, limit))
