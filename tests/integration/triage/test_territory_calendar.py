"""A report that reaches a unit whose territory has days of its own is dated by these (F15)."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from portal.casework.models import SavedFilter
from portal.casework.queries.board import days_left, list_reports, viewpoint
from portal.casework.queries.filters import Filter
from portal.casework.service.acceptance import ReturnReport, return_report
from portal.casework.service.routing import route_report
from portal.casework.service.saved import (
    ChangeFilter,
    SaveFilter,
    change_filter,
    look_at_alerts,
    save_filter,
)
from portal.casework.service.watching import watch_clocks, watch_leads
from portal.infra.database import db
from portal.intake.models import Clock, Report
from portal.intake.rules import at_their_desks
from portal.intake.states import ReportState as S
from portal.jurisdiction import queries
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor
from portal.kernel.page import Window
from portal.triage.service import RouteReport, triage_report
from tests.factories.casework import make_clerk, make_officer, make_supervisor
from tests.factories.intake import make_report, submit
from tests.factories.jurisdiction import keep_festival
from tests.factories.leads import make_lead

pytestmark = pytest.mark.usefixtures("app", "known_place")
STORY = "武进区湖塘镇示例路12号的示例书店公开出售盗版教材，每本十元。"


@pytest.fixture
def festival():
    """For the next forty days nobody in Wujin works, and everybody else does as always."""
    return keep_festival()


def clock_of(report_id):
    clocks = db.select(Clock).where(Clock.report_id == report_id, Clock.stage == Stage.ACCEPT)
    return db.session.scalars(clocks).one()


@pytest.mark.requirement("F15")
def test_its_clocks_run_by_that_calendar_and_no_promise_moves_later(festival):
    sent = submit(narrative=STORY)
    promised = clock_of(sent.report_id).promised_on

    triage_report(sent.report_id, actor=Actor.system("test"))

    report, clock = db.session.get_one(Report, sent.report_id), clock_of(sent.report_id)
    assert report.department_code.endswith("@320412")
    assert (clock.territory, clock.promised_on) == ("320412", promised)
    assert clock.due_on >= festival
    assert report.next_due_on == clock.due_on


@pytest.mark.requirement("F15")
def test_what_goes_on_to_another_territory_is_dated_by_the_calendar_there(festival):
    sent = submit(narrative=STORY)
    triage_report(sent.report_id, actor=Actor.system("test"))

    elsewhere = RouteReport(sent.reference, "CULTURE_ENF@320402", "在天宁区")
    return_report(ReturnReport(sent.reference, "不在本区"), actor=make_officer())
    route_report(elsewhere, actor=make_clerk())

    clock = clock_of(sent.report_id)
    assert clock.territory == ""
    assert clock.due_on < festival


@pytest.mark.requirement("F15")
def test_what_is_left_is_counted_by_the_days_of_whoever_has_it(festival):
    view, far = viewpoint(make_officer()), festival + timedelta(days=20)
    for unit in ("CULTURE_ENF@320412", "CULTURE_ENF@320402"):
        make_report(state=S.ROUTED, columns={"next_due_on": far, "department_code": unit})
    lines = list_reports(db.session(), Filter(), viewpoint(make_supervisor()), Window()).items

    left = {line.department: line.days_left for line in lines}

    assert days_left(view.today, far, None) == left["CULTURE_ENF@320402"]
    assert left["CULTURE_ENF@320412"] < left["CULTURE_ENF@320402"] - 20


@pytest.mark.requirement("U19")
def test_on_a_day_off_of_a_territory_its_desks_are_left_alone(festival, monkeypatch):
    place, here = queries.current_place(), make_officer()
    there = make_officer("CULTURE_ENF@320402")
    for one in (here, there):
        kept = save_filter(SaveFilter("示例筛选", Filter()), actor=one)
        change_filter(ChangeFilter(kept, "示例筛选", digest=True), actor=one)
    days = (festival - timedelta(days=n) for n in range(1, 8))
    day = next(day for day in days if place.calendar.is_working_day(day))
    morning = datetime.combine(day, time(9, 30), ZoneInfo(place.zone))

    assert at_their_desks(place, morning) == {""}
    assert at_their_desks(place, morning - timedelta(hours=5)) == frozenset()
    with time_machine.travel(morning, tick=False):
        assert look_at_alerts(actor=Actor.system("test")) == 1
    told = {one.owner_id for one in db.session.scalars(db.select(SavedFilter)) if one.looked_at}
    assert told == {there.id}


def test_clocks_are_noted_on_days_on_which_their_territory_works(festival):
    sent = submit(narrative=STORY)
    triage_report(sent.report_id, actor=Actor.system("test"))
    clock, zone = clock_of(sent.report_id), ZoneInfo(queries.current_place().zone)
    clock.look_on = festival - timedelta(days=8)
    db.session.commit()

    for day in range(-7, 0):
        morning = datetime.combine(festival + timedelta(days=day), time(10), zone)
        with time_machine.travel(morning, tick=False):
            watch_clocks(actor=Actor.system("test"))

    assert (clock.warned_at, clock.breached_at) == (None, None)


@pytest.mark.requirement("F15")
def test_a_lead_runs_by_the_days_of_its_own_unit_which_is_left_alone_on_its_days_off(festival):
    place, zone = queries.current_place(), ZoneInfo(queries.current_place().zone)
    there, here = "CULTURE_ENF@320402", "CULTURE_ENF@320412"
    outwards = make_lead(make_report(state=S.ACCEPTED), unit=there)
    inwards = make_lead(make_report(state=S.ACCEPTED, department=there), unit=here)
    day = next(
        one
        for one in (festival - timedelta(days=n) for n in range(1, 9))
        if place.calendar.is_working_day(one)
    )
    for lead in (outwards, inwards):
        assert (lead.due_on > festival) is (lead is inwards)
        lead.look_on = day
    db.session.commit()

    with time_machine.travel(datetime.combine(day, time(10), zone), tick=False):
        watch_leads(actor=Actor.system("test"))

    assert inwards.warned_at is None
    assert outwards.warned_at or outwards.breached_at


@pytest.mark.requirement("U4")
def test_a_clock_is_watched_though_its_territory_has_no_days_of_its_own_any_more(festival):
    place = queries.current_place()
    sent = submit(narrative=STORY)
    triage_report(sent.report_id, actor=Actor.system("test"))
    calendar = replace(place.calendar, territories={})
    queries._kept.place = replace(place, calendar=calendar)  # noqa: SLF001
    late = festival + timedelta(days=60)
    day = next(
        d for d in (late + timedelta(days=n) for n in range(9)) if calendar.is_working_day(d)
    )

    with time_machine.travel(datetime.combine(day, time(10), ZoneInfo(place.zone)), tick=False):
        watch_clocks(actor=Actor.system("watch_clocks"))

    assert clock_of(sent.report_id).breached_at is not None
