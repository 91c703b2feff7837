"""Every refusal and every failure is a page that people can read, in both languages."""

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.exc import OperationalError

from portal.kernel.errors import TooManyAttempts
from portal.web.errors import sentence

STATUS = {
    "not-found": 404,
    "not-permitted": 403,
    "rule-broken": 422,
    "move-refused": 409,
    "unavailable": 503,
    "database": 503,
    "overtaken": 409,
    "stale": 409,
    "broken": 500,
    "flooded": 429,
}


@pytest.mark.parametrize(("why", "status"), STATUS.items())
@pytest.mark.parametrize("language", ["pages", "english"])
def test_each_refusal_has_its_status_and_a_page_without_its_inside(request, language, why, status):
    page = request.getfixturevalue(language).get(f"/refuse/{why}")

    assert page.status == status
    assert page.text("h1")
    for inside in ("canary", "Traceback", "SELECT", "Error(", why):
        assert inside not in page.response.text.replace(page.path, "")


@pytest.mark.parametrize(
    "status", [400, 403, 404, 405, 408, 411, 413, 414, 415, 422, 429, 500, 503]
)
def test_http_errors_keep_their_status(site, pages, status):
    site.config["WTF_CSRF_CHECK_DEFAULT"] = False

    answer = pages.client.post(f"/abort/{status}")

    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert ("系统出了问题" in answer.text) == (status == 500)


def test_a_wrong_method_says_which_are_right(pages):
    page = pages.get("/abort/400")

    assert page.status == 405
    assert "POST" in page.response.headers["Allow"]


def test_who_asks_too_often_is_told_when_to_come_back(pages):
    assert pages.get("/refuse/flooded").response.headers["Retry-After"] == "30"


def test_a_post_that_the_database_did_not_take_is_said_not_to_be_received(site, pages):
    token = pages.get("/letter").fields()["csrf_token"]

    answer = pages.client.post("/refuse/database", data={"csrf_token": token})

    assert answer.status_code == 503
    assert "您提交的内容没有收到" in answer.text
    assert answer.headers["Retry-After"] == "60"


def test_a_page_that_only_could_not_be_shown_does_not_speak_of_receiving(pages):
    assert "没有收到" not in pages.get("/refuse/database").text()


def test_a_missing_or_wrong_token_is_refused_and_explained(pages):
    answer = pages.client.post("/letter", data={"csrf_token": "wrong"})

    assert answer.status_code == 400
    assert "这个页面打开得太久了" in answer.text


def test_error_pages_need_neither_session_nor_context_processors(site, pages):
    @site.context_processor
    def unreachable():
        raise AssertionError("the database is away")

    assert pages.get("/refuse/database").status == 503
    assert pages.get("/nowhere").status == 404


def test_a_refusal_with_a_sentence_of_its_own_shows_it(english):
    page = english.get("/refuse/move-refused")

    assert "In its present state this step is not possible." in page.text()


def test_a_session_store_that_is_away_is_a_503_too(site, pages):
    class AwayStore(SecureCookieSessionInterface):
        def open_session(self, *_args):
            raise OperationalError("SELECT", {}, Exception("canary"))

    site.session_interface = AwayStore()

    answer = pages.client.get("/about")

    assert answer.status_code == 503
    assert "canary" not in answer.text


def test_more_than_the_limit_is_refused_with_413(site, pages):
    token = pages.get("/letter").fields()["csrf_token"]
    site.config["MAX_CONTENT_LENGTH"] = 1000

    answer = pages.client.post("/letter", data={"csrf_token": token, "story": "x" * 2000})

    assert answer.status_code == 413
    assert "您提交的内容没有收到" in answer.text


@pytest.mark.parametrize(
    ("seconds", "said"), [(30, "请在 1 分钟后"), (3600, "请在 60 分钟后"), (7201, "请在 3 小时后")]
)
def test_who_is_held_is_told_for_how_long(app, seconds, said):
    held = TooManyAttempts("too-many-attempts", kind="receipt-network", seconds=seconds)

    with app.test_request_context("/track"):
        assert said in (sentence(held) or "")
