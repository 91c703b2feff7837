"""A priority territory, from the table of the place to the clocks and the desk of a supervisor."""

from dataclasses import replace

import pytest

from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.jurisdiction.place import Stage, Urgency
from portal.jurisdiction.queries import current_place, forget_place
from portal.jurisdiction.service import store
from portal.kernel.actor import Actor, Role
from portal.triage.service import triage_report
from tests.factories.accounts import enter_desk, make_account
from tests.factories.intake import submit
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")


def triaged(region: str) -> Report:
    sent = submit(narrative="示例路书店卖盗版书", category="piracy.print", region=region)
    triage_report(sent.report_id, actor=Actor.system("test"))
    return db.session.get_one(Report, sent.report_id)


@pytest.mark.requirement("B29")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_priority_territory_shortens_clocks_and_stands_on_the_desk_of_the_superior(app, language):
    place = current_place()
    accept = next(one for one in place.clocks if one.stage is Stage.ACCEPT and not one.kind)
    urgent = replace(accept, id="urgent_accept", urgency=(Urgency.HIGH,), n=1)
    with unit_of_work(Actor.operator()) as uow:
        store(uow, replace(place, priority=("320412",), clocks=(urgent, *place.clocks)))
    forget_place()
    here, there = triaged("320412"), triaged("320404")
    pages = Pages(app, language)
    head = {"department": "SUPERVISION@320000", "region": "320000"}
    enter_desk(pages, make_account(Role.SUPERVISOR, **head))

    desk = pages.get("/desk")
    found = pages.get("/desk/reports?priority_region=y").text()

    assert (here.priority_region, there.priority_region) == (True, False)
    assert here.next_due_on < there.next_due_on
    assert "/desk/reports?priority_region=y" in desk.links()
    assert (
        "重点地区有 1 件" if language == "zh-Hans" else "1 open report in priority"
    ) in desk.text()
    assert here.reference in found
    assert there.reference not in found


def test_without_a_priority_territory_the_desk_says_nothing_of_it(app):
    triaged("320412")
    pages = Pages(app, "en")
    head = {"department": "SUPERVISION@320000", "region": "320000"}
    enter_desk(pages, make_account(Role.SUPERVISOR, **head))

    assert "in priority territories" not in pages.get("/desk").text()
