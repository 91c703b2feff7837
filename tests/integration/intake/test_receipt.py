"""The receipt: shown once, confirmed, on paper, for nobody else."""

import io
import re
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
import time_machine
from babel import Locale
from babel.dates import format_date
from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import Clock
from portal.intake.papers import _in_groups
from portal.jurisdiction.place import Stage
from tests.pages import Pages
from tests.papers import words_of

PATH = "/report/one-page"


@pytest.fixture
def sent(both):
    """A browser that has just sent a report."""
    both.post(both.get(PATH), {"narrative": "示例路口有人卖盗版光盘"})
    return both


def code_on(page) -> str:
    return page.text(".sl-code__code")


@pytest.mark.requirement("U7")
def test_the_code_is_shown_until_its_last_four_symbols_are_typed_back(sent):
    page = sent.get("/report/receipt")
    code = code_on(page)
    assert len(code.replace("-", "")) == 20

    page = sent.post(page, {"last_four": code[-4:].lower()}, form="[novalidate]")

    assert (page.path, page.status) == ("/report/receipt", 200)
    assert code_on(page) == ""
    assert code not in page.response.text
    assert "/track" in page.links()
    assert code not in sent.get("/report/receipt").response.text
    assert sent.get("/report/receipt.pdf").status == 404


def test_wrong_symbols_keep_the_page_and_the_code(sent):
    page = sent.get("/report/receipt")

    again = sent.post(page, {"last_four": "0000"}, form="[novalidate]")

    assert again.status == 422
    assert len(again.problems()) == 1
    assert code_on(again) == code_on(page)


@pytest.mark.requirement("T03")
def test_another_browser_gets_nothing(app, sent):
    assert Pages(app).get("/report/receipt").status == 404
    assert Pages(app).get("/report/receipt.pdf").status == 404


def test_the_code_is_not_shown_any_more_after_half_an_hour(sent):
    cookie = sent.client.get_cookie("receipt").value
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
        sent.client.set_cookie("receipt", cookie)
        page = sent.get("/report/receipt")

    assert (page.status, code_on(page)) == (200, "")


@pytest.mark.requirement("U3")
@pytest.mark.requirement("U5")
def test_the_receipt_says_reference_time_promise_and_place_in_the_trail(sent):
    page = sent.get("/report/receipt")
    [promised] = db.session.scalars(select(Clock.promised_on).where(Clock.stage == Stage.ACCEPT))

    rows = [element.text for element in page.find("dl dt")]
    assert len(rows) >= 5
    assert page.text("dl").count("SL-") == 1
    said = {format_date(promised, "long", Locale.parse(tag)) for tag in ("en", "en_GB", "zh_Hans")}
    assert any(day in page.text("dl") for day in said)
    assert page.has("button[data-print]")
    assert page.has("details")


def test_putting_the_receipt_away_leaves_nothing_in_the_browser(sent):
    page = sent.post(sent.get("/report/receipt"), form="form[action=/report/receipt/done]")

    assert page.path == "/"
    assert sent.get("/report/receipt").status == 404


def test_the_paper_is_one_accessible_page_with_the_code(sent):
    code = code_on(sent.get("/report/receipt"))

    answer = sent.get("/report/receipt.pdf").response

    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    with pikepdf.open(io.BytesIO(answer.data)) as paper:
        assert len(paper.pages) == 1
        assert paper.Root.MarkInfo.Marked
        assert str(paper.Root.Lang) in {"zh", "en", "zh-CN"}
        metadata = str(paper.open_metadata())
        assert "pdfuaid" in metadata
        text = words_of(paper)
    assert "/track" in text
    assert "来件回执" in text or "Receipt for a report" in text.replace("\xa0", " ")
    assert code.replace("-", "") in text.replace("-", "").replace(" ", "").replace("\n", "")


def test_a_line_of_the_code_ends_between_groups_and_what_is_copied_is_the_code(sent):
    page = sent.get("/report/receipt")
    shown = re.search(r'class="sl-code__code"[^>]*>(.+?)</p>', page.response.text)[1]

    assert shown.replace("-<wbr>", "-") == code_on(page)
    assert shown.count("-<wbr>") == code_on(page).count("-") > 0


def test_a_hash_is_printed_in_groups_that_fit_a_line():
    assert _in_groups("0123456789abcdef01") == "01234567 89abcdef 01"
