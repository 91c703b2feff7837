"""A clerk's queue in a browser: two reports of one matter, many at once, a filter, who has it."""

import pytest

from tests.e2e import people

pytestmark = pytest.mark.timeout(300, method="thread")

ALIKE = {
    "zh-CN": (
        "武进区湖塘镇示例路66号“示例音像”卖盗版光盘，十块钱三张。",
        "湖塘镇示例路66号那家“示例音像”一直卖盗版碟，晚上从后门补货。",
    ),
    "en": (
        "Example Records, 武进区湖塘镇示例路77号, sells pirated discs, three for ten yuan.",
        "The shop Example Records at 湖塘镇示例路77号 sells pirated discs, even of new films.",
    ),
}
REFUNDS = {
    "zh-CN": "我办的健身卡三千八，上个月健身房关门了，电话不接，要求退钱。",
    "en": "I want a refund for my card: the gym has closed and nobody answers.",
}
NOTES = {"zh-CN": "是消费纠纷，统一说明。", "en": "A consumer matter: explain it the same way."}
FILTERS = {"zh-CN": "健身房退费", "en": "Gym refunds"}
COLLEAGUE = "丙某某"


@pytest.fixture(scope="module")
def colleague(installation):
    """A second clerk at the reception of the demonstration."""
    names = ("second-clerk", "--display-name", COLLEAGUE, "--role", "triage-clerk")
    unit = ("--department", "TRIAGE@000000", "--region", "000000")
    installation.ask("accounts", "create", *names, *unit)
    return COLLEAGUE


@pytest.mark.requirement("U34")
@pytest.mark.parametrize(
    ("language", "scripts"),
    [("zh-CN", True), ("en", False)],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_a_clerk_merges_and_parts_acts_on_many_keeps_a_filter_and_hands_over(
    enter, installation, colleague, language, scripts
):
    with enter(language, scripts=scripts) as reporter, enter(language, scripts=scripts) as clerk:
        stories = (*ALIKE[language], REFUNDS[language])
        first, second, refund = [
            people.report_on_one_page(reporter, narrative=story) for story in stories
        ]
        people.enter_desk(clerk, installation, "clerk")
        for receipt in (first, second, refund):
            people.await_routing(installation, receipt)
        people.open_report(clerk, second)
        clerk.follow(f"/compare/{first.reference}")
        assert all(story in clerk.text() for story in ALIKE[language])
        clerk.press("button[name=decision][value=merged]")
        assert first.reference in clerk.text("#relations + ul")
        clerk.press("form[action$='/undo'] button")
        assert not clerk.page.locator("#relations").count()

        clerk.open("/desk/reports?state=routed&who=nobody")
        clerk.press("a[href*='/desk/filters/new']")
        clerk.submit({"name": FILTERS[language]})
        clerk.submit({"digest": True})
        clerk.page.locator("main th a", has_text=FILTERS[language]).click()
        clerk.arrive()
        for receipt in (second, refund):
            clerk.page.locator(f"#pick-{receipt.reference}").check()
        clerk.fill("act", "note")
        clerk.press("#bulk button[type=submit]")
        assert refund.reference in clerk.text("main table")
        assert second.reference in clerk.text("main div:last-of-type > table")
        clerk.submit({"text": NOTES[language]})
        assert clerk.path.startswith("/desk/bulk/")

        people.open_report(clerk, refund)
        assert NOTES[language] in clerk.text()
        people.act(clerk, "claim")
        people.act(clerk, "hand-over", officer=colleague, reason=NOTES[language])
        assert colleague in clerk.text()
