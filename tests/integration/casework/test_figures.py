"""The figures of units: fair shares of a month, no person, and nothing said of too few."""

from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import delete, select, update

from portal.casework.figure_models import UnitMonth
from portal.casework.queries.board import viewpoint
from portal.casework.queries.figures import (
    get_together,
    list_endings,
    list_figures,
    list_months,
)
from portal.casework.service import figures
from portal.casework.service.figures import after, before, count_months
from portal.casework.service.merging import MergeReports, merge_reports
from portal.casework.service.verification import AnswerReport, answer_report
from portal.infra.database import db
from portal.intake.models import Clock, Report, Stream
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor, Role
from portal.kernel.page import Window
from tests.factories.casework import make_clerk, make_head, make_officer, make_supervisor
from tests.factories.intake import make_report

S = ReportState
OWN, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"
SYSTEM = Actor.system("test")
NOVEMBER = date(2026, 11, 1)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def today():
    with time_machine.travel(datetime.fromisoformat("2026-11-25T10:00:00+08:00"), tick=False):
        yield


def months_of(unit=OWN):
    return db.session.scalars(select(UnitMonth).where(UnitMonth.department_code == unit)).all()


@pytest.mark.requirement("F20")
def test_what_a_unit_came_to_is_counted_from_what_stands_on_its_reports(today):
    officer = make_officer()
    for state in (S.ANSWERED, S.CLOSED, S.CONTESTED, S.DECLINED, S.VERIFIED, S.ROUTED):
        make_report(state=state, officer=officer)
    late = make_report(state=S.CLOSED, officer=officer)
    found = make_report(state=S.CLOSED, officer=officer, columns={"stream": Stream.PATROL})
    db.session.execute(
        update(Clock)
        .where(Clock.report_id == late.id, Clock.stage == Stage.VERIFY)
        .values(due_on=date(2026, 11, 2))
    )
    db.session.commit()

    assert count_months(actor=SYSTEM) == count_months(actor=SYSTEM) == 1

    [row] = months_of()
    assert (row.month, row.answered, row.matters, row.in_time) == (NOVEMBER, 5, 5, 4)
    assert (row.contested, row.overturned, row.median_days) == (1, 0, 0.0)
    assert found.state is S.CLOSED


@pytest.mark.requirement("U2")
def test_every_reason_of_the_list_has_a_figure_of_its_own(today):
    officer, clerk = make_officer(), make_clerk()
    for state in (S.CLOSED, S.CLOSED, S.DECLINED):
        make_report(state=state, officer=officer, clerk=clerk)
    count_months(actor=SYSTEM)

    lines = list_endings(db.session(), NOVEMBER, viewpoint(make_head()))

    assert {line.reason: line.count for line in lines} == {
        "close.measures-taken": 2,
        "decline.no-breach": 1,
    }


def test_merged_reports_are_reports_and_one_matter(today):
    officer = make_officer()
    leading, follows = make_report(state=S.VERIFIED, officer=officer), make_report(state=S.ROUTED)
    merge_reports(MergeReports(leading.reference, follows.reference), actor=officer)
    answer_report(AnswerReport(leading.reference, "我们去过了。"), actor=officer)
    count_months(actor=SYSTEM)

    [row] = months_of()
    assert (row.answered, row.matters) == (2, 1)


def stored(unit, answered, month=NOVEMBER, **more):
    values = {"in_time": answered, "contested": 0, "overturned": 0} | more
    row = UnitMonth(
        department_code=unit,
        month=month,
        answered=answered,
        matters=answered,
        median_days=4.0,
        endings={},
        **values,
    )
    db.session.add(row)
    db.session.commit()


@pytest.mark.requirement("F20")
def test_shares_of_too_few_reports_are_not_told():
    stored(OWN, 40, in_time=30, contested=12, overturned=3)
    stored(OTHER, 9, in_time=3)
    view = viewpoint(make_supervisor())

    few, enough = list_figures(db.session(), NOVEMBER, view, Window()).items

    assert (few.department, few.answered, few.in_time, few.median_days) == (OTHER, 9, None, None)
    assert (enough.in_time, enough.contested, enough.overturned) == (75, 30, 25)
    together = get_together(db.session(), NOVEMBER, view)
    assert (together.answered, together.in_time) == (49, 67)


@pytest.mark.requirement("F20")
@pytest.mark.requirement("U33")
def test_a_head_reads_of_the_own_unit_and_a_supervisor_of_the_region_only():
    stored(OWN, 20)
    stored(OTHER, 20)
    stored("CULTURE_ENF@410105", 20)

    def units(actor):
        page = list_figures(db.session(), NOVEMBER, viewpoint(actor), Window())
        return [line.department for line in page.items]

    assert units(make_head()) == [OWN]
    assert units(make_supervisor("320000")) == [OTHER, OWN]
    assert get_together(db.session(), NOVEMBER, viewpoint(make_head())).answered == 20
    assert list_months(db.session(), viewpoint(make_head("CULTURE_ENF@320404"))) == []


def test_a_month_that_is_too_long_to_be_counted_at_once_is_counted_whole(today, monkeypatch):
    monkeypatch.setattr(figures, "AT_ONCE", 2)
    officer = make_officer()
    for _one in range(5):
        make_report(state=S.ANSWERED, officer=officer)

    count_months(actor=SYSTEM)

    assert months_of()[0].answered == 5


def test_a_month_of_which_nothing_is_left_has_no_figures(today):
    report = make_report(state=S.DECLINED)
    count_months(actor=SYSTEM)
    db.session.execute(update(Report).where(Report.id == report.id).values(stream=Stream.PATROL))
    db.session.commit()

    count_months(actor=SYSTEM)

    assert months_of() == []
    db.session.execute(delete(UnitMonth))


@pytest.mark.parametrize("month", [date(2026, 1, 1), date(2026, 2, 1), date(2026, 12, 1)])
def test_a_month_follows_the_one_before_it(month):
    assert after(before(month)) == before(after(month)) == month


@pytest.mark.requirement("F20")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_names_units_and_no_persons_and_takes_as_many_statements(
    desk, counted, today, language
):
    unit = {"department": "SUPERVISION@320000", "region": "320000"}
    pages, _supervisor = desk(Role.SUPERVISOR, language=language, **unit)
    officer = make_officer(display_name="示例某某人")
    make_report(state=S.CLOSED, officer=officer)
    count_months(actor=SYSTEM)
    pages.get("/desk/figures")

    with counted() as statements:
        page = pages.get("/desk/figures?month=2026-11")

    assert len(statements) <= 6, statements
    assert "武进" in page.text("main") or "Wujin" in page.text("main")
    assert "示例某某人" not in page.text("main")
    assert pages.get("/desk/figures?month=2026-13").status == 422
    assert pages.get("/desk/figures?month=2020-01").status == 200


def test_officers_have_no_page_of_figures(desk):
    pages, _officer = desk(Role.CASE_OFFICER)

    assert pages.get("/desk/figures").status == 403
