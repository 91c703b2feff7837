"""What a decision and a review must satisfy: pure decisions."""

from collections.abc import Collection, Mapping
from typing import Final

from portal.cases.states import Severity
from portal.casework.states import Finding
from portal.decisions.states import ReviewOutcome
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import Measure, NoticeEvent
from portal.kernel.errors import RuleBroken

_GRADES: Final = tuple(str(one) for one in Severity)

# What parties and reporters are told when a review ends; a reporter's asks yes or no.
OBJECTION_EVENTS: Final[Mapping[ReviewOutcome, NoticeEvent]] = {
    ReviewOutcome.UPHELD: NoticeEvent.OBJECTION_UPHELD,
    ReviewOutcome.CHANGED: NoticeEvent.OBJECTION_CHANGED,
    ReviewOutcome.OVERTURNED: NoticeEvent.OBJECTION_OVERTURNED,
}
REVIEW_EVENTS: Final[Mapping[ReviewOutcome, NoticeEvent]] = {
    ReviewOutcome.UPHELD: NoticeEvent.REVIEW_UPHELD,
    ReviewOutcome.OVERTURNED: NoticeEvent.REVIEW_OVERTURNED,
}


def demand_ground(place: Place, basis: str, article: str) -> None:
    """Raise RuleBroken for a decision that rests on no provision, or an unknown one (E5)."""
    if basis and basis not in place.bases:
        raise RuleBroken("basis-unknown")
    if not basis and not article.strip():
        raise RuleBroken("decision-without-ground")


def demand_finding(findings: Collection[Finding]) -> None:
    """Raise RuleBroken for a measure while no check has confirmed what was reported (E2)."""
    if Finding.CONFIRMED not in findings:
        raise RuleBroken("measure-without-finding")


def offered_measures(place: Place, grade: Severity | None) -> tuple[Measure, ...]:
    """The measures on offer for a case of this grade, which decides nothing by itself (D22)."""
    return tuple(one for one in place.measures.values() if _reaches(grade, one.least_grade))


def demand_offered(place: Place, measure: str, grade: Severity | None) -> None:
    """Raise RuleBroken for a measure that the place does not have, or not for such a case."""
    if measure not in place.measures:
        raise RuleBroken("measure-unknown")
    if measure not in {one.code for one in offered_measures(place, grade)}:
        raise RuleBroken("measure-above-grade")


def _reaches(grade: Severity | None, least: str) -> bool:
    if not least:
        return True
    return grade is not None and _GRADES.index(str(grade)) >= _GRADES.index(least)


def event_of(outcome: ReviewOutcome, *, of_reporter: bool) -> NoticeEvent:
    """What is told of an outcome; RuleBroken for one that does not fit who asked."""
    events = REVIEW_EVENTS if of_reporter else OBJECTION_EVENTS
    if outcome not in events:
        raise RuleBroken("outcome-does-not-fit")
    return events[outcome]
