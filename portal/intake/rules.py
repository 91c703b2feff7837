"""Which clocks run for a report, and until when: pure decisions over the loaded place."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ada_url import URL

from portal.jurisdiction.history import day_in
from portal.jurisdiction.place import (
    Calendar,
    ClockEvent,
    ClockRule,
    DayUnit,
    Place,
    Stage,
    Urgency,
)
from portal.kernel.deadline import (
    Deadline,
    after_share,
    days_after,
    days_before,
    days_between,
    due_on,
)

LONGEST_URL: Final = 2000

# When people at their desks are reminded of anything (U30).
OPENS: Final = time(9)
CLOSES: Final = time(17, 30)

# The clock that must run once something has happened, whatever event its rule names.
AT_LATEST: Final = {
    ClockEvent.RECEIVED: frozenset({Stage.TRIAGE, Stage.ACCEPT}),
    ClockEvent.ACCEPTED: frozenset({Stage.VERIFY}),
    ClockEvent.VERIFIED: frozenset({Stage.FEEDBACK}),
    ClockEvent.ANSWERED: frozenset({Stage.CLOSE}),
    ClockEvent.CONTESTED: frozenset({Stage.CONTEST}),
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What decides which rule of a stage is a report's; `where` whose calendar it runs by."""

    kind: str
    urgency: Urgency
    category: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class ClockDates:
    """When a clock starts, warns and ends; `provisional` when it runs into an unknown year."""

    rule: ClockRule
    starts_on: date
    due_on: date
    warn_on: date
    provisional: bool
    territory: str = ""


def local_date(place: Place, at: datetime) -> date:
    """The day of a moment where the place is."""
    return day_in(place, at)


def working_territories(place: Place, at: datetime) -> frozenset[str]:
    """Where people work on the day of a moment: territories with days of their own, `""` the rest.

    Compare with `place.territory_of`.
    """
    day = local_date(place, at)
    all_of_them = ("", *place.calendar.territories)
    return frozenset(t for t in all_of_them if place.calendar_of(t).is_working_day(day))


def at_their_desks(place: Place, at: datetime) -> frozenset[str]:
    """The same for the hour too: nobody anywhere is reminded at night (U30)."""
    here = at.astimezone(ZoneInfo(place.zone))
    return working_territories(place, at) if OPENS <= here.time() < CLOSES else frozenset()


def clock_rule(place: Place, stage: Stage, matter: Matter) -> ClockRule:
    """The first rule of the stage that fits; the pack is checked to have one for every report."""
    return next(
        rule
        for rule in place.clocks
        if rule.stage is stage
        and (not rule.kind or matter.kind in rule.kind)
        and (not rule.urgency or matter.urgency in rule.urgency)
        and (not rule.category or matter.category in rule.category)
    )


def stages_started(
    place: Place, event: ClockEvent, matter: Matter, running: Collection[Stage] = ()
) -> Iterator[Stage]:
    """The stages whose clocks start with an event, but for those that run already.

    A clock that must run from here on starts even if its rule names an earlier event, which
    the second round of a contested report does not see again. Whether an order was followed is
    looked at where it was given, and no clock of a report.
    """
    must = AT_LATEST.get(event, frozenset())
    for stage in Stage:
        if (
            stage not in running
            and stage is not Stage.RECHECK
            and (stage in must or clock_rule(place, stage, matter).starts is event)
        ):
            yield stage


def clock_dates(place: Place, stage: Stage, matter: Matter, on: date) -> ClockDates:
    """Start the clock of `stage` on a day; that day itself does not count."""
    rule = clock_rule(place, stage, matter)
    territory = place.territory_of(matter.where)
    calendar = place.calendar_of(territory)
    end = due_on(on, rule.n, rule.unit, calendar)
    warn = max(on, warn_on(rule, on, end.on, calendar))
    return ClockDates(rule, on, end.on, warn, end.provisional, territory)


def warn_on(rule: ClockRule, start: date, end: date, calendar: Calendar) -> date:
    """The day on which the desk is warned: so many days before the end, or after so much of it."""
    if rule.warn_share:
        return after_share(start, end, rule.warn_share, rule.unit, calendar)
    return days_before(end, rule.warn_days, rule.unit, calendar)


def look_on(
    *, due: date, warn: date, warned: bool, breached: bool, used_up: date | None
) -> date | None:
    """The day on which somebody must look at a clock next; None if there is none.

    `used_up` is the day on which a clock that stands still has stood as long as it may.
    """
    if used_up is not None:
        return used_up
    if breached:
        return None
    return due + timedelta(days=1) if warned or warn > due else warn


def used_up_on(rule: ClockRule, paused_on: date, paused_days: int, calendar: Calendar) -> date:
    """The day on which a clock that stands still since a day has stood as long as it may (U32)."""
    return days_after(paused_on, max(0, rule.pause_cap - paused_days), rule.unit, calendar)


def days_stood(rule: ClockRule, paused_on: date, today: date, calendar: Calendar) -> int:
    """How many of its own days a clock has stood still, were there no cap."""
    return max(0, days_between(paused_on, today, rule.unit, calendar))


def end_of(
    rule: ClockRule, start: date, calendar: Calendar, *, paused: int = 0, extended: int = 0
) -> Deadline:
    """The end of a clock with the days it stood still and those by which it was extended."""
    return due_on(start, rule.n, rule.unit, calendar, paused=paused, extended=extended)


def no_instant_breach(end: Deadline, today: date, calendar: Calendar) -> Deadline:
    """At least one working day from today for a clock that was in time until now (U32)."""
    if end.on > today:
        return end
    return due_on(today, 1, DayUnit.WORKING, calendar)


def looks_like_address(text: str) -> bool:
    """Whether this can be an address, also one that people have made harmless (hxxp, [.])."""
    if len(text) > LONGEST_URL or any(letter.isspace() for letter in text):
        return False
    healed = text.replace("[.]", ".").replace("(.)", ".").replace("。", ".")
    healed = "http" + healed[4:] if healed.lower().startswith("hxxp") else healed
    if "://" not in healed:
        healed = f"http://{healed}"
    try:
        url = URL(healed)
    except ValueError:
        return False
    return "." in url.hostname or url.hostname == "localhost" or ":" in url.hostname
