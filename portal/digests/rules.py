"""What one unit gave another in a month and what came of it: pure arithmetic over the trail."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

# Nobody reads further: the figures count everything.
MOST_THINGS: Final = 100


class Shared(StrEnum):
    """What a unit gives another to see to; findings of patrols are counted apart (C1)."""

    LEAD = "lead"
    PATROL_LEAD = "patrol-lead"
    CASE_LEAD = "case-lead"
    CASE = "case"
    TASK = "task"


class Turn(StrEnum):
    """What a unit may come to with it; `waiting` is how it stood when the month ended."""

    PASSED = "passed"
    ANSWERED = "answered"
    RETURNED = "returned"
    TAKEN_BACK = "taken-back"
    LATE = "late"
    WAITING = "waiting"


# What the trail calls what happens to leads, and to offers of whole cases.
TURNS: Final[Mapping[str, Turn]] = {
    "report.lead": Turn.PASSED,
    "lead.route": Turn.PASSED,
    "lead.reopen": Turn.PASSED,
    "lead.report": Turn.ANSWERED,
    "lead.return": Turn.RETURNED,
    "lead.end": Turn.TAKEN_BACK,
    "lead.breach": Turn.LATE,
    "case.follow": Turn.PASSED,
    "case.offer": Turn.PASSED,
    "case_lead.send-again": Turn.PASSED,
    "case_lead.assign": Turn.PASSED,
    "case_lead.open": Turn.ANSWERED,
    "case_lead.join": Turn.ANSWERED,
    "case_lead.accept": Turn.ANSWERED,
    "case_lead.return": Turn.RETURNED,
    "case_lead.dispute": Turn.RETURNED,
    "case_lead.keep": Turn.TAKEN_BACK,
    "case_lead.withdraw": Turn.TAKEN_BACK,
    "case.lead-unanswered": Turn.LATE,
    "case.offer-late": Turn.LATE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to it; `unit` where it says who has it from then on."""

    at: datetime
    turn: Turn
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Something that a unit gave others, with what happened to it, the oldest first."""

    id: UUID
    kind: Shared
    giver: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """One of those that are counted, and what it was counted as."""

    id: UUID
    kind: Shared
    turns: tuple[Turn, ...]


@dataclass(slots=True)
class Told:
    """What one unit gave another: how much came to what, and which they were."""

    counts: Counter[tuple[Shared, Turn]] = field(default_factory=Counter)
    things: list[Thing] = field(default_factory=list)


def turns_of(given: Given, begins: datetime, ends: datetime) -> Iterator[tuple[str, Turn]]:
    """What came of something in a period, each with the unit that had it then.

    Once it was answered or went back, that unit has nothing more to do with it.
    """
    unit, has = "", False
    for step in given.steps:
        if step.at >= ends:
            break
        if step.turn is not Turn.PASSED and not has:
            continue
        unit = step.unit or unit
        has = step.turn in {Turn.PASSED, Turn.LATE}
        if step.at >= begins:
            yield unit, step.turn
    if has:
        yield unit, Turn.WAITING


def tell(
    all_of_it: Iterable[Given], begins: datetime, ends: datetime
) -> dict[tuple[str, str], Told]:
    """What each unit gave each other one, by giver and taker; nothing of what stayed at home."""
    told: dict[tuple[str, str], Told] = {}
    for given in all_of_it:
        takers: dict[str, list[Turn]] = {}
        for unit, turn in turns_of(given, begins, ends):
            if unit != given.giver:
                takers.setdefault(unit, []).append(turn)
        for taker, turns in takers.items():
            one = told.setdefault((given.giver, taker), Told())
            one.counts.update((given.kind, turn) for turn in turns)
            one.things.append(Thing(given.id, given.kind, tuple(dict.fromkeys(turns))))
    return told
