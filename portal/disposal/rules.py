"""How long a record is kept: pure decisions over the schedule of the place."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from portal.jurisdiction.tables import RecordKind, RetentionRule, RetentionStart
from portal.kernel.errors import RuleBroken

# The day of what is kept for good: behind all others, and never over.
FOR_GOOD: Final = date.max
MOST_ITEMS: Final = 200
# So many days ahead the desk is warned of what comes to its end.
SOON_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Ended:
    """What the schedule asks about a record that has come to an end.

    `last_word_on` is when its reporter last wrote: what came in later begins the time anew (U9).
    """

    record: RecordKind
    kinds: frozenset[str]
    ending: str
    received_on: date
    closed_on: date
    last_word_on: date | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """The series of a record, from when its time counts, and when it and its identity go.

    No row fits a series without a code: it is kept.
    """

    series: str
    starts_on: date
    due_on: date
    identity_on: date | None


def series_of(rules: Iterable[RetentionRule], ended: Ended) -> RetentionRule | None:
    """The first row that fits."""
    return next((rule for rule in rules if _fits(rule, ended)), None)


def _fits(rule: RetentionRule, ended: Ended) -> bool:
    return (
        rule.record is ended.record
        and (not rule.kinds or not ended.kinds.isdisjoint(rule.kinds))
        and (not rule.endings or ended.ending in rule.endings)
    )


def terms_of(rules: Iterable[RetentionRule], ended: Ended) -> Terms:
    """How long a record is kept; never less than until its end and its reporter's last word."""
    rule = series_of(rules, ended)
    last = max(ended.closed_on, ended.last_word_on or ended.closed_on)
    if rule is None:
        return Terms("", last, FOR_GOOD, None)
    by_receipt = rule.starts is RetentionStart.RECEIVED and ended.last_word_on != last
    starts = ended.received_on if by_receipt else last
    identity = months_after(starts, rule.identity_months) if rule.identity_months else None
    return Terms(
        series=rule.code,
        starts_on=starts,
        due_on=max(last, months_after(starts, rule.months)) if rule.months else FOR_GOOD,
        identity_on=max(last, identity) if identity and ended.named else None,
    )


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return FOR_GOOD
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def demand_another(first: UUID, second: UUID, refusal: str) -> None:
    """Refuse whoever has done the first half, from whichever account."""
    if first == second:
        raise RuleBroken(refusal)


def demand_some(count: int) -> None:
    """A list has at least one record and at most as many as somebody can look through."""
    if not 0 < count <= MOST_ITEMS:
        raise RuleBroken("nothing-to-dispose")
