"""Somebody at a browser: every page they come to is examined, every request is noted."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.e2e.examination import Examination, picture
from tests.e2e.installation import ROOT, Installation

PICTURES = ROOT / "docs" / "img"
PICTURE_WIDTHS = (320, 768, 1280)
FORM = "main form[method=post]:not(.sl-inline-form)"


@dataclass
class Visitor:
    """One person with one browser, and the ways in which a person gets from page to page."""

    installation: Installation
    page: Page
    examination: Examination
    scripts: bool = True
    uncached: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.installation.url + path)
        self.arrive()

    def follow(self, address: str) -> None:
        """Press the first link that leads to an address ending so."""
        with self.page.expect_navigation():
            self.page.locator(f"a[href$='{address}']").first.click()
        self.arrive()

    def submit(self, fields: Mapping[str, Any] | None = None, button: str = "") -> None:
        """Fill in the form of the page by the names of its fields, and send it."""
        for name, value in (fields or {}).items():
            self.fill(name, value)
        self.press(f"{FORM} button[type=submit]{button}")

    def press(self, selector: str) -> None:
        """Press a button that leads to another page."""
        # Not "navigation": that start.js gives a sent page its address would count as one.
        with self.page.expect_event("load"):
            self.page.locator(selector).last.click()
        self.arrive()

    def fill(self, name: str, value: Any) -> None:  # what the field takes
        """Answer one question."""
        found = self.page.locator(f"main [name='{name}']:not([type=hidden])")
        kind = found.first.get_attribute("type")
        if kind == "radio":
            self.page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind == "checkbox":
            found.set_checked(value)
        elif kind == "file":
            found.set_input_files(value)
        elif found.first.evaluate("e => e.tagName") == "SELECT":
            found.select_option(value)
        else:
            found.fill(value)

    def text(self, selector: str = "main") -> str:
        """What stands there."""
        return self.page.locator(selector).first.inner_text()

    def picture(self, name: str) -> None:
        """Keep how the page looks: SUNLINE_SCREENSHOTS is a language, `zh-Hans` or `en`."""
        language = self.page.locator("html").get_attribute("lang")
        if self.scripts and os.environ.get("SUNLINE_SCREENSHOTS") == language:
            picture(self.page, _picture_folder(), name, PICTURE_WIDTHS)

    @property
    def path(self) -> str:
        """Where they are."""
        return self.page.url.removeprefix(self.installation.url)

    def arrive(self) -> None:
        """Look at the page that has come."""
        self.page.wait_for_load_state("load")
        # A button that only a script can answer is not offered without one.
        assert not self.page.locator("[hidden]:not([hidden='until-found']):visible").count()
        self.examination.examine(self.page, scripts=self.scripts)


def _picture_folder() -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


@contextmanager
def visitor(
    browser: Browser,
    installation: Installation,
    examination: Examination,
    language: str,
    *,
    scripts: bool = True,
) -> Iterator[Visitor]:
    """A browser of one's own; what it complained about, and what it may have kept, is a fault."""
    context = browser.new_context(
        locale=language,
        java_script_enabled=scripts,
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    somebody = Visitor(installation, page, examination, scripts)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: _complain(complaints, told.type, told.text))
    context.on("request", lambda request: examination.addresses.add(request.url))
    context.on("response", lambda response: _note_cache(somebody.uncached, response))
    try:
        yield somebody
        assert complaints == []
        assert somebody.uncached == []
        assert _kept(context) == set()
    finally:
        context.close()


def _complain(complaints: list[str], kind: str, text: str) -> None:
    # A refusal that the journey is about (a 422) is told by the browser as an error too.
    if kind == "error" and "the server responded with a status of" not in text:
        complaints.append(text)


def _note_cache(kept: list[str], response: Response) -> None:
    if "/static/" not in response.url and response.headers.get("cache-control") != "no-store":
        kept.append(f"{response.status} {response.url}")


def _kept(context: BrowserContext) -> set[str]:
    """Where the browser keeps anything apart from cookies."""
    stores: Sequence[Any] = context.storage_state().get("origins", [])
    return {str(origin["origin"]) for origin in stores}
