"""What routing writes on a report, and what it lets nobody learn."""

import pytest
from sqlalchemy import select

from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.jurisdiction.place import Urgency
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.triage.models import RoutingDecision
from portal.triage.service import RouteReport, triage_report
from tests.factories.casework import make_clerk
from tests.factories.intake import make_report, submit

S = ReportState
SHOP = "武进区湖塘镇常乐路“星光音像”卖盗版光盘，电话13800000001。"

pytestmark = pytest.mark.usefixtures("app")


def triaged(narrative: str, **changes: object) -> Report:
    sent = submit(narrative=narrative, **changes)
    triage_report(sent.report_id, actor=Actor.system("test"))
    return db.session.get_one(Report, sent.report_id)


def explanation(report: Report) -> str:
    wanted = select(RoutingDecision).where(RoutingDecision.report_id == report.id)
    lines = db.session.scalars(wanted).one().explanation
    return "".join(line["zh"] + line["en"] for line in lines)


def test_an_explanation_does_not_name_the_report_that_this_one_repeats():
    first = triaged(SHOP)

    second = triaged(SHOP, category=None)

    assert second.duplicate_of == first.id
    assert first.reference not in explanation(second)
    assert "SL-" not in explanation(second)


@pytest.mark.requirement("F21")
@pytest.mark.requirement("F13")
@pytest.mark.parametrize("column", ["restricted", "conflict"])
def test_bait_finds_no_report_that_is_kept_from_others(column):
    hidden = triaged(SHOP)
    setattr(hidden, column, True)
    db.session.commit()

    bait = triaged("13800000001", category=None)
    control = triaged("13800000002", category=None)

    assert bait.duplicate_of is None
    assert (bait.category, bait.region) == (control.category, control.region)
    assert explanation(bait) == explanation(control)


@pytest.mark.requirement("F21")
def test_suspected_child_abuse_is_closed_to_others_under_any_category():
    report = triaged("武进区一家碟店卖盗版光盘，也卖儿童色情光盘。", category="piracy.av_physical")

    assert report.category == "piracy.av_physical"
    assert (report.restricted, report.urgency) == (True, Urgency.CRITICAL)
    assert report.department_code is not None
    assert report.department_code.startswith("POLICE@")


@pytest.mark.requirement("F21")
def test_a_category_set_by_hand_closes_a_report_and_makes_it_urgent():
    report = make_report()
    order = RouteReport(report.reference, "POLICE@320400", "是这一类", "child_abuse.material")

    route_report(order, actor=make_clerk())

    assert (report.restricted, report.urgency) == (True, Urgency.CRITICAL)


def test_a_category_set_by_hand_opens_no_report_and_makes_none_less_urgent():
    report = make_report(columns={"restricted": True, "urgency": Urgency.CRITICAL})
    order = RouteReport(report.reference, "CULTURE_ENF@320412", "盗版书", "piracy.print")

    route_report(order, actor=make_clerk())

    assert (report.restricted, report.urgency) == (True, Urgency.CRITICAL)


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("unit", ["CULTURE_ENF@320412", "CULTURE_ENF@320400", "CULTURE_ENF@000000"])
def test_the_office_above_the_one_that_is_named_is_refused_too(unit):
    named = {"region": "320412", "excluded_units": ["CULTURE_ENF@320412"]}
    report = make_report(columns=named)

    with pytest.raises(RuleBroken, match="department-is-named-in-the-report"):
        route_report(RouteReport(report.reference, unit, "还是给它"), actor=make_clerk())

    assert report.state is S.RECEIVED
