"""The child process that decodes hostile files: `python -m portal.evidence.confined KIND EMPTY`.

Standard input is the file, standard output the answer (a line of JSON, then the bytes). Before
the first byte is read the process gives up what it can: memory, time, output, new files and
sockets; where the system allows also the network, the file system and the user.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Final

from portal.evidence import decoding
from portal.evidence.kinds import FileKind
from portal.evidence.renditions import Impossible
from portal.evidence.states import NoRendition

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
    """Give up all rights that decoding does not need; resource limits hold on every system."""
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


def answer(kind: FileKind, content: bytes) -> bytes:
    """One line of JSON, then the bytes it announces: the rendition and the preview."""
    try:
        made = decoding.make(kind, content)
    except Impossible as impossible:
        return json.dumps({"impossible": impossible.reason}).encode() + b"\n"
    except MemoryError:
        return json.dumps({"impossible": NoRendition.TOO_LARGE}).encode() + b"\n"
    header = {
        "kind": made.kind,
        "content": len(made.content),
        "preview": len(made.preview),
        "looks": made.looks.hex(),
    }
    return json.dumps(header).encode() + b"\n" + made.content + made.preview


def main() -> int:
    """Warm up, confine, read, answer."""
    kind, empty_folder = FileKind(sys.argv[1]), sys.argv[2]
    decoding.warm_up()
    confine(empty_folder)
    sys.stdout.buffer.write(answer(kind, sys.stdin.buffer.read()))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
