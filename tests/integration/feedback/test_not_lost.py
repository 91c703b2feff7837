"""What a reporter typed on the tracking page comes back when it was refused."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.evidence.models import Evidence
from portal.feedback import service
from portal.infra.database import db
from portal.infra.throttle import Throttle
from portal.intake.states import ReportState
from tests.factories.evidence import picture

LETTER = "补充一点：\n第二行"


def test_one_message_too_many_comes_back_and_its_files_are_not_kept(reporter, monkeypatch):
    monkeypatch.setattr(service, "MESSAGES", Throttle("reporter-messages", 1, timedelta(hours=1)))
    reporter.send()
    reporter.come_back()
    reporter.browser.post(reporter.page("/write"), {"text": "第一条"})
    files = [(io.BytesIO(picture()), "a.jpg")]

    page = reporter.browser.post(reporter.page("/write"), {"text": LETTER, "files": files})

    assert page.status == 429
    assert page.fields()["text"].strip() == LETTER
    assert "留言太多" in page.problems()[0]
    assert db.session.scalar(select(func.count()).select_from(Evidence)) == 0


@pytest.mark.parametrize("page", ["/write", "/contest"])
def test_a_page_open_for_too_long_comes_back_with_the_text(reporter, page):
    reporter.send(ReportState.ANSWERED)
    reporter.come_back()
    form = reporter.page(page)
    with reporter.browser.client.session_transaction() as session:
        session.clear()

    answer = reporter.browser.post(form, {"text": LETTER})

    assert answer.status == 400
    assert answer.fields()["text"].strip() == LETTER


def test_a_result_contested_twice_says_so_beside_the_text(reporter):
    reporter.send(ReportState.ANSWERED)
    reporter.come_back()
    form = reporter.page("/contest")
    reason = form.find("input[name=reason]")[0]["value"]
    reporter.browser.post(form, {"reason": reason, "text": LETTER})

    answer = reporter.browser.post(form, {"reason": reason, "text": LETTER})

    assert answer.status in {409, 422}
    assert answer.problems()
    assert answer.fields()["text"].strip() == LETTER


def test_a_ticket_and_a_token_gone_together_leave_the_text_to_be_copied(reporter):
    reporter.send()
    reporter.come_back()
    form = reporter.page("/write")
    with reporter.browser.client.session_transaction() as session:
        session.clear()
    reporter.browser.client.delete_cookie("track")

    answer = reporter.browser.post(form, {"text": LETTER})

    assert answer.status == 404
    assert answer.one("main textarea").node.text == LETTER
