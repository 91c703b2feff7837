"""Argon2id, the slow hash, never more than two at once in one process."""

from threading import BoundedSemaphore
from typing import Final

from argon2.low_level import Type, hash_secret_raw

# Each hash holds its memory while it runs: a burst of sign-ins must wait, not exhaust the machine.
_SLOTS: Final = BoundedSemaphore(2)

HASH_BYTES: Final = 32


def slow_hash(secret: bytes, salt: bytes, *, passes: int, memory_kib: int) -> bytes:
    """Return the 32-byte Argon2id of `secret`, waiting while two others are being computed."""
    with _SLOTS:
        return hash_secret_raw(
            secret,
            salt,
            time_cost=passes,
            memory_cost=memory_kib,
            parallelism=1,
            hash_len=HASH_BYTES,
            type=Type.ID,
        )
