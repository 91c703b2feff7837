"""Servers of this machine that stand for the net, and a network in which only they are reached."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.infra.fetching.visiting import Network


@dataclass
class Site:
    """A server: what it answers, what it was asked, and how often somebody connected."""

    answer: Callable[[str], tuple[int, dict[str, str], bytes]]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def at(self, path: str = "/", host: str = "pirate.example") -> str:
        return f"http://{host}:{self.port}{path}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def get_request(self) -> Any:
        self.site.connections += 1
        return super().get_request()

    def handle_error(self, *_about: Any) -> None:
        """Whoever hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        site.asked.append((self.path, dict(self.headers)))
        status, headers, body = site.answer(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.server.site.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def log_message(self, *_about: Any) -> None:
        """Say nothing."""


PAGE = "<title>免费下载</title><p>教材电子版</p>".encode()


def page(_path: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "text/html; charset=utf-8"}, PAGE


@contextmanager
def serving(
    answer: Callable[[str], tuple[int, dict[str, str], bytes]] = page,
    *,
    certificate: tuple[str, str] | None = None,
) -> Iterator[Site]:
    """A site on a free port of this machine."""
    site = Site(answer)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.site = site
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def network_of(*sites: Site, trust: str = "") -> Network:
    """A net in which every name is this machine, and only these sites are reached."""
    ports = {site.port for site in sites}
    return Network(
        lambda _host, _port: ("127.0.0.1",),
        lambda number, port: number == "127.0.0.1" and port in ports,
        trust,
    )


def make_certificate(folder: Path) -> tuple[str, str]:
    """A certificate of `pirate.example` that vouches for itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pirate.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("pirate.example")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    assert ssl.PEM_cert_to_DER_cert(certificate.read_text())
    return str(certificate), str(private)
