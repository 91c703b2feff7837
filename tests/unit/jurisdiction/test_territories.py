"""Days on which people in one territory work and in the rest of the place do not (F15)."""

import csv
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.intake.rules import Matter, clock_dates
from portal.jurisdiction.pack import check_pack, pack_folder
from portal.jurisdiction.place import Stage, Urgency
from tests.factories.packs import shipped

BRITAIN = shipped("en_ip_office")
ST_ANDREWS, EASTER_MONDAY, BOYNE = date(2026, 11, 30), date(2026, 4, 6), date(2026, 7, 13)


@pytest.mark.requirement("F15")
@pytest.mark.parametrize(
    ("where", "working"),
    [
        ("GB-EDH", {EASTER_MONDAY, BOYNE}),
        ("GB-SCT", {EASTER_MONDAY, BOYNE}),
        ("TRADING_STD@GB-EDH", {EASTER_MONDAY, BOYNE}),
        ("GB-BFS", {ST_ANDREWS}),
        ("GB-BIR", {ST_ANDREWS, BOYNE}),
        ("GB", {ST_ANDREWS, BOYNE}),
        (None, {ST_ANDREWS, BOYNE}),
        ("nowhere", {ST_ANDREWS, BOYNE}),
    ],
)
def test_a_territory_has_days_of_its_own_and_all_others_those_of_the_whole_place(where, working):
    calendar = BRITAIN.calendar_of(where)

    assert {
        day for day in (ST_ANDREWS, EASTER_MONDAY, BOYNE) if calendar.is_working_day(day)
    } == working


@pytest.mark.requirement("F15")
def test_a_clock_runs_by_the_calendar_of_where_it_runs():
    friday = date(2026, 11, 27)

    def ends(where):
        matter = Matter("tip", Urgency.NORMAL, BRITAIN.unsure_category, where)
        dates = clock_dates(BRITAIN, Stage.TRIAGE, matter, friday)
        return dates.due_on, dates.territory

    assert ends("GB-BIR")[1] == ""
    assert ends("GB-EDH")[1] == "GB-SCT"
    assert ends("GB-EDH")[0] > ends("GB-BIR")[0]


@pytest.mark.requirement("F15")
@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("2026-11-30,holiday,节,Day,GB-XXX\n", "'GB-XXX' is not a region"),
        ("2026-11-30,make-up-workday,班,Work,GB-WLS\n", "working day of the plain week anyway"),
        ("2026-11-30,holiday,节,Day,GB-SCT\n", "'2026-11-30 GB-SCT' is there twice"),
    ],
)
def test_a_wrong_day_of_a_territory_is_named(tmp_path, row, what):
    folder = shutil.copytree(pack_folder("en_ip_office"), tmp_path / "pack")
    with (folder / "calendar.csv").open("a", encoding="utf-8") as file:
        file.write(row)

    [problem] = [one for one in check_pack(folder) if not one.warning]

    assert what in problem.what


@pytest.mark.requirement("F15")
@pytest.mark.parametrize("territory", ["GB", "GB-SCT", "GB-NIR"])
def test_the_days_of_britain_are_its_bank_holidays_of_four_years(territory):
    table = (Path(__file__).parent / "bank_holidays.csv").read_text("utf-8")
    rows = csv.DictReader(table.splitlines())
    known = {date.fromisoformat(row["date"]) for row in rows if row["territory"] == territory}
    calendar, first, last = BRITAIN.calendar_of(territory), date(2024, 1, 1), date(2027, 12, 31)
    weekdays = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    off = {day for day in weekdays if day.weekday() < 5 and not calendar.is_working_day(day)}

    assert off == known
    assert (calendar.first_year, calendar.last_year) == (first.year, last.year)
