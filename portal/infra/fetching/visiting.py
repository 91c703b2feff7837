"""Visiting an address: looked up, judged, connected to what was judged, and read in a child.

The child can open nothing: it is handed the one connection that was judged here, and each redirect
comes back to be judged anew. So a name that changes between two questions leads nowhere.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, Final

from portal.infra.config import ROOT
from portal.infra.fetching.guard import NotVisited, NoVisit, Target, is_open_to_all, read_target

MOST_REDIRECTS: Final = 5
MOST_BYTES: Final = 10 * 1000 * 1000
MOST_TEXT: Final = 500_000
MOST_PAGE: Final = 16 * 1000 * 1000
SECONDS: Final = 40.0
CONNECT_SECONDS: Final = 8.0
LOOK_UP_SECONDS: Final = 8.0
_MOST_TRIED: Final = 2
_HEADER_BYTES: Final = 20_000
_DIGEST: Final = 64
_STATUSES: Final = range(100, 600)


@dataclass(frozen=True, slots=True)
class Network:
    """How names are looked up, which numbers may be reached, whose certificates count.

    There is one for the product, and no setting changes it; tests pass their own.
    """

    resolve: Callable[[str, int], Sequence[str]]
    allows: Callable[[str, int], bool]
    trust: str


def _look_up(host: str, port: int) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def _certificates() -> str:
    """The file of authorities that this system trusts: read before the child loses sight of it."""
    paths = ssl.get_default_verify_paths()
    beside = Path(paths.capath or paths.openssl_capath) / "ca-certificates.crt"
    own = (paths.cafile, paths.openssl_cafile, str(beside))
    return next((one for one in own if one and Path(one).is_file()), "")


WORLD: Final = Network(_look_up, is_open_to_all, _certificates())


@dataclass(frozen=True, slots=True)
class Hop:
    """One question and its answer on the way; `address` is the number that was connected to."""

    url: str = field(repr=False)
    address: str
    status: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What an address gave: the archive of all that was sent and received, and the text in it.

    `digest` is the SHA-256 of the last body; `cut` says that there was more of it. `page` is it as
    HTML, if that was asked for and it is something that a browser draws.
    """

    hops: tuple[Hop, ...]
    digest: str
    cut: bool
    text: str = field(repr=False)
    archive: bytes = field(repr=False)
    page: str = field(default="", repr=False)

    @property
    def status(self) -> int:
        """What the last server said."""
        return self.hops[-1].status


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    location: str = field(repr=False)
    digest: str
    cut: bool
    archive: bytes = field(repr=False)
    text: str = field(repr=False)
    page: str = field(repr=False)


def visit(
    typed: str, *, network: Network = WORLD, seconds: float = SECONDS, most_page: int = 0
) -> Visit:
    """Ask for an address as a browser without memory would, and follow where it leads.

    Raises NotVisited with the reason. No cookie, no proxy, no name of ours, and nothing that comes
    back is run.
    """
    ends, archive, url = time.monotonic() + seconds, b"", typed
    hops: list[Hop] = []
    while len(hops) <= MOST_REDIRECTS:
        target = read_target(url)
        address, connection = connect(target, network, ends)
        with closing(connection):
            order = _order(target, address, ends, first=not hops, most_page=most_page)
            answer = _ask_child(order, connection, network.trust, ends)
        hops.append(Hop(target.url, address, answer.status))
        archive += answer.archive
        if not answer.location:
            read = answer.digest, answer.cut, answer.text
            return Visit(tuple(hops), *read, archive, answer.page)
        url = answer.location
    raise NotVisited(NoVisit.TOO_MANY_REDIRECTS)


