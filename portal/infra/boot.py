"""A secret of this start of the program, in the memory of the processes that it forked.

It is on no disk, in no environment and in no database, so what is closed with it is closed for
good once the program stops. Processes that are started one by one do not share it.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12
_SECRET: Final = AESGCM.generate_key(bit_length=256)


def close_until_stop(data: bytes, place: str) -> bytes:
    """Close what only processes of this start may open, in the one place it may stand in."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_SECRET).encrypt(nonce, data, place.encode())


def open_if_same_start(closed: bytes, place: str) -> bytes | None:
    """What was closed since this start; None for what was closed before, or elsewhere."""
    nonce, body = closed[:_NONCE_BYTES], closed[_NONCE_BYTES:]
    try:
        return AESGCM(_SECRET).decrypt(nonce, body, place.encode())
    except InvalidTag:
        return None
