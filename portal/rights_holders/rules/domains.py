"""What shows that a name on the net is somebody's: a file that only its owner can put there."""

import re
import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

PROVED_FOR: Final = timedelta(days=90)
# So long before it ends a proof is looked for again.
AGAIN_BEFORE: Final = timedelta(days=14)
MOST_DOMAINS: Final = 20
TOKEN_BYTES: Final = 24
_DOMAIN: Final = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
)


class DomainFailure(StrEnum):
    """Why a look showed nothing."""

    NOT_REACHED = "not-reached"
    LED_ELSEWHERE = "led-elsewhere"
    NO_FILE = "no-file"
    OTHER_WORDS = "other-words"


def normal_domain(typed: str) -> str | None:
    """A name as it is kept: small letters, no scheme, no path; None for what is no name."""
    text = typed.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/.")
    try:
        named = text.encode("idna").decode()
    except UnicodeError:
        return None
    return named if _DOMAIN.fullmatch(named) else None


def new_token() -> str:
    """The words of the file."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def path_of(token: str) -> str:
    """Where the file is to lie: another address for each, which does not tell what stands in it."""
    return f"/.well-known/sunline-{sha256(token.encode()).hexdigest()[:16]}.txt"


def judge(
    domain: str, token: str, hops: Sequence[str], status: int, text: str
) -> DomainFailure | None:
    """What a look showed: None if the file is there, on this name and no other, always over TLS."""
    ways = [urlsplit(one) for one in hops]
    if any(one.hostname != domain or one.scheme != "https" for one in ways):
        return DomainFailure.LED_ELSEWHERE
    if status != 200:  # noqa: PLR2004  # what a file has that is there
        return DomainFailure.NO_FILE
    return None if text.strip() == token else DomainFailure.OTHER_WORDS


def is_proved(until: date | None, today: date) -> bool:
    """Whether a proof still holds."""
    return until is not None and today <= until
