"""Ids of rows that are written by the dozen."""

import os
from time import time_ns
from uuid import UUID


def ordered_id() -> UUID:
    """A random id that sorts by the millisecond it was made in (RFC 9562, version 7).

    Rows that are made together then lie together in the indexes: a commit has fewer pages to
    write, and a large table is read at its end only. It tells when it was made, so it is for
    rows that are seen by nobody outside, or that say so anyway.
    """
    moment, chance = time_ns() // 1_000_000, int.from_bytes(os.urandom(10))
    number = moment << 80 | chance
    number = number & ~(0xF << 76) | 7 << 76
    return UUID(int=number & ~(0b11 << 62) | 0b10 << 62)
