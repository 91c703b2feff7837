"""Payments by themselves: what money a move moves, what an account is, what agrees. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Final
from uuid import UUID

from portal.kernel.errors import RuleBroken
from portal.rewards.ledger.states import MovementKind
from portal.rewards.payment.states import DifferenceKind, PaymentAction, PaymentState

S, A, M = PaymentState, PaymentAction, MovementKind

# The reporter is told so many days before the time to claim is over.
WARN_DAYS: Final = 30
# What the bank has said nothing about for so long is a difference.
BANK_DAYS: Final = 7
# Who was refused may ask for a review for so long.
REVIEW_DAYS: Final = 60
# A PIN that was forgotten can be set anew after so long, and until then the old one keeps it.
FORGOTTEN_DAYS: Final = 7
# A signal: the same account in so many awards of a year, a rate so far from that of the others.
SAME_PAYEE: Final = 3
DEVIATIONS: Final = 3.0
SAMPLE_PERCENT: Final = 5
MOST_IN_A_BATCH: Final = 200

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_ACCOUNT: Final = re.compile(r"[A-Z0-9]{6,34}")
_BIC: Final = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_CNAPS: Final = re.compile(r"[0-9]{12}")
_PIN: Final = re.compile(r"[0-9]{6,12}")
LONGEST_NAME: Final = 70


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid and where, as the reporter gave it and the bank reads it."""

    name: str = field(repr=False)
    account: str = field(repr=False)
    bank: str = field(repr=False)


def movements_of(state: PaymentState, action: PaymentAction) -> tuple[MovementKind, ...]:
    """The money that a move from a state moves; most move none."""
    if action is A.DOUBT:
        return (M.SEND,) if state is S.BATCHED else ()
    return {
        A.SEND: (M.SEND,),
        A.PAY_OUT: (M.SEND, M.SETTLE),
        A.SETTLE: (M.SETTLE,),
        A.RETURN: (M.RETURN, M.OWE_AGAIN),
        A.COME_BACK: (M.COME_BACK, M.OWE_AGAIN),
        A.FORFEIT: (M.FORFEIT, M.TAKE_BACK),
    }.get(action, ())


def folded_account(typed: str) -> str:
    """An account as it is compared: capitals and digits, without what people put between."""
    return re.sub(r"[\s./-]", "", typed).upper()


def is_iban(account: str) -> bool:
    """Whether it is an IBAN with the right check digits (ISO 13616)."""
    if not _IBAN.fullmatch(account):
        return False
    moved = account[4:] + account[:4]
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def is_bic(bank: str) -> bool:
    """Whether a bank is named by its BIC (ISO 9362)."""
    return _BIC.fullmatch(bank) is not None


def is_cnaps(bank: str) -> bool:
    """Whether a bank is named by its twelve digits of the Chinese clearing (联行号)."""
    return _CNAPS.fullmatch(bank) is not None


def demand_payee(payee: Payee) -> None:
    """Refuse what no bank could pay to; an IBAN has the right check digits."""
    account = payee.account
    looks_like_iban = account[:2].isalpha() and account[2:4].isdigit()
    if not _ACCOUNT.fullmatch(account) or (looks_like_iban and not is_iban(account)):
        raise RuleBroken("account-not-possible")
    if not 1 < len(payee.name) <= LONGEST_NAME or not 1 < len(payee.bank) <= LONGEST_NAME:
        raise RuleBroken("payee-not-possible")


