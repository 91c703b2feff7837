"""Binding: all pieces of a file one behind the other, with an index in front and page numbers."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pikepdf
from PIL import Image

from portal.evidence.kinds import FileKind
from portal.infra.typesetting import typeset
from portal.papers.striking import mark_pages
from portal.papers.tagging import Tags

HERE: Final = Path(__file__).parent
INDEX, INSERT, NUMBERS = HERE / "index.typ", HERE / "insert.typ", HERE / "numbers.typ"
_PICTURES: Final = {FileKind.JPEG: "jpeg", FileKind.PNG: "png"}


@dataclass(frozen=True, slots=True)
class Bound:
    """One piece as it is bound: its name in the outline, its pages, and the mark over them."""

    title: str
    body: bytes = field(repr=False)
    pages: int
    mark: str = ""


def piece_of(title: str, kind: FileKind | None, body: bytes, lines: Sequence[str]) -> Bound:
    """A piece to be bound: a PDF as it is, a picture on a page, else a page that says where it is.

    `lines` is what the page says of a piece that is not printed. Pictures are decoded by typst.
    """
    if kind is FileKind.PDF:
        with pikepdf.open(io.BytesIO(body)) as paper:
            return Bound(title, body, len(paper.pages))
    picture = _svg(kind, body) if kind in _PICTURES else ""
    said = [] if picture else list(lines)
    page = typeset(INSERT, {"title": title, "lines": said}, picture=picture)
    return Bound(title, page, 1)


def pages_of(kind: FileKind | None, body: bytes) -> int:
    """How many pages a piece takes that is printed from this."""
    if kind is not FileKind.PDF:
        return 1
    with pikepdf.open(io.BytesIO(body)) as paper:
        return len(paper.pages)


def bind(index: bytes, pieces: Sequence[Bound], *, title: str, language: str) -> bytes:
    """One PDF: the index, then the pieces with a number on every page and a name in the outline."""
    made = pikepdf.new()
    tags = Tags(made)
    before = _put_in(made, tags, index, title)
    starts = []
    for piece in pieces:
        starts.append(len(made.pages))
        _put_in(made, tags, piece.body, piece.title)
        if piece.mark:
            mark_pages(made, made.pages[starts[-1] :], piece.mark)
    tags.finish()
    _number_pages(made, before, title)
    with made.open_outline() as outline:
        named = zip(pieces, starts, strict=True)
        outline.root.extend(pikepdf.OutlineItem(one.title, start) for one, start in named)
    with made.open_metadata(set_pikepdf_as_editor=False) as about:
        about["dc:title"] = title
    made.Root.Lang = pikepdf.String(language)
    written = io.BytesIO()
    made.save(written, deterministic_id=True)
    return written.getvalue()


def _put_in(made: pikepdf.Pdf, tags: Tags, body: bytes, title: str) -> int:
    """Put the pages of a piece behind those there are, with their tags; return how many."""
    with pikepdf.open(io.BytesIO(body)) as paper:
        start = len(made.pages)
        made.pages.extend(paper.pages)
        tags.carry(paper, made.pages[start:], title)
        return len(made.pages) - start


def _number_pages(made: pikepdf.Pdf, before: int, title: str) -> None:
    count = len(made.pages) - before
    if not count:
        return
    lines = [f"{title}   {number} / {count}" for number in range(1, count + 1)]
    with pikepdf.open(io.BytesIO(typeset(NUMBERS, {"title": title, "lines": lines}))) as numbers:
        for page, number in zip(list(made.pages)[before:], numbers.pages, strict=True):
            page.add_overlay(number, None)


def _svg(kind: FileKind | None, body: bytes) -> str:
    """A picture in a drawing, since a template takes text: only its head is read here."""
    media = _PICTURES[kind] if kind is not None else ""
    with Image.open(io.BytesIO(body)) as picture:
        width, height = picture.size
    held = base64.b64encode(body).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"><image width="{width}" '
        f'height="{height}" xlink:href="data:image/{media};base64,{held}"/></svg>'
    )
