"""What of a reporter's identity can be asked for, and which figures of it may be public."""

from enum import StrEnum
from typing import Final

# Smaller numbers would tell of single people.
SMALLEST_CELL: Final = 5


class IdentityField(StrEnum):
    """The fields of a sealed identity, each to be asked for by itself."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"


def published(count: int) -> int | None:
    """A count as everybody may see it; None for a small one, which may be none at all."""
    return count if count >= SMALLEST_CELL else None
