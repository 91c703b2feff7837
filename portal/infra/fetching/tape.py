"""A connection that is read for so long and no more, with all that came over it."""

import io
import socket
import time
from typing import Any, Final

PIECE: Final = 64 * 1024


class Tape(io.RawIOBase):
    """A connection that keeps all that came over it, for so long and so much."""

    def __init__(self, connection: socket.socket, seconds: float, most_bytes: int) -> None:
        self.connection, self.ends = connection, time.monotonic() + seconds
        self.most, self.heard, self.cut = most_bytes, bytearray(), False

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any, /) -> int:  # noqa: ANN401  # a buffer has no name before 3.12
        if len(self.heard) >= self.most:
            self.cut = True
            return 0
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)
        count = self.connection.recv_into(into, min(len(into), self.most - len(self.heard)))
        self.heard += memoryview(into)[:count]
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` asks a socket for."""
        return io.BufferedReader(self, PIECE)
