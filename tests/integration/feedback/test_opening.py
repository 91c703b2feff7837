"""Coming back with the receipt code, and what happens to those who guess."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, func, select, update

from portal.audit.models import AuditEvent
from portal.feedback.service import (
    BY_LOCATOR,
    BY_NETWORK,
    BY_SITE,
    OpenTracking,
    open_tracking,
)
from portal.infra.database import db
from portal.infra.throttle import ThrottleCount
from portal.infra.visits import Visit
from portal.intake.models import Receipt
from portal.intake.receipts import harden_receipt
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from tests.integration.feedback.reporter import Reporter, type_code, wrong_codes
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")

WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def without_tokens(page, typed):
    """The body as T02 compares it: without the token of the form and what was typed."""
    body = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", page.response.text)
    return body.replace(typed, "")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_code_opens_the_report_it_belongs_to(reporter, language):
    report = reporter.send()

    page = reporter.come_back(language=language)

    assert (page.status, page.path) == (200, "/track/report")
    assert report.reference in page.text("h1")


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code.lower(),
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', '  ')} ",
        lambda code: code.translate(WIDE),
        lambda code: code.replace("-", "—"),
        lambda code: code.replace("0", "O").replace("1", "l"),
    ],
    ids=["small letters", "without hyphens", "spaces", "full width", "long dashes", "lookalikes"],
)
def test_the_code_is_read_however_people_type_it(reporter, typed):
    reporter.send()

    assert reporter.come_back(typed(reporter.code)).path == "/track/report"


def test_the_code_opens_as_well_once_its_verifier_is_hardened(reporter):
    reporter.send()
    harden_receipt(reporter.sent.report_id, actor=Actor.system("test"))

    assert reporter.come_back().path == "/track/report"


@pytest.mark.requirement("T02")
def test_a_wrong_an_unknown_a_malformed_and_an_erased_code_get_the_same_answer(app, reporter):
    reporter.send()
    other, erased = Reporter(app), Reporter(app)
    other.send(narrative="另一件")
    unknown = other.code
    db.session.execute(delete(Receipt).where(Receipt.report_id == other.sent.report_id))
    erased.send(narrative="第三件")
    erased.erase()
    typed = [next(wrong_codes(reporter.code)), unknown, "XXXXX-XXXX2", erased.code]

    answers = [Reporter(app).come_back(code) for code in typed]

    assert {answer.status for answer in answers} == {422}
    bodies = {without_tokens(answer, code) for answer, code in zip(answers, typed, strict=True)}
    assert len(bodies) == 1
    assert not any(answer.response.headers.getlist("Set-Cookie")[1:] for answer in answers)


@pytest.mark.requirement("T02")
def test_five_wrong_secrets_hold_the_locator_and_even_the_right_code_waits(app, reporter):
    reporter.send()

    statuses = [
        Reporter(app).come_back(code).status
        for code, _ in zip(wrong_codes(reporter.code), range(BY_LOCATOR.limit), strict=False)
    ]

    assert statuses == [422] * 5
    assert reporter.come_back().status == 429


def test_after_the_hold_the_right_code_opens_and_the_failures_are_forgotten(app, reporter):
    reporter.send()
    for code, _ in zip(wrong_codes(reporter.code), range(5), strict=False):
        reporter.come_back(code)
    past = datetime.now(UTC) - timedelta(seconds=1)
    db.session.execute(update(ThrottleCount).values(held_until=past))
    db.session.commit()

    assert reporter.come_back().path == "/track/report"
    counts = select(func.count()).where(ThrottleCount.kind == BY_LOCATOR.kind)
    assert db.session.scalar(counts) == 0


def test_thirty_failures_hold_a_network_whatever_was_typed(app, reporter):
    reporter.send()
    browser = Pages(app)

    statuses = {type_code(browser, "7K3MQ").status for _ in range(BY_NETWORK.limit)}

    assert statuses == {422}
    assert reporter.come_back().status == 429


def test_coming_back_often_with_the_right_code_is_never_held(reporter):
    reporter.send()

    pages = {reporter.come_back().path for _ in range(BY_NETWORK.limit + 5)}

    assert pages == {"/track/report"}


@pytest.mark.parametrize("typed", ["", "x" * 5000, "\x00\ud800", "１" * 29, "'; DROP TABLE report"])
def test_nonsense_is_answered_and_not_echoed_as_an_error_of_ours(reporter, typed):
    reporter.send()

    typed = unicodedata.normalize("NFC", typed).encode("utf-8", "replace").decode()

    assert reporter.come_back(typed or " ").status == 422


@pytest.mark.requirement("T37")
def test_nothing_of_the_report_or_its_code_is_in_an_address_or_a_cookie(reporter):
    report = reporter.send(wants_reward=True)
    symbols = reporter.code.replace("-", "")

    page = reporter.come_back()

    kept = [reporter.browser.client.get_cookie(name) for name in ("track", "session", "lang")]
    cookies = [cookie.value for cookie in kept if cookie]
    for place in (page.response.request.url, *page.links(), *cookies):
        for told in (reporter.code, symbols, report.reference, report.id.hex, str(report.id)):
            assert told not in place
    assert page.response.headers["Cache-Control"] == "no-store"


def test_the_cookie_is_kept_from_scripts_and_other_sites(reporter):
    reporter.send()
    form = reporter.browser.get("/track")

    answer = reporter.browser.post(form, {"code": reporter.code}, follow=False)

    cookie = next(
        line for line in answer.response.headers.getlist("Set-Cookie") if line.startswith("track=")
    )
    assert {"HttpOnly", "SameSite=Strict", "Max-Age=14400", "Path=/"} <= set(cookie.split("; "))


def test_the_code_is_taken_in_the_body_of_a_post_only(reporter):
    reporter.send()

    page = reporter.browser.get(f"/track?code={reporter.code}")

    assert (page.status, page.path.partition("?")[0]) == (200, "/track")
    assert page.one("#code").get("value") == ""


def test_leaving_kills_the_ticket_and_not_only_the_cookie(reporter):
    reporter.send()
    page = reporter.come_back()
    stolen = reporter.browser.client.get_cookie("track").value

    reporter.browser.post(page, form="main form[action=/track/leave]")

    reporter.browser.client.set_cookie("track", stolen)
    assert reporter.page().path == "/track"
    assert db.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_an_expired_ticket_asks_for_the_code_and_says_what_was_lost(reporter):
    reporter.send()
    reporter.come_back()
    page = reporter.page("/write")
    db.session.execute(update(Visit).values(expires_at=datetime.now(UTC)))
    db.session.commit()

    answer = reporter.browser.post(page, {"text": "补充一点"})

    assert answer.status == 404
    assert "没有收到" in answer.text()
    assert answer.text("main textarea") == "补充一点"
    assert "/track" in answer.links()


def test_another_persons_ticket_never_opens_mine(app, reporter):
    mine = reporter.send()
    stranger = Reporter(app)
    stranger.send(narrative="别的事情，与此无关。")
    reporter.come_back()

    page = stranger.come_back()

    assert mine.reference not in page.text("body")
    assert stranger.report.reference in page.text("h1")


@pytest.mark.parametrize("page", ["", "/write", "/contest", "/rate", "/erase"])
def test_without_a_ticket_every_page_asks_for_the_code(app, page):
    browser = Pages(app)
    browser.client.set_cookie("track", "forged")

    assert browser.get(f"/track/report{page}").path == "/track"


def test_a_report_that_is_erased_while_its_page_is_open_asks_for_the_code(reporter):
    reporter.send()
    reporter.come_back()
    page = reporter.page("/write")
    reporter.erase()

    assert reporter.page().path == "/track"
    assert "/track" in reporter.browser.post(page, {"text": "还在吗"}).links()


def test_the_first_return_is_noted_once(reporter):
    reporter.send()
    reporter.come_back()
    first = db.session.get_one(Receipt, reporter.sent.report_id).first_return_at

    reporter.come_back()

    assert first is not None
    assert db.session.get_one(Receipt, reporter.sent.report_id).first_return_at == first


def test_whoever_opens_a_page_to_write_on_has_two_hours_for_it(reporter):
    reporter.send()
    reporter.come_back()
    reporter.page()
    before = db.session.scalar(select(Visit.expires_at))

    reporter.page("/write")

    after = db.session.scalar(select(Visit.expires_at))
    assert before < datetime.now(UTC) + timedelta(minutes=31)
    assert after > datetime.now(UTC) + timedelta(minutes=115)


@pytest.mark.requirement("T02")
def test_three_hundred_failures_of_many_networks_ask_for_a_proof_and_lock_nobody_out(app, reporter):
    reporter.send()
    for number in range(BY_SITE.limit):
        guess = OpenTracking("7K3MQ", f"network {number}")
        with pytest.raises(NotFound):
            open_tracking(guess, actor=Actor.public())

    page = reporter.come_back()

    assert page.status == 429
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "site.ask-proof"))
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=21), tick=False):
        opened = reporter.browser.post(page, {"code": reporter.code})
    assert opened.path == "/track/report"


def test_coming_back_with_the_right_code_is_no_failure_of_the_site(app, reporter):
    reporter.send()

    for _ in range(3):
        reporter.come_back()

    counted = select(ThrottleCount.count).where(ThrottleCount.kind == BY_SITE.kind)
    assert db.session.scalar(counted) == 0
