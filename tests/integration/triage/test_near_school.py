"""Near a school, from the text to the list and the page of a report."""

import pytest

from portal.infra.database import db
from portal.intake.models import Report
from portal.kernel.actor import Actor, Role
from portal.triage.service import triage_report
from tests.factories.accounts import enter_desk, make_account
from tests.factories.intake import submit
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
NEAR = "武进区湖塘镇一家书店离学校约150米，卖盗版教辅。"
FAR = "武进区湖塘镇一家书店离学校约800米，卖盗版教辅。"


def triaged(narrative: str) -> Report:
    sent = submit(narrative=narrative)
    triage_report(sent.report_id, actor=Actor.system("test"))
    return db.session.get_one(Report, sent.report_id)


@pytest.mark.requirement("C2")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_report_near_a_school_is_tagged_filtered_and_explained(app, language):
    near, far = triaged(NEAR), triaged(FAR)
    pages = Pages(app, language)
    unit = "CULTURE_ENF@320412"
    enter_desk(pages, make_account(Role.CASE_OFFICER, department=unit, region="320412"))

    everything = pages.get("/desk/reports").text()
    filtered = pages.get("/desk/reports?near_school=y").text()
    on_near = pages.get(f"/desk/reports/{near.reference}").text()
    on_far = pages.get(f"/desk/reports/{far.reference}").text()

    tag = "学校周边" if language == "zh-Hans" else "Near a school"
    assert (near.near_school, far.near_school) == (True, False)
    assert near.reference in everything
    assert far.reference in everything
    assert near.reference in filtered
    assert far.reference not in filtered
    assert tag in filtered
    assert "200" in on_near
    assert ("不标记" if language == "zh-Hans" else "not tagged") in on_far
