"""A scanner that speaks clamd's protocol on a real socket, and an evidence volume of one's own."""

import shutil
import socket
import socketserver
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.infra.config import settings
from tests.factories.evidence import EICAR


class _Clamd(socketserver.StreamRequestHandler):
    """INSTREAM as clamd answers it: length and chunk, until an empty one; a limit on size."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > self.server.stream_limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        found = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        self.wfile.write(found)


class Clamd(socketserver.ThreadingUnixStreamServer):
    """A scanner that knows one virus."""

    daemon_threads = True
    stream_limit = 25_000_000


class DistantClamd(socketserver.ThreadingTCPServer):
    """The same one at the end of a line of IPv6."""

    address_family = socket.AF_INET6
    daemon_threads = True
    stream_limit = 25_000_000


@pytest.fixture
def distant_clamd() -> Iterator[str]:
    """Where it answers: an address and a port."""
    with DistantClamd(("::1", 0), _Clamd) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"[::1]:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def clamd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clamd]:
    """A scanner that the installation is configured for, and that runs."""
    folder = Path(tempfile.mkdtemp(prefix="clamd-"))  # a socket's path must be short
    address = folder / "s"
    with Clamd(str(address), _Clamd) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("SUNLINE_CLAMD_SOCKET", str(address))
        settings.cache_clear()
        yield server
        server.shutdown()
    shutil.rmtree(folder)
    monkeypatch.delenv("SUNLINE_CLAMD_SOCKET")
    settings.cache_clear()


@pytest.fixture
def clamd_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The installation is configured for a scanner that does not answer."""
    monkeypatch.setenv("SUNLINE_CLAMD_SOCKET", str(tmp_path / "nobody"))
    settings.cache_clear()
    yield
    monkeypatch.delenv("SUNLINE_CLAMD_SOCKET")
    settings.cache_clear()


@pytest.fixture(autouse=True)
def _clear_volume() -> Iterator[None]:
    """The rows of a test are undone; so are its files."""
    yield
    shutil.rmtree(settings().evidence_dir, ignore_errors=True)