def demand_pin(pin: str) -> None:
    """Refuse a PIN of fewer than six digits, and one that is the first to be guessed."""
    if not _PIN.fullmatch(pin):
        raise RuleBroken("pin-not-possible")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise RuleBroken("pin-too-easy")


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One entry of a statement: what left the account under our reference, or came back to it."""

    reference: str = field(repr=False)
    amount: int
    currency: str
    came_back: bool
    booked_on: date


@dataclass(frozen=True, slots=True)
class Expected:
    """What we know of a payment that an entry names."""

    state: PaymentState
    amount: int
    currency: str
    sent_back: bool = False


def judge(entry: BankEntry, expected: Expected | None) -> PaymentAction | DifferenceKind:
    """What an entry means for the payment it names: a move, or a difference to be explained.

    Of an unknown payment it means the same move, which two people make.
    """
    if expected is None:
        return DifferenceKind.UNKNOWN_REFERENCE
    if (entry.amount, entry.currency) != (expected.amount, expected.currency):
        return DifferenceKind.ANOTHER_AMOUNT
    if expected.state in {S.SENT, S.UNKNOWN}:
        return A.RETURN if entry.came_back else A.SETTLE
    if expected.state is S.SETTLED and entry.came_back and not expected.sent_back:
        return DifferenceKind.LATE_RETURN
    if expected.state in {S.SETTLED, S.RETURNED}:
        return DifferenceKind.TWICE
    return DifferenceKind.NOT_SENT


def id_in(about: str) -> UUID:
    """The entry or the payment that a difference is about, from `kind:id`."""
    return UUID(about.split(":")[1])


def claim_until(today: date, days: int | None) -> date | None:
    """The last day to claim anew what came back; None where the scheme sets no time."""
    return None if days is None else today + timedelta(days=days)


def warned_until(until: date, today: date, days: int | None) -> date:
    """The last day to claim as a warning of today names it: never before the one told so far.

    Whoever is warned late has a month from then on, or as long as the scheme gives at all.
    """
    return max(until, today + timedelta(days=min(WARN_DAYS, days or WARN_DAYS)))


def is_over(until: date | None, today: date, *, warned: bool) -> bool:
    """Whether it is too late to claim: the last day is over, and the reporter was warned of it."""
    return warned and until is not None and until < today


def stated_mark(outcome: PaymentAction, statement_id: UUID) -> str:
    """What a page knows by again what was stated of an unknown payment when it was shown."""
    return f"{outcome}.{statement_id.hex}"


def outweighs(said: PaymentAction, waiting: PaymentAction, *, by_entry: bool) -> bool:
    """Whether what an entry says of an unknown payment takes the place of what waits.

    An entry outweighs the word that there is none (`by_entry` says whether what waits stands on
    one); that the money came back outweighs that it was paid.
    """
    return not by_entry or (said is A.RETURN and waiting is A.SETTLE)


@dataclass(frozen=True, slots=True)
class PaidAward:
    """What signals are made of: an award, who proposed it, and the tag of its payee."""

    award: UUID
    proposer: UUID
    tag: bytes | None


def same_payees(awards: Iterable[PaidAward]) -> tuple[tuple[UUID, ...], ...]:
    """Awards that went to one account at least three times; told of awards, never of tags."""
    by_tag: dict[bytes, list[UUID]] = defaultdict(list)
    for one in awards:
        if one.tag is not None:
            by_tag[one.tag].append(one.award)
    return tuple(tuple(found) for found in by_tag.values() if len(found) >= SAME_PAYEE)


def repeated_pairs(awards: Iterable[PaidAward]) -> tuple[tuple[UUID, tuple[UUID, ...]], ...]:
    """One proposer and one account together more than once: the proposer and the awards."""
    pairs: dict[tuple[UUID, bytes], list[UUID]] = defaultdict(list)
    for one in awards:
        if one.tag is not None:
            pairs[one.proposer, one.tag].append(one.award)
    return tuple((who, tuple(found)) for (who, _), found in pairs.items() if len(found) > 1)


def unusual_rates(awards: Sequence[PaidAward]) -> tuple[tuple[UUID, int], ...]:
    """Proposers with more awards than three standard deviations of the others' numbers allow.

    Each is compared with the others: among themselves eleven people could never stand out.
    """
    numbers = Counter(one.proposer for one in awards)
    found = []
    for who, number in numbers.items():
        others = [count for other, count in numbers.items() if other != who]
        spread = max(pstdev(others), 1.0) if others else 0.0
        if others and number > fmean(others) + DEVIATIONS * spread:
            found.append((who, number))
    return tuple(found)
