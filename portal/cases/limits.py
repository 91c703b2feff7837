"""How long the step of a case may take: pure arithmetic over calendar days."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from portal.jurisdiction.place import Calendar
from portal.kernel.deadline import DayUnit, Deadline, due_on
from portal.kernel.errors import RuleBroken


class Extendable(Protocol):
    """A time to which days may be added once."""

    @property
    def extension_days(self) -> int | None: ...

    @property
    def extended_days(self) -> int: ...

    @property
    def due_on(self) -> date: ...


class Running(Protocol):
    """What the time of a step is made of."""

    starts_on: date
    days: int
    warn_days: int
    extension_days: int | None
    pause_cap: int
    due_on: date
    extended_days: int
    paused_on: date | None
    paused_days: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class Stood:
    """How many days a clock has stood in all, up to its cap, and when it ends by that."""

    days: int
    end: Deadline


def end_of(clock: Running, calendar: Calendar, *, paused: int, extended: int) -> Deadline:
    """The last day of a step with the days that it stood still and those that were added."""
    unit = DayUnit.CALENDAR
    return due_on(clock.starts_on, clock.days, unit, calendar, paused=paused, extended=extended)


def after_standing(clock: Running, today: date, calendar: Calendar) -> Stood:
    """What a clock that stands still comes to when it runs on today.

    One that was in time when it stopped has a working day left at least (U32).
    """
    if clock.paused_on is None:
        return Stood(clock.paused_days, Deadline(clock.due_on, clock.provisional))
    stood = max(0, (today - clock.paused_on).days)
    days = min(clock.pause_cap, clock.paused_days + stood)
    end = end_of(clock, calendar, paused=days, extended=clock.extended_days)
    if end.on <= today and clock.due_on >= clock.paused_on:
        end = due_on(today, 1, DayUnit.WORKING, calendar)
    return Stood(days, end)


def look_on(clock: Running, *, warned: bool, breached: bool) -> date | None:
    """The day on which somebody has to look at a clock next; None once nothing is left to note."""
    if clock.paused_on is not None:
        return clock.paused_on + timedelta(days=clock.pause_cap - clock.paused_days)
    if breached:
        return None
    if warned:
        return clock.due_on + timedelta(days=1)
    return max(clock.starts_on, clock.due_on - timedelta(days=clock.warn_days))


def demand_more_time(clock: Extendable, days: int, today: date) -> None:
    """Refuse more time where there is none to give, twice, for more days than may be, and late."""
    if clock.extension_days is None:
        raise RuleBroken("no-extension")
    if clock.extended_days:
        raise RuleBroken("extension-used-up")
    if not 1 <= days <= clock.extension_days:
        raise RuleBroken("extension-too-long", days=clock.extension_days)
    if clock.due_on < today:
        raise RuleBroken("extension-too-late")


def may_have_more_time(clock: Extendable, today: date) -> bool:
    """Whether the head may add days."""
    return bool(clock.extension_days) and not clock.extended_days and clock.due_on >= today
