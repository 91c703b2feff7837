"""The accounts of a fund, and the ways money takes between them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class LedgerAccount(StrEnum):
    """Where money of a budget line stands; ADJUSTMENT is the other side of what comes and goes."""

    APPROPRIATION = "appropriation"
    RESERVED = "reserved"
    PAYABLE = "payable"
    IN_TRANSIT = "in-transit"
    PAID = "paid"
    RETURNED = "returned"
    FORFEITED = "forfeited"
    ADJUSTMENT = "adjustment"


class MovementKind(StrEnum):
    """What a movement is; each has one way."""

    GRANT = "grant"
    CUT = "cut"
    RESERVE = "reserve"
    RELEASE = "release"
    OWE = "owe"
    SEND = "send"
    SETTLE = "settle"
    RETURN = "return"
    COME_BACK = "come-back"
    OWE_AGAIN = "owe-again"
    FORFEIT = "forfeit"
    TAKE_BACK = "take-back"


M = MovementKind
A = LedgerAccount

WAYS: Final[Mapping[MovementKind, tuple[LedgerAccount, LedgerAccount]]] = {
    M.GRANT: (A.ADJUSTMENT, A.APPROPRIATION),
    M.CUT: (A.APPROPRIATION, A.ADJUSTMENT),
    M.RESERVE: (A.APPROPRIATION, A.RESERVED),
    M.RELEASE: (A.RESERVED, A.APPROPRIATION),
    M.OWE: (A.RESERVED, A.PAYABLE),
    M.SEND: (A.PAYABLE, A.IN_TRANSIT),
    M.SETTLE: (A.IN_TRANSIT, A.PAID),
    M.RETURN: (A.IN_TRANSIT, A.RETURNED),
    M.COME_BACK: (A.PAID, A.RETURNED),
    M.OWE_AGAIN: (A.RETURNED, A.PAYABLE),
    M.FORFEIT: (A.PAYABLE, A.FORFEITED),
    M.TAKE_BACK: (A.FORFEITED, A.APPROPRIATION),
}
# What concerns the budget and no award.
OF_THE_BUDGET: Final = frozenset({M.GRANT, M.CUT})
# What happens to an award once and never again; what was paid may come back, and is paid anew.
ONCE: Final = (M.RESERVE, M.RELEASE, M.OWE, M.FORFEIT)
