"""The page client finds what it is there to find."""

import pytest
from flask import Flask, Response

from portal.kernel.actor import Role
from tests.pages import REQUIRED_HEADERS, PageFault, Pages

GOOD = """<!DOCTYPE html><html lang="en"><head><title>Letter – Sunline</title></head><body>
<main id="main-content"><h1>Letter</h1>
<form method="post" action="/sent"><input type="hidden" name="csrf_token" value="t">
<label for="name">Name</label><input id="name" name="name" value="Li">
<label for="kind">Kind</label><select id="kind" name="kind"><option value="a">A</option>
<option value="b" selected>B</option></select>
<button type="submit">Send</button></form></main></body></html>"""

POLICY = {"Content-Security-Policy": "default-src 'none'; script-src 'self'"}


def pages_of(html, headers=None):
    app = Flask(__name__)

    @app.route("/")
    @app.route("/sent", methods=["POST"])
    def page():
        return Response(html, headers={**REQUIRED_HEADERS, **POLICY, **(headers or {})})

    return Pages(app)


def test_a_sound_page_passes_and_its_form_knows_what_is_in_it():
    page = pages_of(GOOD).get("/")

    assert page.fields() == {"csrf_token": "t", "name": "Li", "kind": "b"}
    assert page.text("h1") == "Letter"


@pytest.mark.parametrize(
    ("sound", "faulty", "fault"),
    [
        ("<h1>Letter</h1>", "<h1>A</h1><h1>B</h1>", "2 h1"),
        ("<h1>Letter</h1>", "<p>Letter</p>", "0 h1"),
        ("<main id", '<div class="govuk-error-summary">x</div><main id', "outside of main"),
        ("Letter – Sunline", " – Sunline", "empty title"),
        (' lang="en"', "", "no lang"),
        ('<label for="name">Name</label>', "", "no label for 'name'"),
        ('id="kind" name', 'id="name" name', "'name' twice"),
        ('<input type="hidden" name="csrf_token" value="t">', "", "0 CSRF fields"),
        ("<h1>", '<h1 style="color:red">', "inline style"),
        ("<h1>", '<h1 onclick="x()">', "inline onclick"),
        ("<h1>", "<script>x()</script><h1>", "inline script"),
        ("<h1>", '<script src="https://cdn.example/x.js"></script><h1>', "from elsewhere"),
        ("<h1>", '<a href="#gone">there</a><h1>', "'#gone'"),
        ("<h1>", '<a href="/x"></a><h1>', "without words"),
        ("<h1>", '<img src="/x.png"><h1>', "no alt"),
        (">Letter</h1>", ">None</h1>", "'None'"),
        (">Letter</h1>", ">{{ title }}</h1>", "left over"),
        (">Letter</h1>", f">Role.{Role.AUDITOR}</h1>", "'Role.auditor'"),
        ("<h1>Letter</h1>", "<h1>Letter</h2>", "h2"),
        ("<!DOCTYPE html>", "", "doctype"),
    ],
)
def test_a_fault_is_found(sound, faulty, fault):
    with pytest.raises(PageFault, match=fault.replace("{", r"\{")):
        pages_of(GOOD.replace(sound, faulty, 1)).get("/")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Cache-Control", "public"),
        ("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'"),
        ("Referrer-Policy", "origin"),
        ("Server", "gunicorn/27"),
    ],
)
def test_a_weak_header_is_found(header, value):
    with pytest.raises(PageFault):
        pages_of(GOOD, {header: value}).get("/")


def test_a_field_that_the_form_does_not_have_is_a_mistake_of_the_test():
    pages = pages_of(GOOD)

    with pytest.raises(PageFault, match="no field"):
        pages.post(pages.get("/"), {"nmae": "Li"})
