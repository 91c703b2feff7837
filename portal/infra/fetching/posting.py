"""Telling an address something: one POST over a connection that was judged, and nothing followed.

It is done in this process: of what comes back nothing is parsed but the head, and a little is kept.
"""

import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from socket import socket
from typing import Final, cast

from portal.infra.fetching.guard import NotVisited, NoVisit, Target, read_target
from portal.infra.fetching.tape import Tape
from portal.infra.fetching.visiting import WORLD, Network, connect, left_until

KEPT_BYTES: Final = 1000
SECONDS: Final = 15.0
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Posted:
    """What the other side answered: the status, and the first KEPT_BYTES of the body."""

    status: int
    said: bytes = field(repr=False)


def post(
    typed: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    network: Network = WORLD,
    seconds: float = SECONDS,
) -> Posted:
    """Send `body` to an address over TLS; a redirect is an answer like any other.

    Raises NotVisited with the reason, for an address without TLS as well.
    """
    ends, target = time.monotonic() + seconds, read_target(typed)
    if not target.secure:
        raise NotVisited(NoVisit.NOT_ALLOWED)
    _number, connection = connect(target, network, ends)
    with closing(connection):
        return _exchange(target, connection, network.trust, _request(target, headers, body), ends)


def _exchange(
    target: Target, connection: socket, trust: str, request: bytes, ends: float
) -> Posted:
    trusted = ssl.create_default_context(cafile=trust or None)
    try:
        connection.settimeout(left_until(ends))
        with trusted.wrap_socket(connection, server_hostname=target.host) as secured:
            secured.settimeout(left_until(ends))
            secured.sendall(request)
            tape = Tape(secured, left_until(ends), _MOST_BYTES)
            response = HTTPResponse(cast("socket", tape), method="POST")
            response.begin()
            return Posted(response.status, _first_of(response))
    except TimeoutError:
        raise NotVisited(NoVisit.TOO_SLOW) from None
    except ssl.SSLError:
        raise NotVisited(NoVisit.BAD_CERTIFICATE) from None
    except OSError:
        raise NotVisited(NoVisit.NO_ANSWER) from None
    except (HTTPException, ValueError):
        raise NotVisited(NoVisit.NOT_HTTP) from None


def _first_of(response: HTTPResponse) -> bytes:
    """The beginning of the body; that it breaks off later changes nothing."""
    try:
        return response.read(KEPT_BYTES)
    except (HTTPException, OSError):
        return b""


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """The request as it goes over the wire; all headers are our own words."""
    lines = {
        "Host": target.named,
        "User-Agent": "Sunline",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode() + body
