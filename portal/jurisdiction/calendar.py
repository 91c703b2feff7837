"""The days on which people work: the plain week, and what a place and parts of it change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from portal.jurisdiction.tables import Text

SATURDAY = 5


class DayKind(StrEnum):
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make-up-workday"


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day that is another one in a territory than in the rest of the place."""

    kind: DayKind
    name: Text


@dataclass(frozen=True, slots=True)
class Calendar:
    """Day kinds that differ from the plain week; `last_year` is the last year fully known.

    `territories` are the days that a region, with all in it, has otherwise than the whole place.
    """

    days: Mapping[date, DayKind]
    first_year: int
    last_year: int
    names: Mapping[date, Text] = field(default_factory=dict)
    territories: Mapping[str, Mapping[date, OwnDay]] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on `day`: Monday to Friday unless the calendar says otherwise."""
        kind = self.days.get(day)
        return day.weekday() < SATURDAY if kind is None else kind is DayKind.MAKE_UP_WORKDAY

    def inside(self, around: Sequence[str]) -> "Calendar":
        """The calendar of a region: `around` is it and those above it, from the widest down."""
        own = [self.territories[code] for code in around if code in self.territories]
        if not own:
            return self
        days = {day: one.kind for days in own for day, one in days.items()}
        return replace(self, days={**self.days, **days})
