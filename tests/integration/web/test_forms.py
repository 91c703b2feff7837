"""Forms keep what was typed, say what would be right, and hand over clean values."""

from datetime import UTC, date, datetime
from io import BytesIO

from tests.integration.web.conftest import bp

GOOD = {"name": "Li", "story": "short", "kind": "a", "agreed": "y"}


def test_an_empty_form_is_refused_with_a_link_to_each_field(english):
    page = english.post(english.get("/letter"))

    assert page.status == 422
    assert page.problems() == [
        "Please fill in: Language",
        "Tell us what happened",
        "Please choose: Kind",
        "Please choose: Agreed",
    ]
    links = [link["href"] for link in page.find(".govuk-error-summary a")]
    assert links == ["#name", "#story", "#kind", "#agreed"]
    assert page.text("title").startswith("Error: ")


def test_what_was_typed_is_kept_when_a_form_is_refused(english):
    page = english.post(english.get("/letter"), {**GOOD, "name": "much too long", "tags": "y"})

    assert page.problems() == ["Language: at most 5 characters; you have 13"]
    assert page.fields() == page.fields() | {
        "name": "much too long",
        "story": "short",
        "kind": "a",
        "tags": "y",
        "agreed": "y",
    }


def test_problems_are_told_in_chinese(pages):
    page = pages.post(pages.get("/letter"), {**GOOD, "name": "much too long", "count": "x"})

    assert page.problems() == ["语言：最多 5 个字，现在有 13 个字", "Count：请填写整数，例如 25"]
    assert page.text(".govuk-error-message").startswith("错误: 语言")


def test_a_good_form_gives_clean_values_and_answers_with_303(english):
    fields = {
        **GOOD,
        "story": "a\0\r\nb",
        "count": " 25 ",
        "day": "2026-11-22",
        "moment": "2026-11-22T08:30",
        "papers": (BytesIO(b"x"), "x.txt"),
    }

    page = english.post(english.get("/letter"), fields, follow=False)

    assert page.status == 303
    got = bp.received
    assert (got["story"], got["count"], got["day"]) == ("a\nb", 25, date(2026, 11, 22))
    assert got["moment"] == datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert [file.filename for file in got["papers"]] == ["x.txt"]
    assert (got["mail"], got["tags"]) == ("", [])


def test_the_message_after_success_is_shown_once(english):
    page = english.post(english.get("/letter"), GOOD)

    assert "Thank you" in page.text(".govuk-notification-banner--success")
    assert not english.get("/letter").has(".govuk-notification-banner")


def test_the_first_moment_of_all_is_in_no_utc_and_refused_in_words(english):
    page = english.post(english.get("/letter"), {**GOOD, "moment": "0001-01-01T00:00"})

    assert page.status == 422
    assert page.problems() == ["Moment: enter a day and time, like 2026-11-22 14:30"]


def test_the_last_moment_of_all_is_one(english):
    sent = {**GOOD, "moment": "9999-12-31T23:59"}

    assert english.post(english.get("/letter"), sent, follow=False).status == 303
    assert bp.received["moment"] == datetime(9999, 12, 31, 15, 59, tzinfo=UTC)


def test_an_answer_that_is_not_offered_is_refused(english):
    page = english.post(english.get("/letter"), {**GOOD, "kind": "z", "place": "nowhere"})

    assert page.problems() == ["Kind: choose from the list", "Place: choose from the list"]


def test_days_and_times_that_are_none_are_refused_with_an_example(english):
    page = english.post(
        english.get("/letter"), {**GOOD, "day": "31.2.", "moment": "now", "count": "9" * 40}
    )

    assert page.problems() == [
        "Count: the number is too long",
        "Day: enter a day, like 2026-11-22",
        "Moment: enter a day and time, like 2026-11-22 14:30",
    ]


def test_lone_surrogates_and_broken_utf8_never_break_the_page(site, english):
    token = english.get("/letter").fields()["csrf_token"]
    body = f"csrf_token={token}&name=%ED%A0%80&story=%FF%00&kind=a&agreed=y"

    answer = english.client.post(
        "/letter", data=body, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code in {303, 422}


def test_a_password_is_not_sent_back(english):
    page = english.post(english.get("/letter"), {"secret": "canary"})

    assert "canary" not in page.response.text
