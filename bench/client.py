"""A citizen for load: an HTTP client of the standard library, with a cookie jar of its own.

Connections are kept alive between citizens, as behind a reverse proxy; cookies are not.
"""

import asyncio
import html
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urljoin, urlsplit

TIMEOUT = 60.0
LARGEST_LINE = 1 << 20
NO_BODY = (204, 304)
FORM = "application/x-www-form-urlencoded"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Headers = Mapping[str, str]

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL | re.IGNORECASE)
_INPUT = re.compile(r"<input\b([^>]*)>", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")


class Rejected(Exception):
    """The portal answered, but did not accept what was sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `cookies` are what it sets, empty for those it drops."""

    status: int
    headers: Headers
    cookies: Mapping[str, str]
    body: bytes = field(repr=False)
    path: str = "/"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def demand(self, *statuses: int) -> "Answer":
        """Return the answer if its status is one of these; Rejected otherwise."""
        if self.status not in statuses:
            raise Rejected(f"HTTP {self.status} at {self.path}")
        return self


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a form."""

    name: str
    content: bytes = field(repr=False)
    kind: str = "application/octet-stream"


class Origin:
    """Kept-alive connections to one server."""

    def __init__(self, base: str, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(base)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.netloc, self.timeout = parts.netloc, timeout
        self._idle: list[Connection] = []

    async def connect(self, *, fresh: bool) -> tuple[Connection, bool]:
        """A connection, and whether it was used before."""
        while self._idle and not fresh:
            reader, writer = self._idle.pop()
            if not writer.is_closing() and not reader.at_eof():
                return (reader, writer), True
            writer.close()
        opened = await asyncio.open_connection(self.host, self.port, limit=LARGEST_LINE)
        return opened, False

    def give_back(self, connection: Connection, *, keep: bool) -> None:
        """Keep a connection for the next citizen, or close it."""
        if keep:
            self._idle.append(connection)
        else:
            connection[1].close()

    def close(self) -> None:
        """Close what is kept."""
        for _reader, writer in self._idle:
            writer.close()
        self._idle.clear()


class Citizen:
    """One person: a cookie jar, and the seconds each of their requests took."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self.seconds: list[float] = []

    async def get(self, path: str) -> Answer:
        """Fetch a page."""
        return await self._timed("GET", path, b"", "")

    async def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form without files."""
        body = "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, v in fields.items()).encode()
        return await self._timed("POST", path, body, FORM)

    async def post_files(
        self, path: str, fields: Mapping[str, str], files: Iterable[tuple[str, FilePart]]
    ) -> Answer:
        """Send a form with files."""
        mark = uuid.uuid4().hex
        kind = f"multipart/form-data; boundary={mark}"
        return await self._timed("POST", path, _multipart(mark, fields, files), kind)

    async def follow(self, answer: Answer) -> Answer:
        """Fetch where a redirect leads to."""
        place = answer.headers.get("location")
        if not place:
            raise Rejected(f"no redirect (HTTP {answer.status})")
        parts = urlsplit(urljoin(answer.path, place))
        return await self.get(parts.path + (f"?{parts.query}" if parts.query else ""))

    async def _timed(self, method: str, path: str, body: bytes, kind: str) -> Answer:
        started = time.perf_counter()
        request = self._head(method, path, body, kind) + body
        answer = await asyncio.wait_for(self._send(path, request), self.origin.timeout)
        self.seconds.append(time.perf_counter() - started)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        return answer

    def _head(self, method: str, path: str, body: bytes, kind: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.origin.netloc}", "Accept: text/html"]
        held = [f"{name}={value}" for name, value in self.cookies.items() if value]
        if held:
            lines.append("Cookie: " + "; ".join(held))
        if method == "POST":
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
            lines += [f"Origin: http://{self.origin.netloc}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _send(self, path: str, request: bytes) -> Answer:
        for fresh in (False, True):
            (reader, writer), used = await self.origin.connect(fresh=fresh)
            try:
                writer.write(request)
                await writer.drain()
                answer, keep = await _read(reader, path)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                # A kept connection may have been closed meanwhile; nothing was read on it.
                if not used:
                    raise
                continue
            except BaseException:
                writer.close()
                raise
            self.origin.give_back((reader, writer), keep=keep)
            return answer
        raise ConnectionError("no answer")


async def _read(reader: asyncio.StreamReader, path: str) -> tuple[Answer, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    pairs = [line.partition(":") for line in lines]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    cookies = dict(
        _cookie(value.strip()) for name, _, value in pairs if name.strip().lower() == "set-cookie"
    )
    status = int(first.split(" ", 2)[1])
    sized = status in NO_BODY or "chunked" in headers.get("transfer-encoding", "")
    keep = headers.get("connection", "").lower() != "close"
    keep = keep and (sized or "content-length" in headers)
    return Answer(status, headers, cookies, await _body(reader, status, headers), path), keep


def _cookie(line: str) -> tuple[str, str]:
    name, _, rest = line.partition("=")
    low = line.lower()
    dropped = "max-age=0" in low or "expires=thu, 01 jan 1970" in low
    return name, "" if dropped else rest.split(";", 1)[0]


async def _body(reader: asyncio.StreamReader, status: int, headers: Headers) -> bytes:
    if status in NO_BODY:
        return b""
    if "chunked" not in headers.get("transfer-encoding", ""):
        size = headers.get("content-length")
        return await (reader.read(-1) if size is None else reader.readexactly(int(size)))
    chunks: list[bytes] = []
    while True:
        length = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        piece = await reader.readexactly(length + 2)
        if length == 0:
            return b"".join(chunks)
        chunks.append(piece[:-2])


def _multipart(
    mark: str, fields: Mapping[str, str], files: Iterable[tuple[str, FilePart]]
) -> bytes:
    out = bytearray()
    for name, value in fields.items():
        out += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        out += value.encode() + b"\r\n"
    for name, part in files:
        out += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; '.encode()
        out += f'filename="{part.name}"\r\nContent-Type: {part.kind}\r\n\r\n'.encode()
        out += part.content + b"\r\n"
    return bytes(out + f"--{mark}--\r\n".encode())


def hidden_fields(page: str, having: str = "") -> dict[str, str]:
    """The hidden fields of the first POST form that contains `having`; Rejected without one."""
    for match in _FORM.finditer(page):
        if _attributes(match[1]).get("method", "").lower() != "post" or having not in match[0]:
            continue
        inputs = [_attributes(one[1]) for one in _INPUT.finditer(match[2])]
        return {
            one["name"]: one.get("value", "")
            for one in inputs
            if one.get("type", "").lower() == "hidden" and one.get("name")
        }
    raise Rejected("no form on the page")


def _attributes(text: str) -> dict[str, str]:
    return {
        found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(text)
    }
