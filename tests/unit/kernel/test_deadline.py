"""Working-day arithmetic, on the calendars of both shipped packs."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.jurisdiction.place import Place
from portal.kernel.deadline import (
    DayUnit,
    Deadline,
    after_share,
    days_after,
    days_before,
    days_between,
    due_on,
    working_days_between,
)
from tests.factories.packs import shipped

TIPS = Path(__file__).parents[2] / "data" / "tips.jsonl"
PACKS = {"cn-culture": "cn_culture_market", "en-ipo": "en_ip_office"}


PLACES = {name: shipped(folder) for name, folder in PACKS.items()}

calendars = st.sampled_from([place.calendar for place in PLACES.values()])
units = st.sampled_from(DayUnit)
days = st.dates(date(2023, 11, 1), date(2027, 3, 31))
numbers = st.integers(0, 120)


@pytest.fixture(scope="module")
def places() -> dict[str, Place]:
    return PLACES


@pytest.fixture(scope="module")
def china(places):
    return places["cn-culture"].calendar


def clocks_of_the_tips():
    for line in TIPS.read_text(encoding="utf-8").splitlines():
        tip = json.loads(line)
        for clock in tip.get("clock", []):
            yield pytest.param(tip["pack"], tip["submitted_at"], clock, id=tip["id"])


@pytest.mark.requirement("F15")
@pytest.mark.requirement("U31")
@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2026, 2, 12), date(2026, 2, 28)),
        (date(2026, 4, 28), date(2026, 5, 11)),
        (date(2026, 9, 24), date(2026, 10, 12)),
        (date(2026, 9, 29), date(2026, 10, 14)),
    ],
)
def test_seven_working_days_go_round_holidays_and_count_make_up_days(china, start, due):
    assert due_on(start, 7, DayUnit.WORKING, china) == Deadline(due, provisional=False)


@pytest.mark.parametrize(("pack", "submitted_at", "clock"), list(clocks_of_the_tips()))
def test_every_clock_of_the_sample_tips_ends_when_it_should(places, pack, submitted_at, clock):
    place = places[pack]
    rule = next(rule for rule in place.clocks if rule.id == clock["rule"])
    start = datetime.fromisoformat(submitted_at).astimezone(ZoneInfo(place.zone)).date()

    due = due_on(start, rule.n, rule.unit, place.calendar)

    assert due == Deadline(date.fromisoformat(clock["due"]), provisional=False)


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2026, 248)])
def test_each_known_year_has_its_number_of_working_days(china, year, days):
    assert working_days_between(date(year - 1, 12, 31), date(year, 12, 31), china) == days


def test_a_calendar_period_that_ends_on_a_rest_day_ends_on_the_next_working_day(china):
    # 2026-09-20 is a Sunday on which people work; 2026-10-01 to 07 are days off.
    assert due_on(date(2026, 9, 5), 15, DayUnit.CALENDAR, china).on == date(2026, 9, 20)
    assert due_on(date(2026, 9, 16), 15, DayUnit.CALENDAR, china).on == date(2026, 10, 8)


@pytest.mark.parametrize("unit", list(DayUnit))
@pytest.mark.parametrize("day", [date(2026, 3, 4), date(2026, 10, 1), date(2026, 9, 19)])
def test_a_period_of_no_days_is_over_on_the_day_of_the_event_whatever_day_it_is(china, unit, day):
    assert due_on(day, 0, unit, china).on == day


def test_a_negative_period_is_refused(china):
    with pytest.raises(ValueError, match="negative"):
        due_on(date(2026, 3, 4), -1, DayUnit.WORKING, china)
    with pytest.raises(ValueError, match="negative"):
        due_on(date(2026, 3, 4), 3, DayUnit.WORKING, china, paused=-1)
    with pytest.raises(ValueError, match="negative"):
        due_on(date(2026, 3, 4), 3, DayUnit.WORKING, china, extended=-1)


@pytest.mark.parametrize("unit", list(DayUnit))
def test_paused_days_are_added_in_the_unit_of_the_clock(china, unit):
    start = date(2026, 9, 22)

    assert due_on(start, 7, unit, china, paused=3) == due_on(start, 10, unit, china)


@pytest.mark.parametrize(
    ("start", "provisional"),
    [
        (date(2026, 12, 20), False),
        (date(2026, 12, 28), True),
        (date(2027, 3, 1), True),
        (date(2023, 12, 28), True),
    ],
)
def test_a_deadline_that_counts_a_year_not_announced_is_provisional(china, start, provisional):
    assert due_on(start, 7, DayUnit.WORKING, china).provisional is provisional


def test_a_warning_comes_so_many_days_of_the_clock_before_the_end(china):
    assert days_before(date(2026, 10, 9), 2, DayUnit.WORKING, china) == date(2026, 9, 30)
    assert days_before(date(2026, 10, 9), 2, DayUnit.CALENDAR, china) == date(2026, 10, 7)


def test_working_days_between_two_days_count_the_last_and_not_the_first(china):
    assert working_days_between(date(2026, 9, 29), date(2026, 10, 14), china) == 7
    assert working_days_between(date(2026, 10, 14), date(2026, 9, 29), china) == -7
    assert working_days_between(date(2026, 10, 2), date(2026, 10, 2), china) == 0


# --- Day kinds ----------------------------------------------------------------------------------


@pytest.mark.requirement("F15")
@pytest.mark.parametrize(
    ("day", "working", "calendar"),
    [
        (date(2026, 9, 17), date(2026, 9, 18), date(2026, 9, 18)),  # before a working day
        (date(2026, 9, 18), date(2026, 9, 20), date(2026, 9, 20)),  # Sat off, Sun made up
        (date(2026, 9, 24), date(2026, 9, 28), date(2026, 9, 28)),  # holiday, then a weekend
        (date(2026, 10, 9), date(2026, 10, 10), date(2026, 10, 10)),  # Sat made up
        (date(2026, 10, 10), date(2026, 10, 12), date(2026, 10, 12)),  # Sun off
    ],
)
def test_the_day_after_each_kind_of_day_is_the_next_on_which_people_work(
    china, day, working, calendar
):
    assert due_on(day, 1, DayUnit.WORKING, china).on == working
    assert due_on(day, 1, DayUnit.CALENDAR, china).on == calendar


def test_a_period_over_the_leap_day_counts_it(places):
    plain = places["en-ipo"].calendar

    assert due_on(date(2024, 2, 22), 7, DayUnit.CALENDAR, plain).on == date(2024, 2, 29)
    assert due_on(date(2024, 2, 28), 1, DayUnit.WORKING, plain).on == date(2024, 2, 29)
    assert due_on(date(2025, 2, 28), 1, DayUnit.CALENDAR, plain).on == date(2025, 3, 3)


def test_beyond_the_last_year_the_plain_week_is_counted_and_said_to_be_provisional(china):
    assert due_on(date(2026, 12, 28), 7, DayUnit.WORKING, china) == Deadline(
        date(2027, 1, 6), provisional=True
    )


def test_an_extension_into_a_year_not_announced_makes_a_certain_date_provisional(china):
    start = date(2026, 12, 14)

    assert not due_on(start, 10, DayUnit.WORKING, china).provisional
    assert due_on(start, 10, DayUnit.WORKING, china, extended=10).provisional


def test_a_share_of_the_time_is_rounded_down_so_that_the_warning_is_not_late(china):
    start, end = date(2026, 9, 10), date(2026, 10, 8)

    assert days_between(start, end, DayUnit.WORKING, china) == 15
    assert after_share(start, end, 80, DayUnit.WORKING, china) == date(2026, 9, 28)
    assert after_share(start, end, 13, DayUnit.WORKING, china) == date(2026, 9, 11)
    assert after_share(start, end, 50, DayUnit.CALENDAR, china) == date(2026, 9, 24)


def test_days_that_have_gone_end_on_rest_days_too(china):
    assert days_after(date(2026, 9, 24), 2, DayUnit.CALENDAR, china) == date(2026, 9, 26)
    assert days_after(date(2026, 9, 24), 2, DayUnit.WORKING, china) == date(2026, 9, 29)
    assert days_between(date(2026, 9, 24), date(2026, 9, 26), DayUnit.CALENDAR, china) == 2


# --- What always holds --------------------------------------------------------------------------


@given(calendars, units, days, numbers, numbers)
def test_more_days_never_end_earlier(calendar, unit, start, n, more):
    assert due_on(start, n + more, unit, calendar).on >= due_on(start, n, unit, calendar).on
    longer = due_on(start, n, unit, calendar, paused=more)
    assert due_on(start, n, unit, calendar, paused=more, extended=more).on >= longer.on


@given(calendars, units, days, st.integers(1, 120))
def test_a_period_never_ends_on_a_rest_day_nor_on_the_day_of_the_event(calendar, unit, start, n):
    end = due_on(start, n, unit, calendar).on

    assert calendar.is_working_day(end)
    assert end > start


@given(calendars, days, numbers)
def test_a_working_period_has_as_many_working_days_as_it_says(calendar, start, n):
    end = due_on(start, n, DayUnit.WORKING, calendar).on

    assert working_days_between(start, end, calendar) == n


@given(calendars, days, numbers)
def test_a_calendar_period_is_moved_over_rest_days_only(calendar, start, n):
    end, plain = due_on(start, n, DayUnit.CALENDAR, calendar).on, start + timedelta(days=n)

    assert n == 0 or all(
        not calendar.is_working_day(plain + timedelta(days=skipped))
        for skipped in range((end - plain).days)
    )
