"""What is kept of a file's hash where the hash itself must not stand."""

import hashlib
import hmac
from typing import Final

from portal.infra.keys import keys

BAND_BYTES: Final = 8


def dedupe_mac(sha256: str) -> str:
    """What tells that two files are the same without telling which file it is (hex)."""
    return hmac.new(keys().file_mac, bytes.fromhex(sha256), hashlib.sha256).hexdigest()


def picture_bands(looks: bytes) -> frozenset[bytes]:
    """How a picture looks, as keyed bands of 16 bits each: two alike share most of them.

    The place of a band counts; one that is all alike (a clear sky) tells no picture from another.
    """
    pairs = (looks[at : at + 2] for at in range(0, len(looks), 2))
    return frozenset(
        hmac.digest(keys().file_mac, b"picture\x00%d\x00" % place + pair, "sha256")[:BAND_BYTES]
        for place, pair in enumerate(pairs)
        if pair[0] != pair[1] or pair[0] not in (0x00, 0xFF)
    )


def commitment(salt: bytes, sha256: str) -> str:
    """What the trail holds of a file: SHA-256 over its salt and its SHA-256 (hex).

    With the row it proves what was received and when; once the row is erased it proves nothing.
    """
    return hashlib.sha256(salt + bytes.fromhex(sha256)).hexdigest()
