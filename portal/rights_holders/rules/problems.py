"""What can be wrong with a row: the column and a fault, which pages put into words."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    MISSING = "missing"
    TOO_LONG = "too-long"
    NO_SUCH_KIND = "no-such-kind"
    BAD_ISBN = "bad-isbn"
    BAD_ISRC = "bad-isrc"
    BAD_ISWC = "bad-iswc"
    BAD_EIDR = "bad-eidr"
    BAD_REGISTRATION = "bad-registration"
    NOT_IN_REGISTER = "not-in-register"
    SEVERAL_WORKS = "several-works"
    NO_TARGET = "no-target"
    NOT_AN_ADDRESS = "not-an-address"
    NO_SUCH_PLACE = "no-such-place"
    NO_SUCH_CATEGORY = "no-such-category"
    NOT_A_DAY = "not-a-day"
    IN_THE_FUTURE = "in-the-future"
    NO_SUCH_RIGHT = "no-such-right"
    NO_PROOF = "no-proof"
    NO_SUCH_COMPLAINT = "no-such-complaint"
    SAME_AS_ABOVE = "same-as-above"


@dataclass(frozen=True, slots=True)
class Problem:
    """A column and what is wrong with it; never what stands in it."""

    field: str
    fault: Fault
