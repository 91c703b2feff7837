"""Which clocks run for a report, and until when: pure decisions over the loaded place."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.jurisdiction.history import day_in
from portal.jurisdiction.place import ClockRule, Place, Stage, Urgency
from portal.kernel.deadline import days_before, due_on


@dataclass(frozen=True, slots=True)
class ClockDates:
    """When a clock starts, warns and ends; `provisional` when it runs into an unknown year."""

    rule: ClockRule
    starts_on: date
    due_on: date
    warn_on: date
    provisional: bool


def local_date(place: Place, at: datetime) -> date:
    """The day of a moment where the place is."""
    return day_in(place, at)


def clock_rule(place: Place, stage: Stage, kind: str, urgency: Urgency) -> ClockRule:
    """The first rule of the stage that fits; the pack is checked to have one for every report."""
    return next(
        rule
        for rule in place.clocks
        if rule.stage is stage
        and (not rule.kind or kind in rule.kind)
        and (not rule.urgency or urgency in rule.urgency)
    )


def clock_dates(place: Place, stage: Stage, kind: str, urgency: Urgency, on: date) -> ClockDates:
    """Start the clock of `stage` on a day; that day itself does not count."""
    rule = clock_rule(place, stage, kind, urgency)
    end = due_on(on, rule.n, rule.unit, place.calendar)
    warn = max(on, days_before(end.on, rule.warn_days, rule.unit, place.calendar))
    return ClockDates(rule, on, end.on, warn, end.provisional)
