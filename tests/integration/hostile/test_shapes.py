"""Broken text, too much of it, and too many parts: a clear answer, and nothing half kept (T28)."""

from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.queries import content_of

URLENCODED = "application/x-www-form-urlencoded"
TEN_MEBIBYTES = 10 * 1024 * 1024
ODD = {
    "NUL": "示例书店\x00出售盗版教材。",
    "bell and escape": "示例书店\x07\x1b[31m出售盗版教材。",
    "right to left": "示例书店\u202egpj.exe出售盗版教材。",
    "zero width": "示例\u200b书店\ufeff出售盗版教材。",
    "beyond the plane": "示例𠮷书店📚出售盗版教材。",
    "combining": "示例书店e" + "\u0301" * 500 + "出售盗版教材。",
    "template": "{{ 7*7 }}{% raw %}示例书店出售盗版教材。",
    "tags": "<b>" * 2_000 + "示例书店出售盗版教材。",
}


def stored():
    return [content_of(report).narrative for report in db.session.scalars(select(Report))]


@pytest.mark.requirement("T38")
@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_letters_are_taken_or_refused_with_a_reason_and_never_break_anything(sender, text):
    answer = sender.send({"narrative": text})

    assert answer.status_code in {303, 422}
    if answer.status_code == 303:
        assert "出售盗版教材。" in stored()[0]
        assert "\x00" not in stored()[0]
        assert sender.client.get("/report/receipt").status_code == 200
    else:
        assert "error-summary" in answer.text
        assert stored() == []


@pytest.mark.requirement("T38")
@pytest.mark.parametrize("raw", ["%ED%A0%80%ED%BF%BF", "%FF%FE", "%C3%28", "%F5%80%80%80"])
def test_bytes_that_are_no_text_are_taken_as_marks_or_refused(sender, raw):
    fields = urlencode({k: v for k, v in sender.fields.items() if k != "narrative"})
    body = f"{fields}&narrative={quote('示例书店出售盗版教材')}{raw}"

    answer = sender.send_bytes(body.encode(), URLENCODED)

    assert answer.status_code in {303, 422}
    for narrative in stored():
        narrative.encode()  # a lone surrogate would fail here


@pytest.mark.requirement("T38")
@pytest.mark.parametrize("field", ["submission_token", "csrf_token", "category", "region", "place"])
@pytest.mark.parametrize("value", ["\x00", "\ud800", "' OR 1=1 --", "%" * 500, "\r\nSet-Cookie: a"])
def test_odd_letters_in_any_field_never_break_anything(sender, field, value):
    body = urlencode({**sender.fields, field: value}, errors="surrogatepass")

    answer = sender.send_bytes(body.encode(), URLENCODED)

    assert answer.status_code in {303, 400, 422}
    assert "a" not in answer.headers.get_all("Set-Cookie")


@pytest.mark.requirement("T28")
@pytest.mark.parametrize("as_files", [False, True], ids=["urlencoded", "multipart"])
def test_ten_megabytes_of_text_are_too_large_and_nothing_is_kept(sender, reports, as_files):
    send = sender.send_parts if as_files else sender.send

    answer = send({"narrative": "a" * TEN_MEBIBYTES})

    assert answer.status_code == 413
    assert "Nothing you sent was received" in answer.text
    assert reports() == 0


@pytest.mark.requirement("T28")
def test_two_thousand_parts_are_too_many(sender, reports):
    parts = {f"part{number}": "x" for number in range(2_000)}

    answer = sender.send_parts(parts)

    assert answer.status_code == 413
    assert "Nothing you sent was received" in answer.text
    assert reports() == 0


@pytest.mark.requirement("T28")
def test_two_thousand_fields_beside_the_form_change_nothing(sender, reports):
    answer = sender.send({f"part{number}": "x" for number in range(2_000)})

    assert answer.status_code in {303, 413}
    assert reports() == (answer.status_code == 303)


@pytest.mark.requirement("T28")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "application/json"),
        (b"\x00" * 1000, URLENCODED),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"no boundary anywhere", "multipart/form-data"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "text/xml"),
    ],
    ids=["deep JSON", "zeros", "cut off", "no boundary", "XML"],
)
def test_what_is_no_form_at_all_is_refused_as_a_bad_request(sender, reports, body, kind):
    answer = sender.send_bytes(body, kind)

    assert answer.status_code == 400
    assert "Nothing you sent was received" in answer.text
    assert reports() == 0


def test_a_wrong_token_is_refused_says_what_to_do_and_keeps_nothing(sender, reports):
    answer = sender.send({"csrf_token": "wrong"})

    assert answer.status_code == 400
    assert "The page was open for too long" in answer.text
    assert "What you typed is still here" in answer.text
    assert reports() == 0


def test_the_token_of_somebody_else_is_refused(sender, app, reports):
    stranger = type(sender)(app.test_client())

    answer = sender.send({"csrf_token": stranger.fields["csrf_token"]})

    assert answer.status_code == 400
    assert reports() == 0
