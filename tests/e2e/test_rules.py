"""An official changes who is responsible: drafted, tried, published, and read by others."""

import json

import pytest

from tests.e2e import people
from tests.e2e.people import DISTRICT

pytestmark = pytest.mark.timeout(300, method="thread")

STORIES = {
    "zh-CN": (
        "示例电子城二楼的柜台给人装破解的设计软件，一份三十块。",
        "示例路口的打字店替人装破解的办公软件，装一台收二十块。",
    ),
    "en": (
        "A counter in Example Electronics Mall installs cracked design software for thirty yuan.",
        "A copy shop at Example Crossing installs cracked office software, twenty yuan each.",
    ),
}
REASONS = {"zh-CN": "软件案件改由别的部门牵头", "en": "Another kind of office leads on software"}
ROW = "/desk/place/tables/routing/row/software"


def _report(reporter, installation, narrative):
    where = {"region": DISTRICT, "category": "piracy.software"}
    receipt = people.report_on_one_page(reporter, narrative=narrative, **where)
    people.await_routing(installation, receipt)
    shown = json.loads(installation.ask("report", "show", receipt.reference, "--json"))
    return receipt, shown


@pytest.mark.requirement("E14")
@pytest.mark.parametrize(
    ("language", "scripts", "kind", "editor", "second", "reader"),
    [
        ("zh-CN", True, "MARKET", "admin", "supervisor", "auditor"),
        ("en", False, "COPYRIGHT", "supervisor", "admin", "finance"),
    ],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_a_rule_is_changed_with_its_effect_in_sight_and_old_reports_keep_the_rule_of_their_day(
    enter, installation, language, scripts, kind, editor, second, reader
):
    earlier_story, later_story = STORIES[language]
    with enter(language, scripts=scripts) as reporter, enter(language, scripts=scripts) as official:
        earlier, before = _report(reporter, installation, earlier_story)

        people.sign_in(official, installation, editor)
        official.follow("/desk/place")
        official.follow("/desk/place/tables/routing")
        official.follow(ROW)
        official.follow("/change/software")
        official.page.locator(f"[name=f_support][value={kind}]").check()
        official.submit({"f_lead": kind})
        official.follow("/desk/place/changes")
        assert not official.page.locator("[name=reason]").count()  # wrong: not to be published
        official.follow(ROW)
        official.follow("/change/software")
        official.page.locator(f"[name=f_support][value={kind}]").uncheck()
        official.submit()
        official.follow("/desk/place/changes")
        assert official.page.locator("tr:has(code:text-is('software'))").count()
        official.press("form[action$='/try/1000'] button")
        assert official.path.startswith("/desk/triage/preview/")
        official.open("/desk/place/changes")
        official.submit({"reason": REASONS[language]})
        assert official.page.locator("[data-waiting]").count() == 1
        assert not official.page.locator("[name=reason]").count()

    with enter(language, scripts=scripts) as confirming:
        people.sign_in(confirming, installation, second)
        confirming.open("/desk/place")
        confirming.press("[data-waiting] a")
        assert REASONS[language] in confirming.text()
        assert confirming.page.locator("tr:has(code:text-is('software'))").count()
        confirming.press("form[action$='/confirm'] button")
        version = confirming.path

    with enter(language, scripts=scripts) as another, enter(language, scripts=scripts) as reporter:
        people.enter_desk(another, installation, reader)
        another.open("/desk/place/versions")
        another.follow(version)
        assert REASONS[language] in another.text()
        another.open(ROW)
        assert REASONS[language] in another.text()
        assert not another.page.locator("a[href$='/change/software']").count()

        _later, after = _report(reporter, installation, later_story)

    assert (before["rule"], after["rule"]) == ("software", "software")
    assert after["department"] == kind != before["department"]
    assert "the same comes out again" in installation.ask("triage", "replay", earlier.reference)
