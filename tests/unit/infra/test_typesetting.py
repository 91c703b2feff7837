"""Text on papers: whatever people write can be set, and what the typeface lacks is a box."""

import io

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.infra.typesetting import BOX, _ranges, shown, typeset
from portal.papers.sheets import TEMPLATE
from tests.papers import words_of

EMPTY = {
    **dict.fromkeys(("title", "draft", "office", "address", "number", "reports_title"), "标题"),
    **dict.fromkeys(("head", "sections", "reports", "phrase", "periods", "signatures"), ()),
    "lang": "zh",
    "day": [2026, 11, 26],
    "code": "",
    "emblem": "",
    "code_words": "",
}


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ("武进区 é ж Ω", "武进区 é ж Ω"),
        ("笑😀脸", f"笑{BOX}脸"),
        ("مرحبا", BOX * 5),
        ("a\u202etxt.exe\u202c", "atxt.exe"),
        ("零\u200b宽\ufe0f", "零宽"),
        ("空\x00\x07格\t一", "空格 一"),
        ("半个\ud800", f"半个{BOX}"),
        ("私用\ue000", f"私用{BOX}"),
        ("两\n行", "两\n行"),
    ],
)
def test_a_letter_that_the_typeface_lacks_is_a_box_and_what_is_unseen_is_left_out(written, stands):
    assert shown(written) == stands


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_what_is_shown_is_shown_the_same_again(text):
    assert shown(shown(text)) == shown(text)


def test_the_edges_of_what_the_typeface_has_can_be_set_for_the_archive():
    edges = "".join(chr(code) for pair in _ranges() for code in pair)
    content = {**EMPTY, "head": [["", edges]]}

    paper = typeset(TEMPLATE, content, archive=True)

    with pikepdf.open(io.BytesIO(paper)) as opened:
        assert len(opened.pages) >= 1


def test_markup_in_what_people_write_is_set_as_it_stands():
    text = "#strong[x] " * 1000

    paper = typeset(TEMPLATE, {**EMPTY, "phrase": [text]})

    with pikepdf.open(io.BytesIO(paper)) as opened:
        assert words_of(opened).count("#strong[x]") == 1000
