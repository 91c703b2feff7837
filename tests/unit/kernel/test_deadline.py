"""Working-day arithmetic, on the calendars of both shipped packs."""

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal.jurisdiction.pack import pack_folder, read_pack
from portal.jurisdiction.place import Place
from portal.kernel.deadline import (
    DayUnit,
    Deadline,
    days_before,
    due_on,
    working_days_between,
)

TIPS = Path(__file__).parents[2] / "data" / "tips.jsonl"
PACKS = {"cn-culture": "cn_culture_market", "en-ipo": "en_ip_office"}


@pytest.fixture(scope="module")
def places() -> dict[str, Place]:
    return {name: read_pack(pack_folder(folder)) for name, folder in PACKS.items()}


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


def test_a_period_of_no_days_ends_on_the_day_of_the_event(china):
    assert due_on(date(2026, 3, 4), 0, DayUnit.WORKING, china).on == date(2026, 3, 4)


def test_a_negative_period_is_refused(china):
    with pytest.raises(ValueError, match="negative"):
        due_on(date(2026, 3, 4), -1, DayUnit.WORKING, china)
    with pytest.raises(ValueError, match="negative"):
        due_on(date(2026, 3, 4), 3, DayUnit.WORKING, china, paused=-1)


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
