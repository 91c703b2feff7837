"""What every page is examined for, on a telephone and on a desk, once for each shape it takes."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e.installation import ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
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
VARIABLE = re.compile(r"SL-[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass
class Examination:
    """Remembers which pages were examined, and everything that is wrong with them."""

    seen: set[tuple[str, ...]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)

    def examine(self, page: Page) -> None:
        """Examine a page as it stands, unless one of its address, language and shape was."""
        session = page.context.new_cdp_session(page)

        def ask(expression: str) -> Any:
            told = {"expression": expression, "awaitPromise": True, "returnByValue": True}
            answer = session.send("Runtime.evaluate", told)
            assert "exceptionDetails" not in answer, answer
            return answer["result"].get("value")

        path = VARIABLE.sub("…", page.url.split("/", 3)[3].partition("?")[0])
        language = str(ask("document.documentElement.lang"))
        shape = (path, language, *sorted(ask(SHAPE)))
        if shape not in self.seen:
            self.seen.add(shape)
            # By the protocol and not by a script of the page: its policy stays as it is.
            session.send("Runtime.evaluate", {"expression": AXE})
            before = page.viewport_size
            for width, height in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                where = f"/{path} ({language}, {width} px)"
                self.faults += [f"{where}: {fault}" for fault in _faults(ask)]
            if before:
                page.set_viewport_size(before)
        session.detach()

    def note(self, addresses: Iterable[str]) -> None:
        """Remember what was asked for, for the search of addresses."""
        self.addresses.update(addresses)

    def verdict(self) -> None:
        """Fail with everything found so far, and forget it."""
        found, self.faults = self.faults, []
        assert not found, "\n".join(found)


def _faults(ask: Any) -> Iterable[str]:
    if wide := ask(STICKS_OUT):
        yield f"scrolls sideways, {wide}"
    for violation in ask(RUN)["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {violation['help']}: {node['html'][:200]}"


def picture(page: Page, folder: Path, name: str, widths: Iterable[int]) -> None:
    """Keep how a page looks, for the documents."""
    before = page.viewport_size
    for width in widths:
        page.set_viewport_size({"width": width, "height": SIZES.get(width, 900)})
        page.screenshot(path=folder / f"{name}-{width}.png", scale="css", animations="disabled")
    if before:
        page.set_viewport_size(before)
