"""Two languages, by choice, by browser, and Chinese otherwise."""

from datetime import UTC, date, datetime

import pytest
from flask import render_template_string
from jinja2 import pass_context

from portal.web.language import speaking
from tests.pages import Pages


@pytest.mark.parametrize(
    ("wanted", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, en;q=0.5, zh;q=0.3", "en"),
        ("fr", "zh-Hans"),
        ("en;q=0, zh;q=0.1", "zh-Hans"),
        ("*", "zh-Hans"),
        ("", "zh-Hans"),
    ],
)
def test_the_browser_is_listened_to(site, wanted, lang):
    answer = site.test_client().get("/about", headers={"Accept-Language": wanted})

    assert f'<html lang="{lang}"' in answer.text


def test_a_choice_is_kept_and_leads_back(site):
    client = site.test_client()

    answer = client.get("/language/en?back=/about%3Fa%3D1")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/about?a=1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert '<html lang="en"' in client.get("/about", headers={"Accept-Language": "zh"}).text


@pytest.mark.requirement("T39")
@pytest.mark.parametrize("back", ["//evil.example", "/%5Cevil.example", "https:evil", "/%09/evil"])
def test_a_choice_leads_nowhere_else(site, back):
    answer = site.test_client().get(f"/language/en?back={back}")

    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_not_found(pages):
    assert pages.get("/language/xx").status == 404


def test_a_forged_language_cookie_is_ignored(site):
    assert Pages(site, "../../etc").get("/about").one("html")["lang"] == "zh-Hans"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh-Hans", "2026年11月23日 07:30"), ("en", "November 23, 2026 07:30")],
)
def test_times_are_shown_in_the_zone_of_the_place(site, language, expected):
    moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    with site.test_request_context(), speaking(language):
        assert render_template_string("{{ at|datetime }}", at=moment) == expected


def test_a_day_is_that_of_the_place(site):
    late, day = datetime(2026, 11, 22, 23, 30, tzinfo=UTC), date(2026, 11, 22)

    with site.test_request_context(), speaking("en"):
        said = render_template_string("{{ at|date }}; {{ on|date }}", at=late, on=day)

    assert said == "November 23, 2026; November 22, 2026"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh-Hans", "5 条 &lt;b&gt; 来件"), ("en", "5 items &lt;b&gt; Reports")],
)
def test_words_of_a_template_are_of_its_language_with_values_escaped(site, language, expected):
    counted = "{% trans count=n %}{{ count }} item{% pluralize %}{{ count }} items{% endtrans %}"
    page = counted + """ {{ _("%(it)s", it="<b>") }} {{ _("Reports") }}"""

    with site.test_request_context(), speaking(language):
        said = render_template_string(page, n=5)

    assert " ".join(said.split()) == expected


def test_a_sign_of_percent_stands_twice_with_values_and_without(site):
    with site.test_request_context(), speaking("en"):
        said = render_template_string('{{ _("50%% off") }} {{ _("%(n)s%% off", n=5) }}')

    assert said == "50% off 5% off"


def test_what_asks_for_the_page_is_told_of_it(site):
    """A function that is given the context of the page, called in a loop as elsewhere."""

    @pass_context
    def known(page, name):
        return page[name]

    with site.test_request_context():
        said = render_template_string(
            "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}"
            '{% for one in "ab" %}{{ known("word") }}{{ twice(one) }}{% endfor %}',
            known=known,
            word="-",
        )

    assert said == "-aa-bb"


@pytest.mark.requirement("T16")
def test_leaving_clears_the_browser_but_not_for_other_sites(site):
    client = site.test_client()

    own = client.get("/leave", headers={"Sec-Fetch-Site": "same-origin"})
    other = client.get("/leave", headers={"Sec-Fetch-Site": "cross-site"})

    assert own.status_code == 303
    assert own.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "Clear-Site-Data" not in other.headers


@pytest.mark.parametrize("path", ["/about", "/protection", "/accessibility"])
@pytest.mark.parametrize("language", ["pages", "english"])
def test_the_pages_about_ourselves_are_whole_in_both_languages(request, language, path):
    page = request.getfixturevalue(language).get(path)

    assert page.status == 200
    assert page.has(".sl-languages a")


@pytest.mark.parametrize("language", ["pages", "english"])
def test_whoever_holds_a_receipt_finds_where_to_check_it(request, language):
    page = request.getfixturevalue(language).get("/protection")

    assert page.has('main a[href="/trail"]')
    assert page.has('footer a[href="/trail"]')


def test_the_page_about_protection_says_what_this_version_does_not_do(english):
    said = english.get("/protection").text()

    assert "It takes two people of different groups to open the seal" in said
    assert "opened as you sent them" in said
    assert "cannot be erased" not in said
