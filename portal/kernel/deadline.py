"""Working-day arithmetic: when a period that starts on a day ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

DAY = timedelta(days=1)


class DayUnit(StrEnum):
    WORKING = "working"
    CALENDAR = "calendar"


class WorkingDays(Protocol):
    """A calendar that knows the years `first_year` to `last_year` for certain."""

    @property
    def first_year(self) -> int: ...

    @property
    def last_year(self) -> int: ...

    def is_working_day(self, day: date) -> bool:
        """Whether people work on `day`; outside the known years, the plain week."""
        ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period; `provisional` if a year that is not announced yet was counted."""

    on: date
    provisional: bool


def due_on(
    start: date, n: int, unit: DayUnit, calendar: WorkingDays, *, paused: int = 0
) -> Deadline:
    """The end of `n` days (plus `paused`, in the same unit) after the event on `start`.

    The day of the event does not count; a period that ends on a rest day ends on the next
    working day (Civil Code, Arts. 201 and 203). Refuses a negative number of days.
    """
    if n < 0 or paused < 0:
        raise ValueError("a period cannot be negative")
    if unit is DayUnit.CALENDAR:
        end = _next_working(start + (n + paused) * DAY, calendar)
    else:
        end = _count(start, n + paused, calendar)
    return Deadline(end, _is_provisional(start, end, calendar))


def days_before(deadline: date, n: int, unit: DayUnit, calendar: WorkingDays) -> date:
    """The day `n` days before `deadline`, when people are warned; a working day if `unit` is."""
    if unit is DayUnit.CALENDAR:
        return deadline - n * DAY
    return _count(deadline, n, calendar, step=-DAY)


def working_days_between(start: date, end: date, calendar: WorkingDays) -> int:
    """Working days after `start` up to and with `end`; negative if `end` is earlier."""
    if end < start:
        return -working_days_between(end, start, calendar)
    return sum(calendar.is_working_day(day) for day in _days(start, end))


def _days(start: date, end: date) -> Iterator[date]:
    return (start + n * DAY for n in range(1, (end - start).days + 1))


def _count(start: date, n: int, calendar: WorkingDays, *, step: timedelta = DAY) -> date:
    day = start
    while n > 0:
        day += step
        n -= calendar.is_working_day(day)
    return day


def _next_working(day: date, calendar: WorkingDays) -> date:
    while not calendar.is_working_day(day):
        day += DAY
    return day


def _is_provisional(start: date, end: date, calendar: WorkingDays) -> bool:
    return start.year < calendar.first_year or end.year > calendar.last_year
