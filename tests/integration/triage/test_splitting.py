"""A report that names several places becomes several leads, and stays one report (A7)."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.casework.service.routing import route_report
from portal.feedback.queries import get_tracking
from portal.infra.database import db
from portal.intake.lead_models import Lead
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor
from portal.triage.service import RouteReport, triage_report
from tests.factories.casework import make_clerk
from tests.factories.intake import submit
from tests.factories.jurisdiction import UNIT_NAME, renamed_pack
from tests.pages import Pages

TIPS = Path(__file__).parents[2] / "data" / "tips.jsonl"
TWO_PLACES = (
    "常州市武进区湖塘镇有一家书店卖盗版教材，学校门口。"
    "另外常州市天宁区青龙街道有一家书店也卖同样的盗版教材，是同一个老板。"
)

pytestmark = pytest.mark.usefixtures("app")


def sample(name: str) -> dict[str, str]:
    tips = (json.loads(row) for row in TIPS.read_text(encoding="utf-8").splitlines())
    tip = next(tip for tip in tips if tip["id"] == name)
    return {"narrative": tip["text"], "title": tip["title"]}


def triaged(**changes: object) -> Report:
    sent = submit(category=None, **changes)
    triage_report(sent.report_id, actor=Actor.system("test"))
    return db.session.get_one(Report, sent.report_id)


def leads_of(report: Report) -> list[tuple[int, str, str | None]]:
    wanted = select(Lead).where(Lead.report_id == report.id).order_by(Lead.number)
    return [(one.number, one.region, one.department_code) for one in db.session.scalars(wanted)]


@pytest.mark.requirement("A7")
def test_the_sample_with_two_places_ends_with_a_unit_for_each():
    report = triaged(**sample("C06"))

    assert (report.region, report.state) == ("410105", ReportState.ROUTED)
    unit = current_place().department_for("CULTURE_ENF", "410184")
    assert leads_of(report) == [(1, "410184", unit.code)]


def test_triage_that_runs_twice_splits_once():
    report = triaged(**sample("C06"))

    triage_report(report.id, actor=Actor.system("test"))

    assert len(leads_of(report)) == 1


@pytest.mark.requirement("A7")
def test_two_places_with_units_of_their_own_each_get_what_is_theirs():
    report = triaged(narrative=TWO_PLACES)

    assert report.department_code == "CULTURE_ENF@320412"
    assert leads_of(report) == [(1, "320402", "CULTURE_ENF@320402")]


@pytest.mark.requirement("A7")
def test_a_lead_goes_to_whoever_acts_there_for_the_office_that_the_rule_names(tmp_path):
    folder = renamed_pack(tmp_path, UNIT_NAME)
    with (folder / "delegations.csv").open("a", encoding="utf-8") as file:
        file.write("CULTURE_ENF,MARKET,320402,,示例文件,,,\n")
    load_pack(LoadPack(str(folder)), actor=Actor.operator())

    report = triaged(narrative=TWO_PLACES)

    assert report.department_code == "CULTURE_ENF@320412"
    assert leads_of(report) == [(1, "320402", "MARKET@320402")]


def test_a_report_of_one_place_has_no_leads():
    assert leads_of(triaged()) == []


@pytest.mark.requirement("F21")
def test_a_report_that_becomes_restricted_by_hand_ends_its_leads():
    report = triaged(**sample("C06"))
    order = RouteReport(
        report.reference, "POLICE@000000", "涉及未成年人", category="child_abuse.material"
    )

    route_report(order, actor=make_clerk("TRIAGE@410000"))

    assert report.restricted
    states = select(Lead.state).where(Lead.report_id == report.id)
    assert [str(state) for state in db.session.scalars(states)] == ["ended"]


@pytest.mark.requirement("A7")
@pytest.mark.requirement("F13")
def test_a_report_about_an_office_is_not_split():
    report = triaged(
        narrative="郑州市金水区和新郑市的文化执法人员收受书店好处，故意不查盗版教材，" * 2
    )

    assert report.conflict
    assert leads_of(report) == []


def test_the_reporter_reads_that_offices_in_two_places_look_into_it():
    report = triaged(**sample("C06"))

    assert get_tracking(db.session(), report.id).places == 2
    assert report.state is ReportState.ROUTED


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_of_the_reporter_says_so_in_plain_words(app, language):
    sent = submit(category=None, **sample("C06"))
    triage_report(sent.report_id, actor=Actor.system("test"))
    browser = Pages(app, language)

    page = browser.post(browser.get("/track"), {"code": sent.code.text})

    assert ("有 2 个地方" if language == "zh-Hans" else "offices in 2 places") in page.text()


@pytest.mark.requirement("A7")
def test_what_looks_like_an_earlier_report_has_leads_of_its_own():
    first, second = triaged(narrative=TWO_PLACES), triaged(narrative=TWO_PLACES)

    assert second.duplicate_of == first.id
    assert leads_of(second) == leads_of(first) == [(1, "320402", "CULTURE_ENF@320402")]