def connect(target: Target, network: Network, ends: float) -> tuple[str, socket.socket]:
    """A connection to a number that may be reached, and that number.

    None is opened if any number of the name may not.
    """
    numbers = _numbers_of(target, network, min(LOOK_UP_SECONDS, left_until(ends)))
    if not numbers:
        raise NotVisited(NoVisit.NO_SUCH_HOST)
    if not all(network.allows(one, target.port) for one in numbers):
        raise NotVisited(NoVisit.NOT_PUBLIC)
    for number in numbers[:_MOST_TRIED]:
        seconds = min(CONNECT_SECONDS, left_until(ends))
        try:
            return number, socket.create_connection((number, target.port), timeout=seconds)
        except OSError:
            continue
    raise NotVisited(NoVisit.NO_ANSWER)


def _numbers_of(target: Target, network: Network, seconds: float) -> Sequence[str]:
    """What a name leads to, looked up for so long: the system's own look-up knows no time limit.

    One that hangs is left to a thread that ends with the process.
    """
    answers: SimpleQueue[Sequence[str]] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(network.resolve(target.host, target.port))
        except (OSError, UnicodeError):
            answers.put(())

    Thread(target=look_up, daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        raise NotVisited(NoVisit.TOO_SLOW) from None


def left_until(ends: float) -> float:
    """The seconds left; NotVisited if there are none."""
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise NotVisited(NoVisit.TOO_SLOW)
    return seconds


def _order(
    target: Target, address: str, ends: float, *, first: bool, most_page: int
) -> dict[str, Any]:
    """All that the child is told."""
    return {
        "url": target.url,
        "host": target.host,
        "named": target.named,
        "path": target.path,
        "secure": target.secure,
        "address": address,
        "first": first,
        "most_bytes": MOST_BYTES,
        "most_text": MOST_TEXT,
        "most_page": most_page,
        "seconds": left_until(ends),
    }


def _ask_child(
    order: dict[str, Any], connection: socket.socket, trust: str, ends: float
) -> _Answer:
    with _nameless() as source, _nameless() as sink:
        source.write(json.dumps(order).encode())
        source.seek(0)
        _run(connection, trust, source, sink, left_until(ends))
        sink.seek(0)
        return _read_answer(sink, order["most_page"])


def _nameless() -> BinaryIO:
    """A file without a name, in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("sunline-visit"), "w+b")
    return tempfile.TemporaryFile()


def _run(
    connection: socket.socket, trust: str, source: BinaryIO, sink: BinaryIO, seconds: float
) -> None:
    fd = connection.fileno()
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-s", "-B", "-m", "portal.infra.fetching.child"]
        try:
            done = subprocess.run(  # noqa: S603  # our own module, three words of our own
                [*command, str(fd), empty, trust],
                stdin=source,
                stdout=sink,
                stderr=subprocess.DEVNULL,
                env={},
                cwd=ROOT,
                timeout=seconds + 2,
                pass_fds=(fd,),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotVisited(NoVisit.TOO_SLOW) from None
    if done.returncode != 0:
        raise NotVisited(NoVisit.NOT_HTTP)


def _read_answer(sink: BinaryIO, most_page: int = 0) -> _Answer:
    """Read the answer as if the child had been taken over: every claim is checked."""
    try:
        said: dict[str, Any] = json.loads(sink.readline(_HEADER_BYTES))
        if "failed" in said:
            raise NotVisited(NoVisit(said["failed"]))
        status, digest, location = int(said["status"]), str(said["digest"]), str(said["location"])
        archive = sink.read(int(said["archive"]))
        text = sink.read(int(said["text"])).decode()
        page = sink.read(int(said["page"])).decode()
        bytes.fromhex(digest)
    except (ValueError, KeyError, TypeError):
        raise NotVisited(NoVisit.NOT_HTTP) from None
    too_long = len(text) > MOST_TEXT or len(page) > most_page
    if status not in _STATUSES or len(digest) != _DIGEST or too_long or not archive:
        raise NotVisited(NoVisit.NOT_HTTP)
    return _Answer(status, location, digest, bool(said.get("cut")), archive, text, page)
