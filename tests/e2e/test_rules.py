"""An official changes who is responsible: drafted, tried, published, and read by others."""

import json

import pytest

from tests.e2e import people
from tests.e2e.people import DISTRICT

pytestmark = pytest.mark.timeout(300, method="thread")

STORIES = (
    "A counter in Example Electronics Mall installs cracked design software for thirty yuan.",
    "A copy shop at Example Crossing installs cracked office software, twenty yuan each.",
)
REASON = "软件案件改由别的部门牵头"
KIND = "MARKET"
ROW = "/desk/place/tables/routing/row/software"


def _report(reporter, installation, narrative):
    where = {"region": DISTRICT, "category": "piracy.software"}
    receipt = people.report_on_one_page(reporter, narrative=narrative, **where)
    people.await_routing(installation, receipt)
    shown = json.loads(installation.ask("report", "show", receipt.reference, "--json"))
    return receipt, shown


@pytest.mark.requirement("E14")
def test_a_rule_is_changed_with_its_effect_in_sight_and_old_reports_keep_the_rule_of_their_day(
    enter, installation
):
    """Who drafts and who reads are Chinese; who confirms, and who reports, have no scripts."""
    earlier_story, later_story = STORIES
    with enter("en", scripts=False) as reporter, enter("zh-CN") as official:
        earlier, before = _report(reporter, installation, earlier_story)

        people.sign_in(official, installation, "admin")
        official.follow("/desk/place")
        official.follow("/desk/place/tables/routing")
        official.follow(ROW)
        official.follow("/change/software")
        official.page.locator(f"[name=f_support][value={KIND}]").check()
        official.submit({"f_lead": KIND})
        official.follow("/desk/place/changes")
        assert not official.page.locator("[name=reason]").count()  # wrong: not to be published
        official.follow(ROW)
        official.follow("/change/software")
        official.page.locator(f"[name=f_support][value={KIND}]").uncheck()
        official.submit()
        official.follow("/desk/place/changes")
        assert official.page.locator("tr:has(code:text-is('software'))").count()
        official.press("form[action$='/try/100000'] button")
        assert official.path.startswith("/desk/triage/preview/")
        official.open("/desk/place/changes")
        official.submit({"reason": REASON})
        assert official.page.locator("[data-waiting]").count() == 1
        assert not official.page.locator("[name=reason]").count()

    with enter("en", scripts=False) as confirming:
        people.sign_in(confirming, installation, "supervisor")
        confirming.open("/desk/place")
        confirming.press("[data-waiting] a")
        assert REASON in confirming.text()
        assert confirming.page.locator("tr:has(code:text-is('software'))").count()
        confirming.press("form[action$='/confirm'] button")
        version = confirming.path

    with enter("zh-CN") as another, enter("en", scripts=False) as reporter:
        people.enter_desk(another, installation, "auditor")
        another.open("/desk/place/versions")
        another.follow(version)
        assert REASON in another.text()
        another.open(ROW)
        assert REASON in another.text()
        assert not another.page.locator("a[href$='/change/software']").count()

        _later, after = _report(reporter, installation, later_story)

    assert (before["rule"], after["rule"]) == ("software", "software")
    assert after["department"] == KIND != before["department"]
    assert "the same comes out again" in installation.ask("triage", "replay", earlier.reference)
