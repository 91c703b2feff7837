"""What a counter-notice must have, when it may be decided, and when a finding is final: pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from portal.counter_notices.states import (
    MISUSE,
    ComplainantAnswer,
    ComplaintFinding,
    CounterAction,
    CounterState,
)
from portal.jurisdiction.tables import CounterElement, CounterReason, CounterRules
from portal.kernel.errors import RuleBroken

MOST_ADDRESSES: Final = 50
# A party files so many in one matter; more would be one conversation that never ends.
MOST_NOTICES: Final = 20


def lacking(rules: CounterRules, said: Mapping[str, object]) -> tuple[CounterElement, ...]:
    """What the place demands and a counter-notice has not."""
    return tuple(one for one in rules.demands if not said.get(one.value))


def demand_complete(rules: CounterRules, reason: CounterReason, said: Mapping[str, object]) -> None:
    """Raise RuleBroken for a reason the place does not have, and for what is missing."""
    if not rules.reasons:
        raise RuleBroken("no-counter-notices-here")
    if reason not in rules.reasons:
        raise RuleBroken("counter-reason-unknown")
    if lacking(rules, said):
        raise RuleBroken("counter-incomplete")


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who complained and was told of a counter-notice, and what they said to it."""

    complaint: UUID
    answer: ComplainantAnswer | None


def demand_heard(told: Iterable[Told], answer_by: date | None, today: date) -> None:
    """Raise RuleBroken as long as somebody who complained may still answer."""
    if is_awaited((one.answer for one in told), answer_by, today):
        raise RuleBroken("complainant-may-answer")


def is_awaited(
    answers: Iterable[ComplainantAnswer | None], answer_by: date | None, today: date
) -> bool:
    """Whether one of those who complained has said nothing and has time."""
    return answer_by is not None and today <= answer_by and None in answers


def demand_passed_on(state: CounterState, action: CounterAction, complaints: int) -> None:
    """Raise RuleBroken for accepting what nobody who complained has been told of."""
    if action is CounterAction.ACCEPT and state is CounterState.FILED and complaints:
        raise RuleBroken("complainant-not-told")


def for_complainants(words: str, whole: str, *, several: bool) -> str:
    """What whoever complained reads: the words of the office for them, or else the whole.

    Raises RuleBroken for no words where others reported in the case: what was not written for
    whoever complained may tell them of each other.
    """
    if words.strip():
        return words
    if several:
        raise RuleBroken("counter-words-missing")
    return whole


def demand_known(named: Iterable[UUID], told: Iterable[UUID]) -> None:
    """Raise RuleBroken for a finding about a complaint that it was not passed on to, naming it."""
    unknown = sorted(str(one) for one in set(named).difference(told))
    if unknown:
        raise RuleBroken("complaint-not-told", complaints=", ".join(unknown))


def demand_impartial(own: Collection[UUID], hands: Iterable[UUID | None]) -> None:
    """Raise RuleBroken for whoever drafted or approved what the counter-notice is against."""
    if any(one in own for one in hands if one is not None):
        raise RuleBroken("own-notice-countered")


def is_final(  # each is a fact of its own
    finding: ComplaintFinding | None, final_on: date | None, today: date, *, contested: bool
) -> bool:
    """Whether a finding of misuse counts: nobody contests it, and nobody can any more."""
    if finding not in MISUSE or final_on is None:
        return False
    return today > final_on and not contested
