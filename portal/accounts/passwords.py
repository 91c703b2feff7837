"""Passwords: what is accepted, how they are stored, how they are compared."""

import hmac
import os
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from portal.infra.keys import keys
from portal.kernel.errors import RuleBroken
from portal.kernel.hashing import HASH_BYTES, slow_hash

SHORTEST: Final = 12
LONGEST: Final = 200
# Fewer different characters than this is a keyboard held down, whatever the length.
FEWEST_DIFFERENT: Final = 5

_PASSES: Final = 3
_MEMORY_KIB: Final = 64 * 1024
_SALT_BYTES: Final = 16
_VERSION: Final = b"\x01"
_COMMON: Final = Path(__file__).with_name("common_passwords.txt")


def hash_password(password: str) -> bytes:
    """Return version (1), salt (16), Argon2id of the peppered password (32)."""
    salt = os.urandom(_SALT_BYTES)
    return _VERSION + salt + _slow(password, salt)


def is_password(stored: bytes | None, typed: str) -> bool:
    """Whether `typed` is the password stored; None stands for an unknown name.

    Computes one Argon2id in every case, so that the time taken tells nothing.
    """
    known = stored is not None and stored[:1] == _VERSION
    body = stored[1:] if stored is not None and known else bytes(_SALT_BYTES + HASH_BYTES)
    salt, expected = body[:_SALT_BYTES], body[_SALT_BYTES:]
    return hmac.compare_digest(_slow(typed, salt), expected) and known


def check_new_password(password: str, *, sign_in_name: str) -> None:
    """Raise RuleBroken for a password that is short, long, common or made of the name.

    No rules of composition and no forced change (OWASP ASVS 6.2.5, 6.2.10).
    """
    folded = _normalise(password).casefold()
    if len(folded) < SHORTEST:
        raise RuleBroken("password-short", shortest=SHORTEST)
    if len(folded) > LONGEST:
        raise RuleBroken("password-long", longest=LONGEST)
    rest = folded.replace(sign_in_name, "") if sign_in_name else folded
    if folded in _common() or len(set(folded)) < FEWEST_DIFFERENT or len(rest) < SHORTEST // 2:
        raise RuleBroken("password-common")


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split())


def _normalise(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _slow(password: str, salt: bytes) -> bytes:
    message = b"sunline/password/1\x00" + _normalise(password).encode(errors="surrogatepass")
    mac = hmac.digest(keys().pepper, message, "sha256")
    return slow_hash(mac, salt, passes=_PASSES, memory_kib=_MEMORY_KIB)
