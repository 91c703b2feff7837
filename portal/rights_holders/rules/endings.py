"""How programs are told that an operation will end (RFC 9745, RFC 8594). Pure Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """Since when an operation should not be used, when it goes, and what is written about it."""

    since: datetime
    gone_at: datetime
    link: str


def headers_of(ending: Ending) -> Mapping[str, str]:
    """The headers of an answer of an operation that will end."""
    return {
        "Deprecation": f"@{int(ending.since.timestamp())}",
        "Sunset": format_datetime(ending.gone_at, usegmt=True),
        "Link": f'<{ending.link}>; rel="deprecation"; type="text/html"',
    }
