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
    start: date,
    n: int,
    unit: DayUnit,
    calendar: WorkingDays,
    *,
    paused: int = 0,
    extended: int = 0,
) -> Deadline:
    """The end of `n` days (plus `paused` and `extended`, in the same unit) after `start`.

    The day of the event does not count; a period that ends on a rest day ends on the next
    working day (Civil Code, Arts. 201 and 203). An extension counts on from the day on which
    the period would have ended. A period of no days is over on the day of the event, whatever
    day that is: it means at once. Refuses a negative number of days.
    """
    if min(n, paused, extended) < 0:
        raise ValueError("a period cannot be negative")
    end = _end(start, n + paused, unit, calendar)
    end = _end(end, extended, unit, calendar)
    return Deadline(end, _is_provisional(start, end, calendar))


def days_after(start: date, n: int, unit: DayUnit, calendar: WorkingDays) -> date:
    """The day on which `n` days after `start` have gone, a rest day or not."""
    return _count(start, n, calendar) if unit is DayUnit.WORKING else start + n * DAY


def days_before(deadline: date, n: int, unit: DayUnit, calendar: WorkingDays) -> date:
    """The day `n` days before `deadline`, when people are warned; a working day if `unit` is."""
    if unit is DayUnit.CALENDAR:
        return deadline - n * DAY
    return _count(deadline, n, calendar, step=-DAY)


def after_share(start: date, end: date, percent: int, unit: DayUnit, calendar: WorkingDays) -> date:
    """The day by which `percent` of the days from `start` to `end` have gone, rounded down."""
    whole = days_between(start, end, unit, calendar)
    return days_before(end, whole - whole * percent // 100, unit, calendar)


def days_between(start: date, end: date, unit: DayUnit, calendar: WorkingDays) -> int:
    """The days of a unit after `start` up to and with `end`; negative if `end` is earlier."""
    if unit is DayUnit.WORKING:
        return working_days_between(start, end, calendar)
    return (end - start).days


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


def _end(start: date, n: int, unit: DayUnit, calendar: WorkingDays) -> date:
    if n == 0:
        return start
    end = days_after(start, n, unit, calendar)
    return end if unit is DayUnit.WORKING else _next_working(end, calendar)


def _next_working(day: date, calendar: WorkingDays) -> date:
    while not calendar.is_working_day(day):
        day += DAY
    return day


def _is_provisional(start: date, end: date, calendar: WorkingDays) -> bool:
    return start.year < calendar.first_year or end.year > calendar.last_year
