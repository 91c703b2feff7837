"""A case in a browser: chain, supervision, one answer to all reporters, the police."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from tests.e2e import people
from tests.e2e.people import CHINESE, ENGLISH
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(300, method="thread")

TODAY = datetime.now(UTC) + timedelta(hours=8)
WORDS = {"zh-CN": CHINESE, "en": ENGLISH}


def fill_the_case(officer: Visitor, home: str) -> None:
    """Parties with a link between them, a grade that makes it a major case, a lead, a question."""
    for role, name in (("seller", "示例音像店"), ("printer", "示例复制厂")):
        officer.open(f"{home}/add-party")
        officer.submit({"role": role, "name": name})
    officer.open(f"{home}/add-edge")
    for end, name in (("supplier", "示例复制厂"), ("customer", "示例音像店")):
        option = officer.page.locator(f"select[name={end}] option", has_text=name)
        officer.fill(end, option.get_attribute("value"))
    officer.submit({"evidence": "送货单三张"})
    assert officer.page.locator("main svg").count() == 1
    officer.open(f"{home}/grade")
    officer.page.locator("main [name=factors][value=many-copies]").check()
    officer.submit({"grade": "grave", "copies": "500"})
    officer.follow("/send")
    officer.submit({"text": "查获五百张。"})
    officer.open(f"{home}/follow")
    asked = {"region": "320402", "kind": "CULTURE_ENF", "direction": "up", "asked": "请查。"}
    officer.submit(asked)
    officer.open(f"{home}/ask-adviser")
    officer.submit({"adviser": "法制科", "question": "是否构成？"})
    officer.follow("/answer")
    officer.submit({"answered_on": TODAY.date().isoformat(), "answer": "构成。"})


@pytest.mark.requirement("C10")
@pytest.mark.requirement("D8")
@pytest.mark.requirement("B13")
@pytest.mark.parametrize(
    ("language", "scripts"),
    [("zh-CN", True), ("en", False)],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_a_case_is_filled_supervised_answered_and_goes_to_the_police(
    enter, installation, language, scripts
):
    words = WORDS[language]
    with enter(language, scripts=scripts) as reporter, enter(language, scripts=scripts) as officer:
        receipt = people.report_on_one_page(
            reporter,
            narrative=words.narrative,
            place=words.place,
            region=people.DISTRICT,
            category="piracy.av_physical",
        )
        people.await_routing(installation, receipt)
        people.enter_desk(officer, installation, "officer")
        people.open_report(officer, receipt)
        people.accept(officer, receipt)
        officer.follow("/open-case")
        officer.submit({"title": words.place, "summary": words.summary})
        home = unquote(officer.path)
        fill_the_case(officer, home)
        officer.open(f"{home}/answer-all")
        officer.submit({"text": words.answer, "method": "site-visit", "finding": "confirmed"})
        officer.open(f"{home}/refer")
        officer.submit({"reason": words.summary})
        assert not officer.page.locator("a[href$='/approve']").count()

        with enter(language, scripts=scripts) as above:
            people.enter_desk(above, installation, "supervisor")
            above.open(f"{home}/supervise")
            above.submit({"reason": words.question, "report_every": "14"})
            above.open("/desk/cases/supervised")
            assert words.place in above.text()
            above.follow(home.removeprefix("/desk") + "#supervision")
            above.follow("/approve")
            above.submit({"reason": words.summary})
            assert not above.page.locator(f"a[href$='{home}/move/drop']").count()
            for page in ("leads", "standing", "tasks"):
                above.open(f"/desk/cases/{page}")

        people.track(reporter, receipt)
        assert words.answer in reporter.text()
