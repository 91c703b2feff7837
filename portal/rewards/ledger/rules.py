"""What holds in every ledger: nothing is lost, and only what is there is moved. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.kernel.errors import RuleBroken
from portal.rewards.ledger.states import WAYS, LedgerAccount, MovementKind

# What spreadsheets take for a formula, however it is quoted.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# In minor units; larger amounts are slips of the keyboard.
MOST = 10**15

Balances = Mapping[LedgerAccount, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """How much went into an account in a period and out of it, and what it held before."""

    account: LedgerAccount
    before: int
    came: int
    went: int

    @property
    def after(self) -> int:
        """What it holds at the end."""
        return self.before + self.came - self.went


def balances_of(movements: Iterable[tuple[MovementKind, int]]) -> dict[LedgerAccount, int]:
    """What each account holds after these movements; together always nothing."""
    held = dict.fromkeys(LedgerAccount, 0)
    for kind, amount in movements:
        source, target = WAYS[kind]
        held[source] -= amount
        held[target] += amount
    return held


def flows_of(
    before: Mapping[MovementKind, int], during: Mapping[MovementKind, int]
) -> tuple[Flow, ...]:
    """The statement of a period: every account with what it held, what came and what went."""
    held = balances_of(before.items())
    came, went = dict.fromkeys(LedgerAccount, 0), dict.fromkeys(LedgerAccount, 0)
    for kind, amount in during.items():
        source, target = WAYS[kind]
        went[source] += amount
        came[target] += amount
    return tuple(Flow(one, held[one], came[one], went[one]) for one in LedgerAccount)


def demand_held(held: Balances, kind: MovementKind, amount: int) -> None:
    """Raise RuleBroken for an amount that is none, or that is not there."""
    if not 0 < amount <= MOST:
        raise RuleBroken("amount-not-possible")
    source = WAYS[kind][0]
    if source is not LedgerAccount.ADJUSTMENT and held.get(source, 0) < amount:
        raise RuleBroken("fund-overdrawn")


def cell(value: object) -> str:
    """A cell of a sheet: what a program would calculate is made plain text by an apostrophe.

    Numbers stay as they are, negative ones too.
    """
    text = "" if value is None else str(value)
    is_formula = not isinstance(value, int) and text.startswith(_FORMULA)
    return f"'{text}" if is_formula else text
