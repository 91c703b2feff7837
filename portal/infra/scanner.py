"""A small client of clamd: one file through INSTREAM, one verdict."""

import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from portal.kernel.errors import Unavailable

CONNECT_SECONDS: Final = 3
ANSWER_SECONDS: Final = 60
_MAX_ANSWER_BYTES: Final = 4096


class Verdict(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"


def scan(chunks: Iterable[bytes], address: str) -> Verdict:
    """Send the bytes to clamd at `address` (a socket's path, or host:port); return its verdict.

    Raises Unavailable("scanner-away") if it is not there, too slow, or gives no verdict (among
    others where its own limit on size is below ours): a file is never passed by default.
    """
    try:
        with _connect(address) as connection:
            _send(connection, chunks)
            answer = _receive(connection)
    except OSError as problem:
        raise Unavailable("scanner-away") from problem
    if answer == b"stream: OK":
        return Verdict.CLEAN
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return Verdict.INFECTED
    raise Unavailable("scanner-away")


def _connect(address: str) -> socket.socket:
    if "/" in address:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
    else:
        named = urlsplit(f"//{address}")  # an IPv6 address stands in brackets
        connection = socket.create_connection((named.hostname, named.port), CONNECT_SECONDS)
    connection.settimeout(ANSWER_SECONDS)
    return connection


def _send(connection: socket.socket, chunks: Iterable[bytes]) -> None:
    """Send each chunk with its length (4 bytes, network order), then an empty one.

    clamd hangs up as soon as its limit on size is passed; its answer then says so.
    """
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(b"zINSTREAM\0")
        for chunk in chunks:
            if chunk:
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))


def _receive(connection: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _MAX_ANSWER_BYTES:
        part = connection.recv(_MAX_ANSWER_BYTES)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0\n")
