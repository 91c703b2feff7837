"""What machines and attackers send gets a clear answer, and never breaks anything (T38)."""

import pytest
from sqlalchemy import select
from werkzeug.test import encode_multipart

from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.queries import content_of
from tests.pages import Pages

pytestmark = pytest.mark.requirement("T38")
PATH = "/report/one-page"


def kept() -> str:
    return content_of(db.session.scalars(select(Report)).one()).narrative


def sent(pages: Pages, narrative: str | bytes, **more):
    """Send the form as a program does, with bytes as they are."""
    form = pages.get(PATH)
    fields = form.fields() | {"narrative": narrative} | more
    return form, pages.client.post(PATH, data=fields)


@pytest.mark.parametrize(
    ("narrative", "stored"),
    [
        ("有人卖\x00盗版", "有人卖盗版"),
        ("e\u0301", "é"),
        ("\u202e盗版", "\u202e盗版"),
        ("𠮷野家旁边 📀", "𠮷野家旁边 📀"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("' OR 1=1 --", "' OR 1=1 --"),
    ],
    ids=["nul", "decomposed", "right to left", "four bytes", "markup", "sql"],
)
def test_odd_text_is_stored_as_it_was_meant(pages, narrative, stored):
    _, answer = sent(pages, narrative)

    assert answer.status_code == 303
    assert kept() == stored


def raw(pages: Pages, body: bytes):
    form = pages.get(PATH)
    csrf, token = form.fields()["csrf_token"], form.fields()["submission_token"]
    start = f"csrf_token={csrf}&submission_token={token}&contact_mode=anonymous&narrative="
    return pages.client.post(
        PATH,
        data=start.encode() + body,
        content_type="application/x-www-form-urlencoded",
    )


@pytest.mark.parametrize("body", [b"%ED%A0%80x", b"%FF%FEx", b"\xff\xfex", b"%C0%80x"])
def test_text_that_is_no_text_never_breaks_the_form(pages, body):
    answer = raw(pages, body)

    assert answer.status_code in {303, 422, 400}
    if answer.status_code == 303:
        assert kept().endswith("x")


@pytest.mark.parametrize("blank", [" ", "\u3000\u3000", "\t\n ", "\x00", " \x07 "])
def test_only_spaces_is_nothing(english, blank):
    page = english.post(english.get(PATH), {"narrative": blank})

    assert page.problems() == ["Tell us what happened, in your own words"]


def test_a_long_text_is_refused_with_its_length_and_is_kept(english):
    page = english.post(english.get(PATH), {"narrative": "字" * 20_001})

    assert page.status == 422
    assert "at most 20000 characters; you have 20001" in page.problems()[0].replace(",", "")
    assert len(page.fields()["narrative"]) == 20_001


def test_a_hundred_thousand_combining_marks_are_refused_in_good_time(english):
    page = english.post(english.get(PATH), {"narrative": "a" + "\u0301" * 100_000})

    assert page.status == 422
    assert page.problems()


@pytest.mark.requirement("T28")
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_million_marks_are_too_much_and_nothing_is_stored(pages, kind):
    """More bytes than letters; plain bulk is in tests/integration/hostile/test_shapes.py."""
    body = {**pages.get(PATH).fields(), "narrative": "a" + "\u0301" * 1_000_000}
    # Encoded here: the client's own way leaves a temporary file open.
    boundary, parts = encode_multipart(body)
    sent = (
        {"data": parts, "content_type": f"{kind}; boundary={boundary}"}
        if kind == "multipart/form-data"
        else {"data": body, "content_type": kind}
    )

    answer = pages.client.post(PATH, **sent)

    assert answer.status_code == 413
    assert "<h1" in answer.text
    assert db.session.scalars(select(Report)).all() == []


@pytest.mark.parametrize("token", ["", "x", "A" * 500, "\ud800".encode("utf-8", "replace")])
def test_a_damaged_submission_token_gives_a_fresh_form_with_the_text(english, token):
    form = english.get(PATH)

    page = english.post(form, {"narrative": "kept", "submission_token": token})

    assert page.status == 422
    assert page.fields()["narrative"] == "kept"
    assert page.fields()["submission_token"] not in {"", "x", form.fields()["submission_token"]}
    assert english.post(page).path == "/report/receipt"


@pytest.mark.parametrize("category", ["no.such", "other.spam", "\x00", "x" * 5000])
def test_a_category_that_is_not_on_offer_is_refused_by_name(english, category):
    _, answer = sent(english, "pirated", category=category)

    assert answer.status_code == 422
    assert "What is it about?: choose from the list" in answer.text


def test_a_draft_takes_odd_text_and_shows_it_marked(pages, walk):
    page = walk(pages, where={"place": "门口\u202e侧"}, story={"narrative": "有人卖\x00盗版"})

    assert "⟦RLO⟧" in page.text("dl")
    assert "有人卖盗版" in page.text("dl")
