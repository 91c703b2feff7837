"""What every answer tells the browser (security design T16, T37)."""

import pytest

from portal.infra.config import settings
from portal.web import headers


@pytest.mark.requirement("T16")
@pytest.mark.parametrize("path", ["/about", "/nowhere", "/refuse/broken", "/language/en", "/leave"])
def test_dynamic_answers_are_never_kept_and_load_nothing_from_elsewhere(site, path):
    answer = site.test_client().get(path)

    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.requirement("T16")
def test_with_https_browsers_are_held_to_it(site, monkeypatch):
    secure = settings().model_copy(update={"https": True})
    monkeypatch.setattr(headers, "settings", lambda: secure)

    answer = site.test_client().get("/about")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert answer.headers["Content-Security-Policy"].endswith("upgrade-insecure-requests")


def test_static_files_with_their_fingerprint_are_kept_for_ever(site):
    client = site.test_client()
    page = client.get("/about").text
    address = page.split('href="/static/css/sunline.css')[1].split('"')[0]

    right = client.get(f"/static/css/sunline.css{address}")
    wrong = client.get("/static/css/sunline.css?v=0000000000000000")

    right.close()
    wrong.close()
    assert right.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert wrong.headers["Cache-Control"] == "public, no-cache"
    assert right.headers["X-Content-Type-Options"] == "nosniff"


def test_a_missing_static_file_is_not_kept(site):
    answer = site.test_client().get("/static/css/none.css?v=1")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


@pytest.mark.requirement("T15")
def test_text_is_escaped_in_text_title_and_attribute(pages):
    page = pages.get("/echo")

    assert "alert('1')" in page.text("p")
    assert page.one("main p")["title"].startswith('" onmouseover')
