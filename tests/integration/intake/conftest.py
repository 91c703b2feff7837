"""A reporter at the public form, in both languages, and what they answer."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from portal.infra.config import settings
from tests.pages import Page, Pages

FORM = "[novalidate]"
STORY = "示例路口有人摆摊卖盗版光盘，五元一张，每天晚上都在。"
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/report", {"subject": "piracy.av_physical"}),
    ("/report/where", {"where": "place", "region_typed": "320412", "place": "示例路口"}),
    ("/report/story", {"narrative": STORY}),
    ("/report/addresses", {"urls": "www.example.com/a"}),
    ("/report/files", {}),
    ("/report/who", {"contact_mode": "anonymous"}),
    ("/report/wishes", {}),
)
Walk = Callable[..., Page]


@pytest.fixture(autouse=True)
def _clear_volume() -> Iterator[None]:
    """The rows of a test are undone; so are its files."""
    yield
    shutil.rmtree(settings().evidence_dir, ignore_errors=True)


@pytest.fixture(params=["zh-Hans", "en"])
def both(app, request) -> Pages:
    """A browser of the public, in each language."""
    return Pages(app, request.param)


@pytest.fixture
def pages(app) -> Pages:
    """A browser of the public, in Chinese."""
    return Pages(app, "zh-Hans")


@pytest.fixture
def english(app) -> Pages:
    return Pages(app, "en")


@pytest.fixture
def walk() -> Walk:
    """Answer the steps up to an address; `changes` are other answers by the path of the step."""

    def to(pages: Pages, until: str = "/report/check", **changes: dict[str, Any]) -> Page:
        page = pages.get("/report")
        answers = dict(STEPS)
        while page.path != until:
            assert page.status == 200, page.problems()
            name = page.path.rsplit("/", 1)[-1]
            given = {**answers.get(page.path, {}), **changes.get(name, {})}
            page = pages.post(page, given, form=FORM)
        return page

    return to


@pytest.fixture
def send() -> Callable[..., Page]:
    """Press the last button, as long after the first as a person would."""

    def press(pages: Pages, page: Page, **fields: Any) -> Page:
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=3), tick=True):
            return pages.post(page, fields, form=FORM)

    return press
