"""A report's whole life in a browser: sent, routed, answered, contested, answered by another."""

import pytest

from tests.e2e import people
from tests.e2e.people import CHINESE, ENGLISH

pytestmark = pytest.mark.timeout(400, method="thread")

SECONDS_TO_ROUTE = 5.0
RULE = "discs"


@pytest.mark.requirement("U1")
@pytest.mark.requirement("T37")
@pytest.mark.parametrize(
    ("language", "words", "staff", "second", "scripts"),
    [
        ("zh-CN", CHINESE, "officer", "head", True),
        ("en", ENGLISH, "head", "supervisor", True),
        ("zh-CN", CHINESE, "supervisor", "officer", False),
        ("en", ENGLISH, "officer", "head", False),
    ],
    ids=["in Chinese", "in English", "without JavaScript", "in English without JavaScript"],
)
def test_a_report_lives_from_the_first_page_to_its_contest_and_a_second_answer(
    enter, installation, examination, language, words, staff, second, scripts
):
    with enter(language, scripts=scripts) as reporter, enter(language, scripts=scripts) as officer:
        receipt = people.report_in_steps(reporter, words)
        people.await_routing(installation, receipt, SECONDS_TO_ROUTE)
        people.confirm_receipt(reporter, receipt)
        people.track(reporter, receipt)

        people.sign_in(officer, installation, staff)
        officer.picture("desk")
        people.open_report(officer, receipt)
        assert RULE in officer.text("section:has(ol)")
        officer.picture("desk-report-routed")
        people.accept(officer, receipt)
        people.act(officer, "ask", question=words.question)

        reporter.open("/track/report")
        assert words.question in reporter.text()
        reporter.picture("track-question")
        reporter.follow("/track/report/write")
        reporter.submit({"text": words.reply, "files": [people.photo(40)]})
        assert words.reply in reporter.text()

        people.open_report(officer, receipt)
        assert words.reply in officer.text()
        people.resolve(officer, words.summary, words.answer)

        people.track(reporter, receipt)
        assert words.answer in reporter.text()
        reporter.picture("track-result")
        reporter.follow("/track/report/rate")
        reporter.submit({"answered": "2", "treated": "5"})
        reporter.follow("/track/report/contest")
        reporter.submit({"reason": "contest.still-going-on", "text": words.contest})
        assert words.contest in reporter.text()

        if words.identity:
            people.erase_identity(reporter)
        reporter.press("form[action$='/leave'] button")
        reporter.open("/track/report")
        assert reporter.path == "/track"

        people.open_report(officer, receipt)
        assert words.contest in officer.text()
        assert installation.state_of(receipt.reference) == "contested"
        assert not officer.page.locator("a[href$='/answer']").count()
        officer.picture("desk-report")

    with enter(language, scripts=scripts) as reporter, enter(language, scripts=scripts) as another:
        people.enter_desk(another, installation, second)
        people.open_report(another, receipt)
        people.resolve(another, words.second_summary, words.second_answer)

        people.track(reporter, receipt)
        assert words.second_answer in reporter.text()
        assert words.answer in reporter.text()
        assert installation.state_of(receipt.reference) == "closed"

    typed = (receipt.code, words.narrative, words.reply, words.place, *words.identity.values())
    assert examination.telling(*typed) == []
