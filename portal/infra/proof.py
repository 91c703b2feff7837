"""Proof that sending costs something, asked for only while the whole site is flooded.

No third party and no puzzle: the browser finds a number by itself, or the reader waits a little
and presses the button once more. A challenge is signed and is spent once; how often a network may
wait instead of working is limited.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portal.infra.keys import keys
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork
from portal.kernel.errors import TooManyAttempts

WAIT: Final = timedelta(seconds=20)
# A quarter of a million hashes on average: seconds in a browser (static/js/start.js).
BITS: Final = 18
_VALID: Final = timedelta(hours=2)
_SPENT: Final = Throttle("proof-spent", 1, _VALID)
_WAITED: Final = Throttle("proof-waited", 30, timedelta(minutes=10))
_PARTS: Final = 3
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class _Shown:
    """A challenge of ours as it came back."""

    nonce: str
    age: timedelta
    answered: bool
    solved: bool


def new_challenge(now: datetime) -> str:
    """When it was made, 16 random bytes, and our signature."""
    made = f"{int(now.timestamp())}.{secrets.token_hex(16)}"
    return f"{made}.{_signature(made)}"


def is_waited_for(text: str, now: datetime) -> bool:
    """Whether this is a challenge of ours that is too young to count without an answer."""
    shown = _read(text, now)
    return shown is not None and not shown.answered and shown.age < WAIT


def spend(uow: UnitOfWork, text: str, network: str) -> bool:
    """Use up a challenge that was solved or waited for; False for any other or the second time."""
    shown = _read(text, uow.now)
    if shown is None or not (shown.solved or shown.age >= WAIT):
        return False
    try:
        if not shown.solved:
            _WAITED.attempt(uow, network)
        _SPENT.attempt(uow, shown.nonce)
    except TooManyAttempts:
        return False
    return True


def _read(text: str, now: datetime) -> _Shown | None:
    parts = text.split(".") if len(text) <= _LONGEST and text.isascii() else []
    if len(parts) not in {_PARTS, _PARTS + 1}:
        return None
    made, nonce, signature = parts[:_PARTS]
    if not hmac.compare_digest(signature, _signature(f"{made}.{nonce}")):
        return None
    age = now - datetime.fromtimestamp(int(made), now.tzinfo)
    if age > _VALID:
        return None
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    answered = len(parts) > _PARTS
    return _Shown(nonce, age, answered, answered and digest >> (256 - BITS) == 0)


def _signature(made: str) -> str:
    return hmac.digest(keys().throttle, b"sunline/proof/1\x00" + made.encode(), "sha256").hex()
