"""A code of one's own in the place of one that somebody else has heard or seen."""

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.feedback import service, tickets
from portal.feedback.service import BY_LOCATOR
from portal.infra.database import db
from portal.infra.tasks import Task
from portal.infra.visits import Ticket
from portal.intake.content import Content
from portal.intake.models import Channel, ContactMode, Receipt
from portal.intake.receipts import harden_receipt
from portal.intake.service import Identity, SubmitReport, enter_report
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.reference import parse_receipt
from tests.factories.casework import make_clerk
from tests.factories.intake import NARRATIVE
from tests.integration.feedback.reporter import Reporter, wrong_codes
from tests.integration.feedback.test_opening import without_tokens

pytestmark = pytest.mark.usefixtures("app")
FORM = "form[novalidate]"


def ask(reporter: Reporter, code: str | None = None):
    """Type the present code on the page that replaces it."""
    return reporter.browser.post(reporter.page("/code"), {"code": code or reporter.code}, form=FORM)


def shown(page) -> str:
    return page.text(".sl-code__code")


def replace(reporter: Reporter) -> str:
    """Replace the code; return the new one."""
    page = ask(reporter)
    new = shown(page)
    page = reporter.browser.post(page, {"last_four": new.replace("-", "")[-4:]}, form=FORM)
    assert page.path == "/track/report"
    return new


def called(reporter: Reporter) -> None:
    """Have a clerk enter the report while the caller is on the telephone."""
    command = SubmitReport(
        token=b"sixteen bytes ok",
        content=Content(narrative=NARRATIVE),
        contact_mode=ContactMode.ANONYMOUS,
        identity=Identity(),
        language="zh-Hans",
        channel=Channel.TELEPHONE,
    )
    reporter.sent = enter_report(command, actor=make_clerk())


@pytest.mark.requirement("U7")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_new_code_opens_the_report_and_the_old_one_answers_like_an_unknown_one(
    app, reporter, language
):
    reporter.send()
    reporter.come_back(language=language)

    new = replace(reporter)

    unknown = Reporter(app).come_back("XXXXX-XXXX2", language)
    old = Reporter(app).come_back(reporter.code, language)
    assert old.status == unknown.status == 422
    assert without_tokens(old, reporter.code) == without_tokens(unknown, "XXXXX-XXXX2")
    assert Reporter(app).come_back(new, language).path == "/track/report"
    assert reporter.page().path == "/track/report"


def test_until_the_end_is_typed_back_the_old_code_is_in_force(app, reporter):
    reporter.send()
    reporter.come_back()
    page = ask(reporter)
    new = shown(page)

    again = reporter.browser.post(page, {"last_four": "0000"}, form=FORM)

    assert (again.status, shown(again)) == (422, new)
    assert Reporter(app).come_back(new).status == 422
    assert Reporter(app).come_back(reporter.code).path == "/track/report"


def test_the_new_code_is_not_shown_again_once_it_is_in_force(reporter):
    reporter.send()
    reporter.come_back()
    page = ask(reporter)
    new = shown(page)
    ending = {"last_four": new[-4:]}
    reporter.browser.post(page, ending, form=FORM)

    second_press = reporter.browser.post(page, ending, form=FORM)

    assert second_press.path == "/track/report"
    assert new not in second_press.response.text
    assert reporter.page("/code/new").path == "/track/report"


def test_whoever_had_the_report_open_with_the_old_code_is_out(app, reporter):
    called(reporter)
    clerk = Reporter(app)
    clerk.sent = reporter.sent
    clerk.come_back()
    assert "登记的人看到过查询码" in reporter.come_back().text()

    new = replace(reporter)

    assert clerk.page().path == "/track"
    assert clerk.come_back().status == 422
    assert "登记的人看到过查询码" not in reporter.page().text()
    assert new.replace("-", "").isdigit()


def test_of_two_who_replace_it_the_second_is_refused(app, reporter):
    reporter.send()
    reporter.come_back()
    ticket = reporter.browser.client.get_cookie("track").value
    other = Reporter(app)
    other.sent = reporter.sent
    other.come_back()
    slow = Ticket(other.browser.client.get_cookie("track").value)
    for one in (Ticket(ticket), slow):
        asked = service.ProposeCode(one, reporter.code, "network")
        service.propose_code(asked, actor=Actor.public())
    proposed = tickets.find_proposed(db.session(), slow)
    before = tickets.get_tracked_receipt(db.session(), slow, Actor.public()).locator_mac

    replace(reporter)

    with pytest.raises(NotFound):
        service.replace_code(service.ReplaceCode(slow, proposed.text[-4:]), actor=Actor.public())
    assert db.session.get_one(Receipt, reporter.sent.report_id).locator_mac != before


def test_another_code_than_the_present_one_is_refused_and_braked(app, reporter):
    reporter.send()
    other = Reporter(app)
    other.send(narrative="另一件")
    reporter.come_back()

    assert ask(reporter, other.code).status == 422
    wrong = [
        ask(reporter, code).status
        for code, _ in zip(wrong_codes(reporter.code), range(5), strict=False)
    ]

    assert wrong == [422] * BY_LOCATOR.limit
    assert ask(reporter).status == 429


@pytest.mark.requirement("T37")
def test_replacing_is_on_the_trail_without_the_code_and_by_post_only(reporter):
    reporter.send()
    reporter.come_back()
    assert reporter.page(f"/code?code={reporter.code}").text(".sl-code__code") == ""

    new = replace(reporter)

    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "receipt.replace")
    ).one()
    symbols = new.replace("-", "")
    assert event.details == {}
    assert event.subject_id == reporter.sent.report_id
    for task in db.session.scalars(select(Task)):
        assert symbols not in str(vars(task))


def test_a_verifier_that_is_hardened_late_does_not_bring_the_old_code_back(app, reporter):
    reporter.send()
    reporter.come_back()
    new = replace(reporter)

    harden_receipt(reporter.sent.report_id, actor=Actor.system("test"))

    assert parse_receipt(new) is not None
    assert Reporter(app).come_back(reporter.code).status == 422
    assert Reporter(app).come_back(new).path == "/track/report"


@pytest.mark.parametrize("page", ["/code", "/code/new"])
def test_without_a_ticket_the_code_is_asked_for(reporter, page):
    assert reporter.page(page).path == "/track"
