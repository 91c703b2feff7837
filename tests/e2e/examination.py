"""What every page is examined for, on a telephone and on a desk, whenever it has a new part."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from PIL import Image
from playwright.sync_api import CDPSession, Page

from tests.e2e.installation import ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = 64  # of a kept picture, so that it stays small
NO_SCRIPTS = {"Content-Security-Policy": "script-src 'none'", "Content-Type": "text/html"}
SIZES = {320: 640, 1280: 900}
RUN = f"axe.run(document, {{runOnly: {json.dumps(TAGS)}, resultTypes: ['violations']}})"
SHAPE = """Array.from(new Set(
  Array.from(document.querySelectorAll('[class]'), e => e.getAttribute('class'))))"""
# The widest part that sticks out, for the message.
STICKS_OUT = """(() => {
  const wide = document.scrollingElement;
  if (wide.scrollWidth <= wide.clientWidth) return '';
  const out = Array.from(document.querySelectorAll('body *'))
    .filter(e => e.getBoundingClientRect().right > wide.clientWidth + 0.5);
  const named = out.slice(-3).map(e => e.outerHTML.slice(0, 120)).join(' | ');
  return `${wide.scrollWidth} of ${wide.clientWidth} px: ${named}`;
})()"""
Ask = Callable[[str], Any]
Judge = Callable[[Ask], Iterable[str]]
# References of reports, ids, and numbers of cases.
VARIABLE = re.compile(
    r"SL-[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z_]+-\d{6}-\d{4}-\d{4}"
)


@dataclass
class Examination:
    """Remembers which pages were examined, and everything that is wrong with them.

    How a page is built is the same in every language, and checked once; how wide its words make
    it is not.
    """

    seen: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    checked: dict[str, set[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    sessions: WeakKeyDictionary[Page, CDPSession] = field(default_factory=WeakKeyDictionary)

    def examine(self, page: Page, *, scripts: bool = True) -> None:
        """Examine a page as it stands, unless each of its parts was examined at this address."""
        path = VARIABLE.sub("…", page.url.split("/", 3)[3].partition("?")[0])
        language = self._ask(page, "document.documentElement.lang")
        parts = set(self._ask(page, SHAPE))
        if not _adds(parts, self.seen.setdefault((path, language), set())):
            return
        judges = [_too_wide]
        if _adds(parts, self.checked.setdefault(path, set())):
            judges.append(_inaccessible)
        if scripts:
            self._examine(page, f"/{path} ({language})", judges)
        else:
            with _copy(page) as copy:
                self._examine(copy, f"/{path} ({language}, without scripts)", judges)

    def _examine(self, page: Page, where: str, judges: Iterable[Judge]) -> None:
        # By the protocol and not by a script of the page: its policy stays as it is.
        if _inaccessible in judges:
            self._session(page).send("Runtime.evaluate", {"expression": AXE})
        before = page.viewport_size
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            found = [fault for judge in judges for fault in judge(partial(self._ask, page))]
            self.faults += [f"{where} at {width} px: {fault}" for fault in found]
        if before:
            page.set_viewport_size(before)

    def _ask(self, page: Page, expression: str) -> Any:
        told = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self._session(page).send("Runtime.evaluate", told)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _session(self, page: Page) -> CDPSession:
        # One for as long as the page lives: the end of any would end a virtual passkey as well.
        if page not in self.sessions:
            self.sessions[page] = page.context.new_cdp_session(page)
        return self.sessions[page]

    def telling(self, *secrets: str) -> list[str]:
        """The addresses asked for so far that have one of these in them, however it is written."""
        plain = {_plain(secret) for secret in secrets}
        return [one for one in self.addresses if any(secret in _plain(one) for secret in plain)]

    def verdict(self) -> None:
        """Fail with everything found so far, and forget it."""
        found, self.faults = self.faults, []
        assert not found, "\n".join(found)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", unquote(text)).lower()


@contextmanager
def _copy(page: Page) -> Iterator[Page]:
    """The page as a browser without scripts has it, in one that lets the checker run."""
    browser = page.context.browser
    assert browser is not None
    copy = browser.new_page()
    as_it_stands = {"body": page.content(), "headers": NO_SCRIPTS}
    copy.route(page.url, lambda route: route.fulfill(**as_it_stands))
    copy.goto(page.url)
    yield copy
    copy.context.close()


def _adds(parts: set[str], known: set[str]) -> bool:
    """Whether there is a part among these that was not known; it is from now on."""
    new = not parts <= known
    known |= parts
    return new


def _too_wide(ask: Ask) -> Iterable[str]:
    if wide := ask(STICKS_OUT):
        yield f"scrolls sideways, {wide}"


def _inaccessible(ask: Ask) -> Iterable[str]:
    for violation in ask(RUN)["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {violation['help']}: {node['html'][:200]}"


def picture(page: Page, folder: Path, name: str, widths: Iterable[int]) -> None:
    """Keep how a page looks, for the documents."""
    before = page.viewport_size
    for width in widths:
        page.set_viewport_size({"width": width, "height": SIZES.get(width, 900)})
        taken = Image.open(io.BytesIO(page.screenshot(scale="css", animations="disabled")))
        taken.quantize(COLOURS).save(folder / f"{name}-{width}.png", optimize=True)
    if before:
        page.set_viewport_size(before)
