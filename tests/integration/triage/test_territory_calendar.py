"""A report that reaches a unit whose territory has days of its own is dated by these (F15)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.casework.service.acceptance import ReturnReport, return_report
from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.intake.models import Clock, Report
from portal.intake.rules import local_date
from portal.jurisdiction import queries
from portal.jurisdiction.calendar import OwnDay
from portal.jurisdiction.place import DayKind, Stage, Text
from portal.kernel.actor import Actor
from portal.triage.service import RouteReport, triage_report
from tests.factories.casework import make_clerk, make_officer
from tests.factories.intake import now, submit

pytestmark = pytest.mark.usefixtures("app", "known_place")
STORY = "武进区湖塘镇示例路12号的示例书店公开出售盗版教材，每本十元。"
AWAY = OwnDay(DayKind.HOLIDAY, Text("地方节日", "Local holiday"))


@pytest.fixture
def festival():
    """For the next forty days nobody in Wujin works, and everybody else does as always."""
    place = queries.current_place()
    today = local_date(place, now())
    own = {today + timedelta(days=n): AWAY for n in range(40)}
    calendar = replace(place.calendar, territories={"320412": own})
    queries._kept.place = replace(place, version=place.version, calendar=calendar)  # noqa: SLF001
    return today + timedelta(days=40)


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
