"""How texts and queries are folded and compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.search import LONGEST_QUERY, fold, is_searchable, matches


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("盜版書籍", "盗版书籍"),
        ("ＡＢＣ１２３％", "abc123%"),
        ("caf\u00e9", "CAFE\u0301"),
        ("盗\u200b版\ufeff", "盗版"),
        ("Straße", "STRASSE"),
        ("盗\r\n  版", "盗版"),
    ],
)
def test_what_reads_alike_folds_alike(one, other):
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_any_text_never_fails_and_folding_twice_changes_nothing(original):
    assert fold(fold(original)) == fold(original)


@given(
    st.text(),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1),
    st.text(),
)
def test_a_text_matches_any_characters_that_are_in_it(before, query, after):
    assert matches(f"{before} {query} {after}", query)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_composed_and_decomposed_match_alike(original):
    query = original.split()[0] if original.split() else original

    assert matches(original, query) == matches(unicodedata.normalize("NFD", original), query)


@pytest.mark.parametrize(
    ("original", "query", "expected"),
    [
        ("打折50%", "%", True),
        ("打折50", "%", False),
        ("a_b", "_", True),
        ("ab", "_", False),
        ("a'b\"c\\d", "'b\"c\\", True),
        ("盗版的光盘", "盗版 光盘", True),
        ("盗版的书", "盗版 光盘", False),
        ("anything", "", False),
        ("anything", " \u200b ", False),
    ],
)
def test_every_term_must_be_there_as_it_stands(original, query, expected):
    assert matches(original, query) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("盗版", True),
        ("ab", True),
        ("%", True),
        ("盗 版本", True),
        ("盗", False),
        ("盗 a 1", False),
        ("", False),
        ("\u200b", False),
        ("盗版" * LONGEST_QUERY, False),
    ],
)
def test_two_characters_or_a_sign_can_be_searched_for(query, expected):
    assert is_searchable(query) is expected
