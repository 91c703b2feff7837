"""Which clock runs for a report and until when, against a table that an official can read."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.intake.rules import (
    Matter,
    at_their_desks,
    clock_dates,
    clock_rule,
    days_stood,
    end_of,
    local_date,
    look_on,
    no_instant_breach,
    stages_started,
    used_up_on,
    warn_on,
)
from portal.jurisdiction.place import STARTS, ClockEvent, Stage, Urgency
from portal.kernel.deadline import DayUnit, Deadline
from tests.factories.packs import shipped

TABLE = Path(__file__).with_name("clocks.csv")
PACKS = {name: shipped(name) for name in ("cn_culture_market", "en_ip_office")}
CHINA = PACKS["cn_culture_market"]
TIP = Matter("tip", Urgency.NORMAL, "piracy.print")

with TABLE.open(encoding="utf-8", newline="") as source:
    ROWS = list(csv.DictReader(source))

places = st.sampled_from(list(PACKS.values()))
days = st.dates(date(2023, 12, 1), date(2027, 2, 28))


def rule(place, name):
    return next(rule for rule in place.clocks if rule.id == name)


@st.composite
def clocks(draw):
    """A place, one of its rules and a day."""
    place = draw(places)
    return place, draw(st.sampled_from(place.clocks)), draw(days)


# --- The table ----------------------------------------------------------------------------------


@pytest.mark.requirement("F15")
@pytest.mark.requirement("U31")
@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['rule']}-{row['start']}-{row['days_paused']}"
)
def test_a_clock_ends_on_the_day_of_the_table(row):
    place = PACKS[row["pack"]]

    end = end_of(
        rule(place, row["rule"]),
        date.fromisoformat(row["start"]),
        place.calendar,
        paused=int(row["days_paused"]),
        extended=int(row["days_extended"]),
    )

    assert end == Deadline(date.fromisoformat(row["due"]), row["provisional"] == "yes")


def test_the_table_has_every_rule_of_both_packs():
    written = {(row["pack"], row["rule"]) for row in ROWS}

    assert written == {(name, one.id) for name, place in PACKS.items() for one in place.clocks}


# --- Which clock --------------------------------------------------------------------------------


@pytest.mark.requirement("B2")
def test_three_sources_have_three_sets_of_clocks():
    accept = {
        kind: clock_rule(CHINA, Stage.ACCEPT, replace(TIP, kind=kind)).id
        for kind in ("tip", "complaint", "instruction")
    }

    assert len(set(accept.values())) == 3
    assert clock_rule(CHINA, Stage.FEEDBACK, replace(TIP, kind="instruction")).n < 5


def test_what_is_suspected_of_abusing_children_is_routed_at_once_also_on_a_holiday():
    matter = Matter("tip", Urgency.CRITICAL, "child_abuse.material")

    for place in PACKS.values():
        holiday = next(iter(place.calendar.days))
        assert clock_dates(place, Stage.TRIAGE, matter, holiday).due_on == holiday


@pytest.mark.parametrize("place", PACKS.values(), ids=PACKS)
def test_a_clock_that_must_run_starts_even_if_its_rule_names_an_earlier_event(place):
    expected = {
        ClockEvent.RECEIVED: {Stage.TRIAGE, Stage.ACCEPT},
        ClockEvent.ROUTED: set(),
        ClockEvent.ANSWERED: {Stage.CLOSE},
        ClockEvent.CONTESTED: {Stage.CONTEST},
        ClockEvent.TRANSFERRED: {Stage.TRANSFER},
        ClockEvent.DECIDED: {Stage.RESULT},
    }

    assert {e: set(stages_started(place, e, TIP)) for e in expected} == expected
    assert Stage.VERIFY in set(stages_started(place, ClockEvent.ACCEPTED, TIP))
    assert set(stages_started(place, ClockEvent.VERIFIED, TIP)) == {Stage.FEEDBACK}
    assert not set(stages_started(place, ClockEvent.VERIFIED, TIP, {Stage.FEEDBACK}))


def test_feedback_within_three_months_counts_from_the_acknowledgement():
    started = set(stages_started(PACKS["en_ip_office"], ClockEvent.ACCEPTED, TIP))

    assert started == {Stage.VERIFY, Stage.FEEDBACK}


def test_every_stage_has_an_event_and_every_event_a_stage():
    assert set(STARTS) == set(Stage)
    assert {event for events in STARTS.values() for event in events} == set(ClockEvent)


@pytest.mark.requirement("U30")
@given(clocks(), st.sampled_from(Stage))
def test_what_is_more_urgent_is_never_due_later(drawn, stage):
    place, _rule, day = drawn
    due = [
        clock_dates(place, stage, replace(TIP, urgency=urgency), day).due_on for urgency in Urgency
    ]

    assert due == sorted(due)


# --- The day, where the place is ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-09-23T15:59:59+00:00", date(2026, 9, 23)),
        ("2026-09-23T16:00:00+00:00", date(2026, 9, 24)),
        ("2026-09-24T00:00:00+08:00", date(2026, 9, 24)),
        ("2026-09-24T23:59:59+08:00", date(2026, 9, 24)),
    ],
)
def test_the_last_second_of_a_day_and_the_first_of_the_next_are_told_apart(moment, day):
    assert local_date(CHINA, datetime.fromisoformat(moment)) == day


@pytest.mark.requirement("U30")
@pytest.mark.parametrize(
    ("moment", "at_work"),
    [
        ("2026-09-24T08:59:59+08:00", False),
        ("2026-09-24T09:00:00+08:00", True),
        ("2026-09-24T17:29:59+08:00", True),
        ("2026-09-24T17:30:00+08:00", False),
        ("2026-09-20T10:00:00+08:00", True),  # a Sunday on which people work
        ("2026-09-19T10:00:00+08:00", False),
        ("2026-10-01T10:00:00+08:00", False),
    ],
)
def test_people_are_at_their_desks_on_working_days_of_the_place_only(moment, at_work):
    assert at_their_desks(CHINA, datetime.fromisoformat(moment)) == ({""} if at_work else set())


# --- Warning ------------------------------------------------------------------------------------


@pytest.mark.requirement("U4")
def test_a_warning_comes_some_days_before_the_end_or_after_a_share_of_the_time():
    verify, accept = rule(CHINA, "verify_15_working_days"), rule(CHINA, "accept_7_working_days")
    start = date(2026, 9, 10)
    end = end_of(verify, start, CHINA.calendar).on

    assert warn_on(verify, start, end, CHINA.calendar) == date(2026, 9, 28)  # 12 of 15 days
    assert warn_on(accept, start, date(2026, 9, 21), CHINA.calendar) == date(2026, 9, 18)


@given(clocks())
def test_a_clock_is_looked_at_to_warn_then_after_its_end_and_then_no_more(drawn):
    place, one, day = drawn
    dates = clock_dates(place, one.stage, TIP, day)
    of_it = {"due": dates.due_on, "warn": dates.warn_on, "used_up": None}

    first = look_on(**of_it, warned=False, breached=False)
    second = look_on(**of_it, warned=True, breached=False)

    assert day <= first <= dates.due_on < second == dates.due_on + timedelta(days=1)
    assert look_on(**of_it, warned=True, breached=True) is None


# --- Standing still (U32) -----------------------------------------------------------------------


@pytest.mark.requirement("U32")
def test_a_clock_stands_still_no_longer_than_its_cap():
    verify = rule(CHINA, "verify_15_working_days")
    paused_on = date(2026, 9, 24)

    assert used_up_on(verify, paused_on, 0, CHINA.calendar) == date(2026, 10, 22)
    assert used_up_on(verify, paused_on, 14, CHINA.calendar) == date(2026, 9, 28)
    assert used_up_on(verify, paused_on, 15, CHINA.calendar) == paused_on


@pytest.mark.requirement("U32")
@given(clocks(), st.integers(0, 60), st.integers(0, 60))
def test_what_stood_still_and_runs_on_is_never_due_in_the_past(drawn, until_paused, stood):
    place, one, start = drawn
    paused_on = start + timedelta(days=until_paused)
    today = paused_on + timedelta(days=stood)
    before = end_of(one, start, place.calendar)
    days_added = min(one.pause_cap, days_stood(one, paused_on, today, place.calendar))

    end = end_of(one, start, place.calendar, paused=days_added)
    if before.on >= paused_on:
        end = no_instant_breach(end, today, place.calendar)
        assert end.on > today
    assert end.on >= before.on


@given(clocks(), st.integers(1, 30), st.integers(0, 30))
def test_an_extension_always_gives_a_later_day(drawn, extended, paused):
    place, one, start = drawn

    plain = end_of(one, start, place.calendar, paused=paused)
    longer = end_of(one, start, place.calendar, paused=paused, extended=extended)

    assert longer.on > plain.on


def test_an_extension_counts_on_from_a_day_that_a_holiday_has_moved():
    fortnight = rule(CHINA, "copyright_accept_15_calendar_days")
    start = date(2026, 9, 16)  # the fifteenth day is 1 October, so it ends on the 8th

    assert end_of(fortnight, start, CHINA.calendar).on == date(2026, 10, 8)
    assert end_of(fortnight, start, CHINA.calendar, extended=3).on == date(2026, 10, 12)


def test_times_are_utc_inside():
    assert local_date(CHINA, datetime(2026, 12, 31, 16, tzinfo=UTC)) == date(2027, 1, 1)


def test_units_are_the_rules_own_and_are_not_inferred_from_the_number():
    seven = {(one.n, one.unit) for place in PACKS.values() for one in place.clocks if one.n == 7}

    assert seven == {(7, DayUnit.WORKING), (7, DayUnit.CALENDAR)}
