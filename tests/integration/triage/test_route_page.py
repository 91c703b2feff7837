"""Routing by hand on its page."""

import pytest

from portal.intake.states import ReportState
from portal.kernel.actor import Role
from tests.factories.accounts import enter_desk, make_account
from tests.factories.intake import make_report
from tests.pages import Pages

S = ReportState
WUJIN, TIANNING = "CULTURE_ENF@320412", "CULTURE_ENF@320402"


@pytest.fixture
def pages(app):
    pages = Pages(app)
    account = make_account(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400")
    enter_desk(pages, account)
    return pages


@pytest.mark.requirement("U18")
def test_a_clerk_sends_a_report_to_a_unit_near_it(pages):
    report = make_report(columns={"region": "320412"})

    page = pages.get(f"/desk/reports/{report.reference}/route")
    offered = [option["value"] for option in page.find("select[name=department] option")]
    page = pages.post(page, {"department": WUJIN, "reason": "在武进区"})

    assert WUJIN in offered
    assert TIANNING not in offered
    assert (report.state, report.department_code) == (S.ROUTED, WUJIN)
    assert page.status == 200


def test_any_other_unit_can_be_named(pages):
    report = make_report()

    page = pages.get(f"/desk/reports/{report.reference}/route")
    pages.post(page, {"other": "天宁区文化市场综合执法大队", "reason": "在天宁区"})

    assert report.department_code == TIANNING


@pytest.mark.requirement("U18")
@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "没有选单位"},
        {"other": "没有这个单位", "reason": "写错了"},
        {"other": TIANNING},
    ],
)
def test_a_unit_and_a_reason_are_needed(pages, fields):
    report = make_report()

    page = pages.post(pages.get(f"/desk/reports/{report.reference}/route"), fields)

    assert page.status == 422
    assert page.problems()
    assert report.state is S.RECEIVED


@pytest.mark.requirement("U18")
def test_a_unit_that_the_report_names_is_not_offered_and_not_taken(pages):
    report = make_report(columns={"region": "320412", "excluded_units": [WUJIN]})

    page = pages.get(f"/desk/reports/{report.reference}/route")
    offered = [option["value"] for option in page.find("select[name=department] option")]
    page = pages.post(page, {"other": WUJIN, "reason": "还是给它"})

    assert WUJIN not in offered
    assert page.status == 422
    assert report.state is S.RECEIVED


@pytest.mark.requirement("U18")
def test_the_second_of_two_tabs_is_told_that_somebody_was_quicker_and_keeps_what_was_typed(pages):
    report = make_report(columns={"region": "320412"})
    first, second = (pages.get(f"/desk/reports/{report.reference}/route") for _ in range(2))
    sent = {"department": WUJIN, "reason": "在武进区"}

    pages.post(first, sent)
    page = pages.post(second, {**sent, "reason": "也觉得在武进区"})

    assert page.status == 409
    assert "也觉得在武进区" in page.response.text
    assert report.routing_version == 1
