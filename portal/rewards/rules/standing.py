"""Where each report of a case stands: computed from the trail, never chosen. Pure.

The order is that in which the trail took the reports in, which no clock can change. What was found
by the head comes in as findings, each with its reason on the file.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from portal.jurisdiction.reward_tables import ExclusionGround
from portal.rewards.states import Rank, RewardFindingKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report of a case: its place in the trail, and what decides about its part in a reward.

    `day` is the day of the trail's entry at the place. A report that is no `tip` is a complaint or
    a finding of a patrol. `own_unit` says that staff of the unit that has the case entered it.
    """

    report_id: UUID
    reference: str
    position: int
    at: datetime
    day: date
    tip: bool
    asks: bool
    own_unit: bool
    finding: RewardFindingKind | None = None
    ground: ExclusionGround | None = None

    def under(self, excluded: Collection[ExclusionGround]) -> "Candidate":
        """The same report where only these grounds exclude."""
        if self.ground is None or self.ground in excluded:
            return self
        return replace(self, finding=None, ground=None)


@dataclass(frozen=True, slots=True)
class FirstAct:
    """A paper of an act in public: its kind, its day, and when it came into the file."""

    form: str
    dated: date
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A report with its rank; `behind` is the reference of the one that came first."""

    candidate: Candidate
    rank: Rank
    behind: str | None = None


def standings(candidates: Iterable[Candidate], first: FirstAct | None) -> tuple[Standing, ...]:
    """The reports in the order of the trail, each with its rank.

    The first place is taken by the first tip before the first act, also where its reporter wants
    no reward or staff of the unit entered it; not by one that is excluded, nor by what is no tip.
    """
    leader: str | None = None
    found = []
    for one in sorted(candidates, key=lambda candidate: candidate.position):
        rank = _rank(one, first, leader)
        found.append(Standing(one, rank, leader if rank is Rank.LATER else None))
        if leader is None and _takes_the_place(one, rank, first):
            leader = one.reference
    return tuple(found)


def first_act(papers: Iterable[FirstAct], forms: Collection[str]) -> FirstAct | None:
    """The act by which the time to be first is over: the earliest, filed with the first of them."""
    found = sorted(
        (one for one in papers if one.form in forms), key=lambda one: (one.dated, one.filed_at)
    )
    if not found:
        return None
    return replace(found[0], filed_at=min(one.filed_at for one in found))


def sharing(found: Iterable[Standing]) -> tuple[Standing, ...]:
    """Those who reported together: the first and the joint ones, in the order of the trail."""
    return tuple(one for one in found if one.rank in {Rank.FIRST, Rank.JOINT})


def is_late(one: Candidate, first: FirstAct | None) -> bool:
    """Whether a report came after the first act: on a later day, or once its paper was filed.

    A paper has a day and no hour: of the same day the reporter has the benefit of the doubt.
    """
    return first is not None and (one.day > first.dated or one.at > first.filed_at)


def _takes_the_place(one: Candidate, rank: Rank, first: FirstAct | None) -> bool:
    if rank in {Rank.NOT_ASKED, Rank.OWN_UNIT}:
        return not is_late(one, first) and one.finding is not RewardFindingKind.NEW_FACTS
    return rank is Rank.FIRST


def _rank(one: Candidate, first: FirstAct | None, leader: str | None) -> Rank:
    kept_out = _kept_out(one)
    if kept_out is not None:
        return kept_out
    if is_late(one, first):
        return (
            Rank.NEW_FACTS if one.finding is RewardFindingKind.NEW_FACTS else Rank.AFTER_FIRST_ACT
        )
    if leader is None:
        return Rank.FIRST
    if one.finding is RewardFindingKind.NEW_FACTS:
        return Rank.NEW_FACTS
    return Rank.JOINT if one.finding is RewardFindingKind.JOINT else Rank.LATER


def _kept_out(one: Candidate) -> Rank | None:
    """The rank of a report that has no part whenever it came."""
    if not one.tip:
        return Rank.NO_TIP
    if one.finding is RewardFindingKind.EXCLUDED:
        return Rank.EXCLUDED
    if one.own_unit:
        return Rank.OWN_UNIT
    return None if one.asks else Rank.NOT_ASKED
