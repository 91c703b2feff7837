"""A new report that is begun from the tracking page of an earlier one (U35)."""

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import Report
from tests.integration.feedback.reporter import Reporter

AGAIN = "form[action=/track/report/again]"


@pytest.mark.requirement("U35")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_something_new_about_the_same_matter_is_a_report_of_its_own_that_says_so(
    app, walk, send, language
):
    reporter = Reporter(app)
    first = reporter.send()
    page = reporter.come_back(language=language)

    begun = reporter.browser.post(page, {}, form=AGAIN)
    assert begun.path == "/report"
    sent = send(reporter.browser, walk(reporter.browser))

    assert sent.path == "/report/receipt"
    second = db.session.scalars(select(Report).where(Report.id != first.id)).one()
    assert second.follows == first.id
    assert first.reference not in sent.text("main")


def test_what_was_begun_before_is_gone_on_with(app, walk):
    reporter = Reporter(app)
    reporter.send()
    reporter.come_back()
    walk(reporter.browser, "/report/story")

    reporter.browser.post(reporter.page(), {}, form=AGAIN)

    assert reporter.browser.get("/report").fields("[novalidate]")["subject"] == "piracy.av_physical"


def test_without_a_ticket_nothing_is_begun(app):
    reporter = Reporter(app)
    reporter.send()
    page = reporter.come_back()
    reporter.browser.client.delete_cookie("track")

    answer = reporter.browser.post(page, {}, form=AGAIN)

    assert answer.path == "/track"


def test_what_somebody_else_began_in_this_browser_is_not_tied_to_the_report(app, walk, send):
    reporter = Reporter(app)
    first = reporter.send()
    page = reporter.come_back()
    walk(reporter.browser, "/report/story")

    answer = reporter.browser.post(page, {}, form=AGAIN)

    assert "它不会和这一件关联" in answer.text()
    send(reporter.browser, walk(reporter.browser))
    second = db.session.scalars(select(Report).where(Report.id != first.id)).one()
    assert second.follows is None


@pytest.mark.requirement("U35")
def test_the_last_page_says_that_it_will_be_linked_and_the_link_can_be_taken_off(app, walk, send):
    reporter = Reporter(app)
    first = reporter.send()
    page = reporter.come_back()
    begun = reporter.browser.post(page, {}, form=AGAIN)
    assert begun.path == "/report"
    check = walk(reporter.browser)
    assert "出自同一个人" in check.text("main")

    check = reporter.browser.post(check, {}, form="form[action=/report/part]")

    assert check.path == "/report/check"
    assert "出自同一个人" not in check.text("main")
    send(reporter.browser, check)
    second = db.session.scalars(select(Report).where(Report.id != first.id)).one()
    assert second.follows is None


def test_closing_the_earlier_report_parts_what_was_begun_from_it(app, walk, send):
    reporter = Reporter(app)
    first = reporter.send()
    page = reporter.come_back()
    reporter.browser.post(page, {}, form=AGAIN)

    reporter.browser.post(page, {}, form="form[action=/track/leave]")

    send(reporter.browser, walk(reporter.browser))
    second = db.session.scalars(select(Report).where(Report.id != first.id)).one()
    assert second.follows is None
