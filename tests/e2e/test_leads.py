"""A report that names several places: one unit leads it, another looks into its lead."""

import pytest

from tests.e2e import people

pytestmark = pytest.mark.timeout(300, method="thread")

STORIES = {
    "zh-CN": (
        "一共两处：1）南京鼓楼区示例电脑城一楼的柜台卖盗版光盘；"
        "2）货都来自常州武进区湖塘镇一个民房仓库，门口停白色面包车。"
    ),
    "en": (
        "There are two places: 1) a market in Gulou District, Nanjing sells pirated DVDs;"
        " 2) the goods come from a warehouse by the canal in Wujin District, Changzhou."
    ),
}
FOUND = {"zh-CN": "仓库里有成箱的光盘。", "en": "Boxes of discs lay in the warehouse."}
REPORTER = {"name": "丁某某", "phone": "13800000000"}


@pytest.mark.requirement("A7")
@pytest.mark.parametrize(
    ("language", "scripts", "member"),
    [("zh-CN", True, "officer"), ("en", False, "head")],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_the_unit_of_the_second_place_reads_the_report_without_its_source_and_tells_the_first(
    enter, installation, language, scripts, member
):
    with enter(language, scripts=scripts) as reporter, enter(language, scripts=scripts) as officer:
        receipt = people.report_on_one_page(
            reporter,
            narrative=STORIES[language],
            category="piracy.av_physical",
            contact_mode="confidential",
            **REPORTER,
        )
        people.await_routing(installation, receipt)

        people.enter_desk(officer, installation, member)
        officer.open("/desk/leads")
        officer.follow(f"/desk/reports/{receipt.reference}#leads")
        assert STORIES[language] in officer.text()
        assert not officer.page.locator("#thread, a[href$='/accept'], a[href$='/ask']").count()
        officer.press("a[href^='/desk/leads/'][href$='/take']")
        officer.submit()
        officer.press("a[href^='/desk/leads/'][href$='/report']")
        officer.submit({"finding": "confirmed", "summary": FOUND[language]})
        assert FOUND[language] in officer.text()

    with enter(language, scripts=scripts) as leading, enter(language, scripts=scripts) as reporter:
        people.enter_desk(leading, installation, "supervisor")
        people.open_report(leading, receipt)
        assert FOUND[language] in leading.text()

        people.track(reporter, receipt)
        assert FOUND[language] not in reporter.text()
