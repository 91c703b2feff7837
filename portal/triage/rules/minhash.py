"""Near-duplicate texts: MinHash over character shingles, 16 bands of 4."""

import hashlib
import struct
from collections.abc import Sequence
from operator import eq

BANDS = 16
ROWS = 4
_HASHES = BANDS * ROWS
_EMPTY = 1 << 32
"""Stands in a place that no shingle was dealt to: larger than any number."""

_SHINGLE = 3
_MOST_CHARACTERS = 5_000
"""A longer text is compared by its beginning, so the cost is bounded."""

_LEAST_SHINGLES = 12


def signature(text: str, secret: bytes) -> tuple[int, ...]:
    """64 numbers of 32 bits that two texts share in proportion to their likeness.

    One hash for each shingle, dealt out over the 64 places; the smallest of a place stands, and an
    empty place borrows from another by a fixed rule (one-permutation hashing). `secret` keeps
    outsiders from trying texts against stored numbers. A text too short to say anything has none:
    the empty tuple.
    """
    letters = _letters(text[:_MOST_CHARACTERS])
    shingles = {letters[at : at + _SHINGLE] for at in range(len(letters) - _SHINGLE + 1)}
    if len(shingles) < _LEAST_SHINGLES:
        return ()
    blake2b, number = hashlib.blake2b, int.from_bytes
    key = blake2b(secret, digest_size=16).digest()
    places = [_EMPTY] * _HASHES
    for shingle in shingles:
        dealt = number(blake2b(shingle.encode(), digest_size=5, key=key).digest(), "little")
        place, value = dealt % _HASHES, dealt >> 8
        places[place] = min(places[place], value)
    return tuple(
        _borrowed(places, place) if value == _EMPTY else value for place, value in enumerate(places)
    )


def whole(text: str) -> str:
    """A digest of the whole text, its letters only: the same for texts that say the very same."""
    return hashlib.sha256(_letters(text).encode()).hexdigest()


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _borrowed(places: Sequence[int], place: int) -> int:
    """What an empty place has: it asks others in an order of its own until one has a number."""
    at = place
    for step in range(1, _HASHES * 2 + 1):
        at = (at * 37 + 11 * step + place) % _HASHES
        if places[at] != _EMPTY:
            return places[at]
    return next(value for value in places if value != _EMPTY)


def bands(signed: tuple[int, ...]) -> tuple[int, ...]:
    """16 numbers of 63 bits; texts that share one are worth comparing."""
    found = []
    for band in range(BANDS if signed else 0):
        rows = struct.pack("<B4I", band, *signed[band * ROWS : (band + 1) * ROWS])
        digest = hashlib.blake2b(rows, digest_size=8).digest()
        found.append(int.from_bytes(digest, "little") >> 1)
    return tuple(found)


def likeness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The estimated share of shingles two texts have in common, 0 to 1."""
    if not one or len(one) != len(other):
        return 0.0
    same: int = sum(map(eq, one, other))
    return same / len(one)
