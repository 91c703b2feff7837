"""The page client of the tests: every page it fetches is parsed strictly and checked.

    pages = Pages(app)
    page = pages.get("/report")
    page = pages.post(page, {"category": "books.pirated"})          # the only form, or form="..."
    assert page.status == 200 and "回执" in page.text("h1")

A form is filled like a browser does: its hidden fields and what is already in it are sent too.
Redirects are followed unless `follow=False`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import html5lib
import lxml.html
from flask import Flask
from werkzeug.test import TestResponse

from portal.infra.config import settings

XHTML = "{http://www.w3.org/1999/xhtml}"
Fields = Mapping[str, Any]

REQUIRED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
LEFTOVERS = re.compile(
    r"\{\{|\{%|%\(\w+\)[sd]|\bNone\b|\brefused\.[a-z-]+|<[A-Za-z]\w*(?: object)? at 0x"
)


class PageFault(AssertionError):
    """A page that no reader should get."""


class Element:
    """An element of a page, with the few questions tests ask."""

    def __init__(self, node: Any) -> None:
        self.node = node

    @property
    def text(self) -> str:
        return " ".join("".join(self.node.itertext()).split())

    def __getitem__(self, attribute: str) -> str:
        return str(self.node.attrib[attribute])

    def get(self, attribute: str, otherwise: str = "") -> str:
        return str(self.node.get(attribute, otherwise))


class Page:
    """One answer of the application, parsed if it is HTML."""

    def __init__(self, response: TestResponse, path: str) -> None:
        self.response = response
        self.path = path
        self.status = response.status_code
        redirect = 300 <= response.status_code < 400
        self.is_html = response.mimetype == "text/html" and not redirect
        self.tree = _parse(response.text, path) if self.is_html else None

    def find(self, selector: str) -> list[Element]:
        """Elements by a little CSS: `tag`, `.class`, `#id`, `[attr]`, `[attr=value]`, descent."""
        if self.tree is None:
            raise PageFault(f"{self.path} is not HTML: {self.response.mimetype}")
        return [Element(node) for node in self.tree.xpath(_xpath(selector))]

    def one(self, selector: str) -> Element:
        """The only element that matches."""
        found = self.find(selector)
        if len(found) != 1:
            raise PageFault(f"{self.path}: {len(found)} elements match {selector!r}, not one")
        return found[0]

    def text(self, selector: str = "main") -> str:
        """The text of all that match, white space as single spaces."""
        return " ".join(element.text for element in self.find(selector))

    def has(self, selector: str) -> bool:
        return bool(self.find(selector))

    def links(self) -> list[str]:
        """Where the page leads to."""
        return [element["href"] for element in self.find("a[href]")]

    def problems(self) -> list[str]:
        """The lines of the error summary."""
        return [element.text for element in self.find(".govuk-error-summary__list li")]

    def fields(self, form: str = "") -> dict[str, Any]:
        """What a browser would send if the form were submitted as it stands."""
        return _fields(self._form(form).node)

    def _form(self, form: str) -> Element:
        """The form with the selector, or the only POST form of the main part of the page."""
        return self.one(form) if form else self.one("main form[method=post]")


class Pages:
    """A browser without scripts and with strict eyes; a broken page (500) fails the test."""

    def __init__(self, app: Flask, language: str = "zh-Hans", *, may_break: bool = False) -> None:
        self.client = app.test_client()
        self.may_break = may_break
        self.client.set_cookie("lang", language)

    def get(self, path: str, *, follow: bool = True, **options: Any) -> Page:
        """Fetch a page."""
        return self._checked(self.client.get(path, follow_redirects=follow, **options), path)

    def post(
        self, page: Page, fields: Fields | None = None, *, form: str = "", follow: bool = True
    ) -> Page:
        """Submit a form of `page` with `fields` filled in; None as a value leaves a field out."""
        node = page._form(form).node  # noqa: SLF001  # the client and its page are one thing
        data = {**_fields(node), **(fields or {})}
        data = {name: value for name, value in data.items() if value is not None}
        unknown = set(fields or {}) - _names(node)
        if unknown:
            raise PageFault(f"{page.path}: the form has no field {sorted(unknown)}")
        path = node.get("action") or page.path
        answer = self.client.post(
            path, data=data, follow_redirects=follow, content_type=node.get("enctype")
        )
        return self._checked(answer, path)

    def _checked(self, response: TestResponse, path: str) -> Page:
        if response.status_code == 500 and not self.may_break:
            raise PageFault(f"{path} broke: the log has the traceback")
        place = urlsplit(response.request.url)
        page = Page(response, place.path + (f"?{place.query}" if place.query else "") or path)
        check(page)
        return page


def check(page: Page) -> None:
    """Raise PageFault with everything that is wrong with the page."""
    faults = list(_header_faults(page))
    if page.tree is not None:
        for examine in (_frame, _ids, _controls, _forms, _inline, _words):
            faults.extend(examine(page))
    if faults:
        raise PageFault(f"{page.path} ({page.status}):\n  " + "\n  ".join(faults))


# What decides whether HTML is well formed: comments, references, and tags with all their names. Not
# the words between, and not what attributes are filled with.
MARKUP = re.compile(r"(<!--.*?-->|<[^<>]*>|&#?\w*;?)|[^<&]+|<", re.DOTALL)
VALUE = re.compile(r'"[^"]*"')
_well_formed: set[int] = set()  # the shapes of the pages that the strict parser has read


def _parse(text: str, path: str) -> Any:
    """The page as a quick parser reads it; the strict one, fifty times slower, must agree.

    It is asked once for each shape of a page: what is filled in does not make it another.
    """
    tree = lxml.html.document_fromstring(text.replace("<wbr>", "<wbr/>"))  # it knows none
    shape = hash(MARKUP.sub(lambda found: VALUE.sub(_emptied, found[1] or " "), text))
    if shape not in _well_formed:
        if _outline(_read_strictly(text, path)) != _outline(tree):
            raise PageFault(f"{path}: the two parsers of the tests read it differently")
        _well_formed.add(shape)
    return tree


def _emptied(value: re.Match[str]) -> str:
    """A value with nothing left in it but its references."""
    return f'"{"".join(re.findall(r"&#?[a-zA-Z]*;?", value[0]))}"'


def _outline(tree: Any) -> list[tuple[str, int, int]]:
    """Every element in order, with how deep it lies and the number of its attributes."""
    # The strict parser adds the bodies of tables, and spells the space of names of a drawing out.
    found, depths = [], {}
    for one in tree.iter("*"):
        name = str(one.tag).rpartition("}")[2]
        depths[one] = depths.get(one.getparent(), 0) + (name != "tbody")
        if name != "tbody":
            found.append((name, depths[one], len(one.attrib)))
    return found


def _read_strictly(text: str, path: str) -> Any:
    parser = html5lib.HTMLParser(
        tree=html5lib.getTreeBuilder("lxml"), strict=True, namespaceHTMLElements=False
    )
    try:
        return parser.parse(text)
    except html5lib.html5parser.ParseError as error:
        (line, column), code, details = parser.errors[-1]
        source = text.splitlines()[line - 1][max(0, column - 60) : column + 20]
        raise PageFault(f"{path}: {code} {details} at line {line}: …{source}…") from error


def _header_faults(page: Page) -> Iterator[str]:
    headers = page.response.headers
    for name, expected in REQUIRED_HEADERS.items():
        if headers.get(name) != expected:
            yield f"header {name} is {headers.get(name)!r}, not {expected!r}"
    policy = headers.get("Content-Security-Policy", "")
    own_files = settings().files_origin
    policy = policy.replace(f" {own_files};", ";") if own_files else policy
    if "default-src 'none'" not in policy or "unsafe" in policy or "http" in policy:
        yield f"weak policy: {policy!r}"
    if "Server" in headers:
        yield "says what server it is"


def _frame(page: Page) -> Iterator[str]:
    if not page.one("html").get("lang"):
        yield "html has no lang"
    if len(page.find("h1")) != 1:
        yield f"{len(page.find('h1'))} h1 elements, not one"
    elif not page.text("h1"):
        yield "empty h1"
    if len(page.find(".govuk-error-summary")) != len(page.find("main .govuk-error-summary")):
        yield "what is wrong stands outside of main"
    title = page.text("title").split("–")[0].removesuffix(" ")
    if not title:
        yield "empty title"
    if not page.has("main#main-content"):
        yield "no main part"


def _ids(page: Page) -> Iterator[str]:
    seen: set[str] = set()
    for element in page.find("[id]"):
        if element["id"] in seen:
            yield f"id {element['id']!r} twice"
        seen.add(element["id"])
    for attribute in ("aria-describedby", "aria-labelledby", "for", "aria-controls"):
        for element in page.find(f"[{attribute}]"):
            for target in set(element[attribute].split()) - seen:
                yield f"{attribute} points to {target!r}, which is not there"
    for element in page.find("a[href]"):
        target = element["href"]
        if target.startswith("#") and target[1:] not in seen:
            yield f"a link points to {target!r}, which is not there"


def _controls(page: Page) -> Iterator[str]:
    labels = {element["for"] for element in page.find("label[for]") if element.text}
    for element in page.find("input") + page.find("select") + page.find("textarea"):
        if element.get("type") in UNLABELLED:
            continue
        if element.get("id") not in labels and not element.get("aria-label"):
            yield f"no label for {element.get('name')!r}"
    for element in page.find("img"):
        if "alt" not in element.node.attrib:
            yield f"no alt for {element.get('src')!r}"
    for element in page.find("a") + page.find("button"):
        if not element.text and not element.get("aria-label"):
            yield f"a {element.node.tag} without words"


def _forms(page: Page) -> Iterator[str]:
    for element in page.find("form"):
        if element.get("method", "get").lower() != "post":
            continue
        names = [field.get("name") for field in element.node.iter("input")]
        count = names.count("csrf_token")
        if count != 1:
            yield f"form to {element.get('action') or page.path} has {count} CSRF fields"


def _inline(page: Page) -> Iterator[str]:
    for element in page.find("script"):
        if not element.get("src") or element.text:
            yield "inline script"
    if page.has("style"):
        yield "inline style element"
    for element in page.find("*"):
        for attribute, value in element.node.attrib.items():
            yield from _attribute_faults(element.node.tag, attribute.lower(), value.lower())


def _attribute_faults(tag: str, attribute: str, value: str) -> Iterator[str]:
    if attribute == "style" or attribute.startswith("on"):
        yield f"inline {attribute} on {tag}"
    if attribute in {"src", "href", "action"} and value.startswith("javascript:"):
        yield f"javascript: in {attribute}"
    if attribute in {"src", "srcset"} and "//" in value:
        yield f"loads {value!r} from elsewhere"


def _words(page: Page) -> Iterator[str]:
    for found in LEFTOVERS.finditer(page.text("body") + " " + page.text("title")):
        yield f"left over in the text: {found[0]!r}"
    for found in _label_pattern().finditer(page.text("body")):
        yield f"no label for {found[0]!r} in this language"


def _label_pattern() -> re.Pattern[str]:
    """Keys of labels that no catalogue knew: `ReportState.received`."""
    names = {kind.__name__ for kind in StrEnum.__subclasses__()}
    return re.compile(r"\b(?:" + "|".join(sorted(names)) + r")\.[a-z][\w-]*")


def _names(form: Any) -> set[str]:
    controls = form.xpath(".//input | .//select | .//textarea | .//button")
    return {node.get("name") for node in controls if node.get("name")}


def _fields(form: Any) -> dict[str, Any]:
    data: dict[str, list[str]] = {}
    for node in form.xpath(".//input | .//select | .//textarea"):
        name = node.get("name")
        if name and node.get("disabled") is None:
            values = _values(node)
            if values:
                data.setdefault(name, []).extend(values)
    return {name: values[0] if len(values) == 1 else values for name, values in data.items()}


def _values(node: Any) -> Sequence[str]:
    if node.tag == "textarea":
        return ["".join(node.itertext()).removeprefix("\n")]
    if node.tag == "select":
        options = node.findall(".//option")
        chosen = [one for one in options if one.get("selected") is not None] or options[:1]
        return [one.get("value", "".join(one.itertext())) for one in chosen]
    kind = node.get("type", "text")
    if kind in {"checkbox", "radio"}:
        return [node.get("value", "on")] if node.get("checked") is not None else []
    return [] if kind in {"submit", "button", "reset", "image", "file"} else [node.get("value", "")]


_STEP = re.compile(r"([#.]?)([\w-]+)|\[([\w:.-]+)(?:=[\"']?([^\"'\]]*)[\"']?)?\]")


def _xpath(selector: str) -> str:
    path = ""
    for part in re.findall(r"(?:[^\s\[]|\[[^\]]*\])+", selector):
        tag, tests = "*", ""
        for mark, name, attribute, value in _STEP.findall(part):
            if attribute:
                tests += f'[@{attribute}="{value}"]' if value else f"[@{attribute}]"
            elif mark == "#":
                tests += f'[@id="{name}"]'
            elif mark == ".":
                tests += f'[contains(concat(" ", normalize-space(@class), " "), " {name} ")]'
            else:
                tag = name
        path += f"//{tag}{tests}"
    return path
