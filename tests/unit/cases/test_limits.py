"""How long the step of a case may take: extensions, standing still, when somebody looks."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from portal.cases.limits import (
    after_standing,
    demand_more_time,
    end_of,
    look_on,
    may_have_more_time,
)
from portal.jurisdiction.pack import pack_folder, read_pack
from portal.kernel.errors import RuleBroken

CALENDAR = read_pack(pack_folder("cn_culture_market")).calendar
MONDAY = date(2026, 3, 2)


@dataclass
class Clock:
    starts_on: date = MONDAY
    days: int = 10
    warn_days: int = 3
    extension_days: int | None = 7
    pause_cap: int = 5
    due_on: date = date(2026, 3, 12)
    extended_days: int = 0
    paused_on: date | None = None
    paused_days: int = 0
    provisional: bool = False


def test_the_day_of_the_event_does_not_count_and_a_rest_day_is_followed_by_a_working_day():
    assert end_of(Clock(), CALENDAR, paused=0, extended=0).on == date(2026, 3, 12)
    assert end_of(Clock(days=12), CALENDAR, paused=0, extended=0).on == date(2026, 3, 16)


@pytest.mark.requirement("C12")
@pytest.mark.parametrize(("stood", "counted"), [(0, 0), (4, 4), (5, 5), (30, 5)])
def test_the_time_stands_still_for_its_cap_at_most(stood, counted):
    clock = Clock(paused_on=date(2026, 3, 3))

    result = after_standing(clock, date(2026, 3, 3) + timedelta(days=stood), CALENDAR)

    assert result.days == counted


@pytest.mark.requirement("U32")
def test_what_was_in_time_has_a_working_day_left_when_it_runs_on():
    friday = date(2026, 4, 17)
    clock = Clock(paused_on=date(2026, 3, 12), pause_cap=2)

    assert after_standing(clock, friday, CALENDAR).end.on == date(2026, 4, 20)


def test_what_was_late_when_it_stopped_gets_no_day_as_a_present():
    clock = Clock(paused_on=date(2026, 3, 20), pause_cap=2)

    assert after_standing(clock, date(2026, 4, 17), CALENDAR).end.on == date(2026, 3, 16)


def test_a_clock_that_does_not_stand_is_as_it_was():
    assert after_standing(Clock(paused_days=2), date(2026, 4, 17), CALENDAR) == (
        after_standing(Clock(paused_days=2), MONDAY, CALENDAR)
    )


def test_somebody_looks_at_the_warning_then_after_the_end_and_then_no_more():
    assert look_on(Clock(), warned=False, breached=False) == date(2026, 3, 9)
    assert look_on(Clock(warn_days=30), warned=False, breached=False) == MONDAY
    assert look_on(Clock(), warned=True, breached=False) == date(2026, 3, 13)
    assert look_on(Clock(), warned=True, breached=True) is None


def test_a_clock_that_stands_is_looked_at_when_its_cap_is_used():
    standing = Clock(paused_on=date(2026, 3, 4), paused_days=2)

    assert look_on(standing, warned=True, breached=True) == date(2026, 3, 7)


@pytest.mark.parametrize(
    ("clock", "days", "day", "code"),
    [
        (Clock(extension_days=None), 1, MONDAY, "no-extension"),
        (Clock(extended_days=3), 1, MONDAY, "extension-used-up"),
        (Clock(), 8, MONDAY, "extension-too-long"),
        (Clock(), 0, MONDAY, "extension-too-long"),
        (Clock(), 1, date(2026, 3, 13), "extension-too-late"),
    ],
)
def test_more_time_is_given_once_within_the_limit_and_in_time(clock, days, day, code):
    with pytest.raises(RuleBroken, match=code):
        demand_more_time(clock, days, day)


def test_seven_days_more_are_given_on_the_last_day():
    demand_more_time(Clock(), 7, date(2026, 3, 12))

    assert may_have_more_time(Clock(), date(2026, 3, 12))
    assert not may_have_more_time(Clock(extension_days=None), MONDAY)
    assert not may_have_more_time(Clock(extended_days=1), MONDAY)
