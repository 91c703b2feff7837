"""The optional "send to", from the public form to the desk (U18)."""

import pytest

from portal.infra.database import db
from portal.intake.models import Report
from portal.jurisdiction.competence import offices_of
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import RuleBroken
from portal.triage.service import triage_report
from tests.factories.accounts import enter_desk, make_account
from tests.factories.intake import submit
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
STORY = "武进区湖塘镇示例路12号的示例书店公开出售盗版教材，每本十元。"


@pytest.mark.requirement("U18")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_reporter_asks_for_an_office_and_the_desk_reads_which(app, language):
    place, public = current_place(), Pages(app, language)
    rule = next(one for one in place.rules if one.id == "books")
    helps = next(one.kind for one in offices_of(place) if one.kind in rule.support)

    page = public.get("/report/one-page")
    offered = [option["value"] for option in page.find("select[name=wish] option")]
    fields = {"narrative": STORY, "category": "piracy.print", "wish": helps, "region": "320412"}
    assert public.post(page, fields).status == 200
    report = db.session.scalars(db.select(Report)).one()
    triage_report(report.id, actor=Actor.system("test"))

    assert offered == ["", *(one.kind for one in offices_of(place))]
    assert report.department_code.startswith(f"{helps}@")
    desk, unit = Pages(app, language), report.department_code
    region = unit.partition("@")[2]
    enter_desk(desk, make_account(Role.CASE_OFFICER, department=unit, region=region))
    shown = desk.get(f"/desk/reports/{report.reference}").text()
    asked_for = "希望办理的部门" if language == "zh-Hans" else "Office asked for"
    assert asked_for in shown
    assert place.department_kinds[helps].name.in_(language) in shown


@pytest.mark.requirement("U18")
@pytest.mark.parametrize(
    ("wish", "category"),
    [("SUPERVISION", None), ("NOBODY", None), ("CULTURE_ENF", "complaint.staff")],
)
def test_an_office_that_is_not_offered_cannot_be_asked_for(wish, category):
    with pytest.raises(RuleBroken, match="department-unknown"):
        submit(narrative=STORY, wish=wish, category=category)


@pytest.mark.requirement("U18")
def test_a_caller_asks_for_an_office_and_an_instruction_from_above_does_not(app):
    place, desk = current_place(), Pages(app)
    enter_desk(desk, make_account(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400"))
    wished = next(iter(offices_of(place))).kind
    call = {"narrative": STORY, "wish": wished, "received_at": "2026-11-02T10:00"}
    above = {"instructed_by": "市局办公室", "instructed_on": "2026-11-02"}

    desk.post(desk.get("/desk/reports/new"), {**call, "channel": "telephone"})
    desk.post(desk.get("/desk/reports/new"), {**call, **above, "channel": "instruction"})

    reports = db.session.scalars(db.select(Report))
    assert {one.kind: one.wished_kind for one in reports} == {"tip": wished, "instruction": None}
