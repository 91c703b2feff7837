"""The mark over every page of a paper that was struck out, wherever it is handed out."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pikepdf

from portal.infra.typesetting import typeset

TEMPLATE: Final = Path(__file__).with_name("struck.typ")


def struck(body: bytes, words: str) -> bytes:
    """The paper with the mark on every page; what is kept stays as it was made."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(body)) as paper:
        mark_pages(paper, paper.pages, words)
        paper.save(written, deterministic_id=True)
    return written.getvalue()


def mark_pages(paper: pikepdf.Pdf, pages: Iterable[pikepdf.Page], words: str) -> None:
    """Lay the mark over pages of a PDF: no reader of aids stumbles over it in the text."""
    with pikepdf.open(io.BytesIO(typeset(TEMPLATE, {"words": words}))) as mark:
        laid = paper.copy_foreign(mark.pages[0].as_form_xobject())
    for page in pages:
        page.add_overlay(laid, None)
