"""How much one network may send, how much may wait without a report; and nothing typed is lost."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask.sessions import SecureCookieSession
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from portal.evidence.models import Evidence
from portal.infra.config import settings
from portal.infra.database import db
from portal.intake import service
from portal.intake.models import Report
from portal.kernel.errors import RuleBroken, TooManyAttempts
from tests.factories.evidence import picture
from tests.factories.intake import submit
from tests.integration.intake.conftest import FORM, STORY
from tests.pages import Page, Pages

PATH = "/report/one-page"
URGENT = "child_abuse.material"
TYPED = {"narrative": STORY, "place": "示例路口", "name": "李例"}


@pytest.fixture
def limit(monkeypatch) -> Iterator[Any]:
    """Set limits of the installation for one test."""

    def choose(**limits: int) -> None:
        for name, value in limits.items():
            monkeypatch.setenv(f"SUNLINE_{name.upper()}", str(value))
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def files() -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(picture()), "a.jpg")]


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def send(pages: Pages, **fields: Any) -> Page:
    return pages.post(pages.get(PATH), {"narrative": STORY, **fields})


def typed_is_there(page: Page) -> bool:
    fields = page.fields(FORM)
    return {name: fields.get(name) for name in TYPED} == TYPED


@pytest.mark.requirement("T27")
def test_too_many_reports_of_one_network_are_refused_before_any_file_is_kept(pages, limit):
    limit(submissions_per_hour=1)
    send(pages)

    page = send(pages, **TYPED, files=files())

    assert page.status == 429
    assert int(page.response.headers["Retry-After"]) > 0
    assert "您所在的网络提交的来件太多" in page.problems()[0]
    assert page.problems()[1:] == ["文件没有随页面保留，请重新选择。"]
    assert typed_is_there(page)
    assert (count(Report), count(Evidence)) == (1, 0)


def test_a_second_press_of_the_button_is_not_counted(pages, limit):
    limit(submissions_per_hour=2)
    form = pages.get(PATH)

    pressed = [pages.post(form, {"narrative": STORY}).path for _ in range(4)]

    assert pressed == ["/report/receipt"] * 4
    assert send(pages).path == "/report/receipt"


@pytest.mark.requirement("T27")
def test_what_is_urgent_has_ten_times_the_room_and_not_more(app, limit):
    limit(submissions_per_hour=1)
    for _ in range(10):
        submit(category=URGENT, network="n", urls=("www.example.com/x",))

    with pytest.raises(TooManyAttempts):
        submit(category=URGENT, network="n", urls=("www.example.com/x",))
    assert submit(network="n")
    assert submit(category=URGENT, network="other", urls=("www.example.com/x",))


@pytest.mark.parametrize("limits", [{"uploads_per_hour": 1}, {"upload_megabytes_per_hour": 1}])
def test_too_many_files_of_one_network_are_refused_and_the_text_goes_without(pages, limit, limits):
    limit(**limits)
    send(pages, files=files())

    page = send(pages, **TYPED, files=files())

    assert (page.status, count(Evidence)) == (429, 1)
    assert "请先不带文件继续" in page.problems()[0]
    assert typed_is_there(page)
    assert pages.post(page, TYPED).path == "/report/receipt"


def test_the_step_for_files_has_the_same_limit_and_leads_on_without(pages, walk, limit):
    limit(uploads_per_hour=1)
    page = walk(pages, "/report/files")
    page = pages.post(page, {"files": files(), "add": "1"}, form=FORM)

    page = pages.post(page, {"files": files(), "add": "1"}, form=FORM)

    assert (page.status, count(Evidence)) == (429, 1)
    assert "请先不带文件继续" in page.problems()[0]
    assert pages.post(page, {"add": None}, form=FORM).path == "/report/who"


def test_files_without_a_report_may_take_so_much_room_and_those_of_reports_do_not_count(
    pages, walk, limit
):
    limit(max_unowned_bytes=int(1.5 * len(picture())))
    send(pages, files=files())
    page = walk(pages, "/report/files")
    page = pages.post(page, {"files": files(), "add": "1"}, form=FORM)

    page = pages.post(page, {"files": files(), "add": "1"}, form=FORM)

    assert (page.status, count(Evidence)) == (503, 2)
    assert "目前没有空间存放文件" in page.problems()[0]


def test_files_of_a_report_that_is_refused_after_they_were_kept_are_erased_at_once(
    pages, monkeypatch
):
    def refuse(*_args: object) -> None:
        raise RuleBroken("region-unknown")

    monkeypatch.setattr(service, "_accept_once", refuse)

    page = send(pages, **TYPED, files=files())

    assert (page.status, count(Evidence)) == (422, 0)
    assert typed_is_there(page)


@pytest.mark.parametrize("path", [PATH, "/report/story"])
def test_a_page_whose_token_is_not_good_any_more_comes_back_with_the_text(both, walk, path):
    page = both.get(path) if path == PATH else walk(both, path)
    with both.client.session_transaction() as session:
        assert isinstance(session, SecureCookieSession)
        session.clear()

    page = both.post(page, {"narrative": STORY}, form=FORM)

    assert page.status == 400
    assert len(page.problems()) == 1
    assert page.fields(FORM)["narrative"] == STORY
    assert both.post(page, form=FORM).status == 200


@pytest.mark.requirement("T53")
def test_where_the_database_is_away_the_text_can_be_copied(app, monkeypatch):
    def away(*_args: object, **_options: object) -> None:
        raise OperationalError("SELECT", {}, Exception("canary"))

    pages = Pages(app, may_break=True)
    form = pages.get(PATH)
    monkeypatch.setattr(service, "submit_report", away)

    page = pages.post(form, {**TYPED, "narrative": "<b>有人</b> & </textarea>"})

    assert page.status == 503
    assert page.one("main textarea").node.text == "<b>有人</b> & </textarea>\n\n示例路口\n\n李例"
    assert "canary" not in page.response.text


def test_other_words_for_a_form_already_sent_can_be_copied(pages):
    form = pages.get(PATH)
    pages.post(form, {"narrative": STORY})

    page = pages.post(form, {"narrative": "另一段话"})

    assert page.status == 422
    assert page.text("main textarea") == "另一段话"
