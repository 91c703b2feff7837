"""What a token of an organisation opens, and how long one may last. Pure Python."""

import hashlib
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

MOST_TOKENS: Final = 20
LONGEST: Final = timedelta(days=366)
# By this people and programs that look for secrets know what they have found.
PREFIX: Final = "sunline_"
TOKEN_BYTES: Final = 32


class TokenScope(StrEnum):
    """One thing that programs of an organisation may do."""

    READ = "read"
    WORKS = "works"
    COMPLAINTS = "complaints"
    WEBHOOKS = "webhooks"


def is_day_for_token(day: date, today: date) -> bool:
    """Whether a token may have this last day: not over, and at most a year away."""
    return today <= day <= today + LONGEST


def digest_of(secret: str) -> bytes:
    """What is kept of a token, and of the key of a request."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
