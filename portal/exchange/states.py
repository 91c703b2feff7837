"""What a key of a partner opens."""

from enum import StrEnum


class Scope(StrEnum):
    """One way in for machines of partners."""

    OPEN311 = "open311"
    XARF = "xarf"
