"""Servers of this machine that stand for the net, and a network in which only they are reached."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from portal.infra.fetching.visiting import Network


@dataclass
class Site:
    """A server: what it answers, what it was asked, and how often somebody connected."""

    answer: Callable[[str], tuple[int, dict[str, str], bytes]]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
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
