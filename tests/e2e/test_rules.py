"""An administrator changes who is responsible: drafted, tried, published, and read by others."""

import json

import pytest

from tests.e2e import people
from tests.e2e.people import DISTRICT

pytestmark = [pytest.mark.timeout(300, method="thread"), pytest.mark.xdist_group("e2e")]

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
    ("language", "scripts", "kind"),
    [("zh-CN", True, "MARKET"), ("en", False, "COPYRIGHT")],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_a_rule_is_changed_with_its_effect_in_sight_and_old_reports_keep_the_rule_of_their_day(
    enter, installation, language, scripts, kind
):
    earlier_story, later_story = STORIES[language]
    with enter(language, scripts=scripts) as reporter, enter(language, scripts=scripts) as admin:
        earlier, before = _report(reporter, installation, earlier_story)

        people.sign_in(admin, installation, "admin")
        admin.follow("/desk/place")
        admin.follow("/desk/place/tables/routing")
        admin.follow(ROW)
        admin.follow("/change/software")
        admin.submit({"f_lead": kind, "f_support": kind})
        admin.follow("/desk/place/changes")
        assert not admin.page.locator("[name=reason]").count(), "a wrong draft cannot be published"
        admin.follow(ROW)
        admin.follow("/change/software")
        admin.submit({"f_support": "CULTURE_ENF"})
        admin.follow("/desk/place/changes")
        assert admin.page.locator("tr:has(code:text-is('software'))").count()
        admin.press("form[action$='/try/1000'] button")
        assert admin.path.startswith("/desk/triage/preview/")
        admin.open("/desk/place/changes")
        admin.submit({"reason": REASONS[language]})
        version = admin.path

    with enter(language, scripts=scripts) as reader, enter(language, scripts=scripts) as reporter:
        people.sign_in(reader, installation, "auditor")
        reader.open("/desk/place/versions")
        reader.follow(version)
        assert REASONS[language] in reader.text()
        reader.open(ROW)
        assert REASONS[language] in reader.text()
        assert not reader.page.locator("a[href$='/change/software']").count()

        _later, after = _report(reporter, installation, later_story)

    assert (before["rule"], after["rule"]) == ("software", "software")
    assert after["department"] == kind != before["department"]
    assert "the same comes out again" in installation.ask("triage", "replay", earlier.reference)
