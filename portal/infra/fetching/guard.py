"""Which addresses of the net may be visited: read first, and asked again of every redirect.

Pure: names are looked up elsewhere, and what they lead to is judged here (OWASP: Server-Side
Request Forgery Prevention).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from ada_url import URL

from portal.kernel.errors import PortalError

PORTS: Final = frozenset({80, 443, 8080, 8443})
LONGEST: Final = 2000
_SECURE: Final = {"http:": False, "https:": True}
# Where the net is; what lies in none of these is somebody's own.
_WORLD_6: Final = ip_network("2000::/3")
# Inside it and yet no place of its own: other addresses in disguise, tests, documentation.
_NOT_6: Final = tuple(
    ip_network(one)
    for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
# A public number that answers inside one cloud only, with what its machines are told.
_NOT_4: Final = (ip_network("168.63.129.16/32"), ip_network("192.88.99.0/24"))


class NoVisit(StrEnum):
    """Why an address was not visited, or gave nothing."""

    NOT_AN_ADDRESS = "not-an-address"
    NOT_PUBLIC = "not-public"
    NO_SUCH_HOST = "no-such-host"
    NO_ANSWER = "no-answer"
    TOO_SLOW = "too-slow"
    BAD_CERTIFICATE = "bad-certificate"
    NOT_HTTP = "not-http"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    NOT_ALLOWED = "not-allowed"


class NotVisited(PortalError):
    """Nothing came of a visit; `why` says what stood in the way, and no address."""

    def __init__(self, why: NoVisit) -> None:
        super().__init__("not-visited", why=why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Target:
    """An address as it is asked for; `host` is what the name server is asked and TLS is told."""

    url: str = field(repr=False)
    host: str = field(repr=False)
    port: int
    secure: bool
    path: str = field(repr=False)

    @property
    def named(self) -> str:
        """The value of the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.secure else 80)
        return host if usual else f"{host}:{self.port}"


def read_target(typed: str) -> Target:
    """Read an address as browsers do; NotVisited for other schemes, and for names and passwords."""
    if len(typed) > LONGEST:
        raise NotVisited(NoVisit.NOT_AN_ADDRESS)
    try:
        url = URL(typed.strip())
    except (ValueError, UnicodeError):
        raise NotVisited(NoVisit.NOT_AN_ADDRESS) from None
    if url.protocol not in _SECURE or url.username or url.password or not url.hostname:
        raise NotVisited(NoVisit.NOT_AN_ADDRESS)
    secure = _SECURE[url.protocol]
    port = int(url.port) if url.port else (443 if secure else 80)
    url.hash = ""
    return Target(url.href, url.hostname.strip("[]"), port, secure, url.pathname + url.search)


def is_open_to_all(address: str, port: int) -> bool:
    """Whether a number and a port are where the public goes: never inside, never beside."""
    if port not in PORTS:
        return False
    try:
        number = ip_address(address)
    except ValueError:
        return False
    if isinstance(number, IPv4Address):
        usable = number.is_global and not (number.is_multicast or number.is_reserved)
        return usable and not any(number in some for some in _NOT_4)
    return number in _WORLD_6 and not any(number in some for some in _NOT_6)
