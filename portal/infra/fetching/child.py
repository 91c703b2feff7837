"""The child that reads one answer: `python -m portal.infra.fetching.child FD EMPTY TRUST`.

It is handed a connection that others have judged, gives up everything else, asks one question, and
answers with a line of JSON and the bytes it announces: the records of the archive, the text, and
the page as a browser may draw it.
"""

import hashlib
import io
import json
import socket
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, cast
from urllib.parse import urljoin

from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from portal.infra.confining import confine
from portal.infra.fetching.guard import NoVisit
from portal.infra.fetching.reading import page_of, text_of, warm_up_codecs
from portal.infra.fetching.tape import PIECE, Tape

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAMPLE: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx"
# What is sent is what any browser sends that keeps nothing; it names nobody.
_QUESTION: Final = (
    "GET {path} HTTP/1.1\r\nHost: {named}\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n"
    "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
)


class Failed(Exception):  # it is what happened, and no defect
    """The visit came to nothing; `why` is told to the parent."""

    def __init__(self, why: NoVisit) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer as it came, and what is in it."""

    raw: bytes
    body: bytes
    status: int
    headers: Mapping[str, str]
    cut: bool


def listen(order: Mapping[str, Any], connection: socket.socket, trusted: ssl.SSLContext) -> Heard:
    """Ask the one question and hear the answer out; Failed says what stood in the way."""
    try:
        if order["secure"]:
            connection.settimeout(order["seconds"])
            connection = trusted.wrap_socket(connection, server_hostname=order["host"])
        connection.sendall(question(order))
        return _hear(Tape(connection, order["seconds"], order["most_bytes"]))
    except TimeoutError:
        raise Failed(NoVisit.TOO_SLOW) from None
    except ssl.SSLError:
        raise Failed(NoVisit.BAD_CERTIFICATE) from None
    except OSError:
        raise Failed(NoVisit.NO_ANSWER) from None
    except (HTTPException, ValueError):
        raise Failed(NoVisit.NOT_HTTP) from None


def question(order: Mapping[str, Any]) -> bytes:
    """The request as it goes over the wire."""
    return _QUESTION.format(path=order["path"], named=order["named"]).encode()


def _hear(tape: Tape) -> Heard:
    response = HTTPResponse(cast("socket.socket", tape), method="GET")
    response.begin()
    body = b""
    try:
        while piece := response.read(PIECE):
            body += piece
    except HTTPException:
        tape.cut = True  # it ended before it said it would: what came is what there is
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Heard(bytes(tape.heard), body, response.status, headers, tape.cut)


def archive_of(order: Mapping[str, Any], heard: Heard) -> bytes:
    """The records of this question and answer (WARC 1.1, ISO 28500:2017), byte by byte."""
    sink = io.BytesIO()
    writer = WARCWriter(sink, gzip=True, warc_version="WARC/1.1")
    if order["first"]:
        said = {"software": "Sunline", "format": "WARC File Format 1.1"}
        writer.write_record(writer.create_warcinfo_record("capture.warc.gz", said))
    where = {"WARC-IP-Address": order["address"]}
    cut = {"WARC-Truncated": "length"} if heard.cut else {}
    _write(writer, order["url"], "request", question(order), where)
    _write(writer, order["url"], "response", heard.raw, {**where, **cut})
    return sink.getvalue()


def _write(writer: WARCWriter, url: str, kind: str, raw: bytes, headers: Mapping[str, str]) -> None:
    """One record whose head is kept as it came and not as a parser would write it."""
    head, gap, rest = raw.partition(b"\r\n\r\n")
    parsed = _parsed(head + gap)
    parsed.headers_buff = head + gap
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(rest),
        length=len(rest),
        warc_headers_dict=dict(headers),
        http_headers=parsed,
    )
    writer.write_record(record)


def _parsed(head: bytes) -> StatusAndHeaders:
    first = head.split(b"\r\n", 1)[0].decode("latin-1")
    kinds = ["GET"] if first.startswith("GET ") else ["HTTP/1.0", "HTTP/1.1"]
    return StatusAndHeadersParser(kinds, verify=False).parse(io.BytesIO(head))


def answer(order: Mapping[str, Any], heard: Heard) -> bytes:
    """One line of JSON, then the archive, the text and the page it announces."""
    location = _as_sent(heard.headers.get("location", "")) if heard.status in _REDIRECTS else ""
    archive = archive_of(order, heard)
    kind = heard.headers.get("content-type", "")
    text = text_of(heard.body, kind, order["most_text"]).encode()
    page = "" if location else page_of(heard.body, kind, order["most_page"])
    drawn = page.encode("utf-8", "replace")
    said = {
        "status": heard.status,
        "location": urljoin(order["url"], location) if location else "",
        "digest": hashlib.sha256(heard.body).hexdigest(),
        "cut": heard.cut,
        "archive": len(archive),
        "text": len(text),
        "page": len(drawn),
    }
    return json.dumps(said).encode() + b"\n" + archive + text + drawn


def _as_sent(value: str) -> str:
    """A header in the letters it was sent in: `http.client` takes every byte for one of latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def warm_up() -> None:
    """Have every module loaded that is needed once no file can be opened any more."""
    order = {"url": "http://a/", "path": "/", "named": "a", "address": "", "first": True}
    ours, theirs = socket.socketpair()
    theirs.sendall(_SAMPLE)
    theirs.close()
    with ours:
        answer({**order, "most_text": 1, "most_page": 1}, _hear(Tape(ours, 1.0, PIECE)))
    "a".encode("idna")
    warm_up_codecs()


def main() -> int:
    """Warm up, confine, ask, answer."""
    number, empty_folder, trust = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    trusted = ssl.create_default_context(cafile=trust or None)
    warm_up()
    connection = socket.socket(fileno=number)
    confine(empty_folder)
    order = json.loads(sys.stdin.buffer.read())
    try:
        said = answer(order, listen(order, connection, trusted))
    except Failed as failed:
        said = json.dumps({"failed": failed.why}).encode() + b"\n"
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
