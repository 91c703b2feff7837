"""What a decision and a review must satisfy: pure decisions."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from portal.cases.rules import last_day, step_of
from portal.cases.states import CaseAction, Severity
from portal.casework.states import Finding
from portal.decisions.states import ReviewOutcome, ReviewState
from portal.jurisdiction.pack_tables import CaseMove
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import Measure, NoticeEvent
from portal.kernel.errors import RuleBroken

_GRADES: Final = tuple(str(one) for one in Severity)

# What parties and reporters are told when a review ends.
OBJECTION_EVENTS: Final[Mapping[ReviewOutcome, NoticeEvent]] = {
    ReviewOutcome.UPHELD: NoticeEvent.OBJECTION_UPHELD,
    ReviewOutcome.CHANGED: NoticeEvent.OBJECTION_CHANGED,
    ReviewOutcome.OVERTURNED: NoticeEvent.OBJECTION_OVERTURNED,
}
REVIEW_EVENTS: Final[Mapping[ReviewOutcome, NoticeEvent]] = {
    ReviewOutcome.UPHELD: NoticeEvent.REVIEW_UPHELD,
    ReviewOutcome.CHANGED: NoticeEvent.REVIEW_CHANGED,
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


# What runs for a review in each state.
REVIEW_TIMES: Final[Mapping[ReviewState, CaseMove]] = {
    ReviewState.FILED: CaseMove.EXAMINE,
    ReviewState.ADMITTED: CaseMove.REVIEW,
}


@dataclass(frozen=True, slots=True)
class TimeOfReview:
    """The time that a review has, as far as more may be given."""

    extension_days: int | None
    extended_days: int
    due_on: date


def time_of(place: Place, state: ReviewState, due: date, before: date | None) -> TimeOfReview:
    """The time of a review under way; `before` is the day that was told before more was given."""
    move = REVIEW_TIMES.get(state)
    days = step_of(place, move).extension_days if move else None
    return TimeOfReview(days, (due - before).days if before else 0, due)


def event_of(outcome: ReviewOutcome, *, of_reporter: bool) -> NoticeEvent:
    """What is told of an outcome."""
    return (REVIEW_EVENTS if of_reporter else OBJECTION_EVENTS)[outcome]


def fitting_outcomes(
    *, of_reporter: bool, stands: bool, in_force: bool
) -> tuple[ReviewOutcome, ...]:
    """The outcomes that a review can have as things stand; only what is in force is changed."""
    fits = {
        ReviewOutcome.UPHELD: True,
        ReviewOutcome.CHANGED: in_force,
        ReviewOutcome.OVERTURNED: not (of_reporter and stands),
    }
    return tuple(one for one in ReviewOutcome if fits[one])


def demand_fitting(outcome: ReviewOutcome, *, of_reporter: bool, stands: bool) -> None:
    """Raise RuleBroken for an outcome that a reporter's review cannot have as things stand.

    Whoever asks why nothing was done has the case taken up again, or not. While a decision stands
    it is changed, or not: nobody but a party has it set aside.
    """
    if not of_reporter:
        return
    if outcome is ReviewOutcome.CHANGED and not stands:
        raise RuleBroken("outcome-does-not-fit")
    if outcome is ReviewOutcome.OVERTURNED and stands:
        raise RuleBroken("something-was-done")


def carrying_forms(place: Place) -> frozenset[str]:
    """The kinds of paper that carry a decision: what its step asks for, and a party is served."""
    asked = {form for step in place.case_steps.values() if step.decision for form in step.forms}
    return frozenset(one for one in asked if one in place.papers and place.papers[one].served)


def notices_before(place: Place, form: str) -> frozenset[str]:
    """The kinds of paper of which a party is served one before it is served one of this kind.

    None where a step that such a paper is for asks for none, as what is decided on the spot.
    """
    steps = [one for one in place.case_steps.values() if one.decision and form in one.forms]
    asked = [frozenset(filter(None, one.notice.split("|"))) for one in steps]
    return frozenset().union(*asked) if asked and all(asked) else frozenset()


def every_notice(place: Place) -> frozenset[str]:
    """The kinds of paper that any decision of the place asks to be served before it."""
    return frozenset().union(*(notices_before(place, one) for one in carrying_forms(place)))


def takes_two(place: Place) -> bool:
    """Whether another person than whoever prepared a decision approves it (E5)."""
    return step_of(place, CaseAction.DECIDE).confirmed


# What stands for a notice, given by whoever approves.
OWN_WAIVER: Final = "waived-by-who-approves"


@dataclass(frozen=True, slots=True)
class Notice:
    """That a party was told on a day what would be ordered of it, and when that was noted.

    `service` is the entry that says so. Of a waiver, which stands for a notice to everybody,
    `party` is None; `waived_by` gave it.
    """

    party: UUID | None
    on: date
    at: datetime
    waived_by: UUID | None = None
    service: UUID | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """When a decision was approved: the moment, and the day that this is for the office.

    `of` are the accounts of whoever approves, where the place asks for two people to decide.
    """

    at: datetime
    on: date
    of: frozenset[UUID] = frozenset()

    def by_another(self) -> "Approval":
        """The same by somebody who had no part."""
        return replace(self, of=frozenset())


@dataclass(frozen=True, slots=True)
class Ended:
    """When what was told a party came to an end without a decision; None is every party."""

    party: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What the parties of a case were told, and what took that along when it ended."""

    notices: tuple[Notice, ...]
    ended: tuple[Ended, ...] = ()

    @classmethod
    def everybody(cls) -> "Told":
        """For a place that asks for no notice."""
        return cls((Notice(None, date.min, datetime.max.replace(tzinfo=UTC)),))

    def without(self, service: UUID) -> "Told":
        """What they would have been told without one service."""
        return replace(self, notices=tuple(one for one in self.notices if one.service != service))

    def why_untold(self, party: UUID, approval: Approval) -> str | None:
        """The code of why a party counts as not told of what is approved so; None if it was told.

        A notice of before a review set a decision about the party aside, or of before the case was
        taken up again after its end, is none of what is decided after that. Of one that was served
        on the day of the approval it has to be on record before. A waiver counts whenever it was
        given, by another person than who approves. Administrative Penalty Law (行政处罚法, 2021),
        articles 44 and 62.
        """
        own = [one for one in self.notices if self._is_of(one, party, approval.at)]
        others = [one for one in own if one.waived_by is None or one.waived_by not in approval.of]
        if any(_is_before(one, approval) for one in others):
            return None
        if len(others) < len(own):
            return OWN_WAIVER
        return "told-after-deciding" if own else "not-told-before"

    def rests_on_own_waiver(self, parties: Iterable[UUID], approval: Approval) -> bool:
        """Whether one of these parties was told nothing but what whoever approves has waived."""
        return any(self.why_untold(one, approval) == OWN_WAIVER for one in parties)

    def _is_of(self, notice: Notice, party: UUID, decided_at: datetime) -> bool:
        if notice.party not in {None, party}:
            return False
        between = [one for one in self.ended if one.at <= decided_at]
        return not any(one.party in {None, party} and notice.at <= one.at for one in between)


def _is_before(notice: Notice, approval: Approval) -> bool:
    """Whether a party was told before: by the day, and on the same day by what is on record."""
    if notice.party is None or notice.on < approval.on:
        return True
    return notice.on == approval.on and notice.at <= approval.at


@dataclass(frozen=True, slots=True)
class Hearing:
    """The newest wish of a party to be heard in person; `on` is the day it was told."""

    asked_at: datetime | None = None
    on: date | None = None
    refused_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was asked for, or its day told, and not refused."""
        return self.asked_at is not None and self.refused_on is None

    def is_owed(self, decided_on: date) -> bool:
        """Whether nothing is ordered of the party yet by what is decided on this day.

        It is decided after the hearing, or once that is refused for a reason.
        Administrative Penalty Law (行政处罚法, 2021), articles 63 and 65.
        """
        return self.is_open and (self.on is None or self.on > decided_on)

    def may_be_asked(self, notices: Iterable[Notice], today: date) -> bool:
        """Whether the party may ask, of what it was told by these notices, to be heard.

        Once about each: anew of what it was told since it was heard, or was refused that.
        """
        if self.asked_at is None:
            return True
        settled = self.refused_on or self.on
        if settled is None or self.is_owed(today):
            return False
        return any(one.on >= settled and one.at > self.asked_at for one in notices)


def first_hearing_day(place: Place, unit: str, today: date) -> date:
    """The first day of a hearing of which a party is told in time if it is told today."""
    return last_day(place, unit, "hearing", today) or today


def review_look_on(due: date, warn: date, *, warned: bool, breached: bool) -> date | None:
    """The day on which somebody looks at the time of a review next; None once all is noted."""
    if breached:
        return None
    return due + timedelta(days=1) if warned else min(warn, due)
