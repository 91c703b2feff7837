"""Text from people is cleaned of what cannot be stored, and of nothing else."""

import time

import pytest

from portal.web.text import clean, clean_line, marked


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("a\0b", "ab"),
        ("a\x07\x1b[31mb", "a[31mb"),
        ("a\x85\x9fb", "ab"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("tab\tstays", "tab\tstays"),
        ("lone \ud83d surrogate", "lone � surrogate"),
        ("cafe\u0301", "café"),
        ("\u3000 spaces around \n", "spaces around"),
        ("   \n\t ", ""),
        ("盗版书😀𠮷", "盗版书😀𠮷"),
        ("evil\u202etxt.exe", "evil\u202etxt.exe"),
        ("zero\u200bwidth", "zero\u200bwidth"),
    ],
)
def test_a_text_keeps_everything_but_what_cannot_be_stored(received, kept):
    assert clean(received) == kept


def test_cleaning_twice_changes_nothing_more():
    text = clean("a" + "\u0301\u0316" * 100 + "\0\ud800 e\u0301")

    assert clean(text) == text


def test_a_line_has_no_line_ends():
    assert clean_line(" one\n two\t\u3000three ") == "one two three"


def test_a_megabyte_of_combining_marks_takes_no_time():
    before = time.perf_counter()

    clean("a" + "\u0301\u0316" * 250_000)

    assert time.perf_counter() - before < 5


def test_what_cannot_be_seen_is_shown_to_staff():
    assert marked("gpj\u202eexe.\u200b") == "gpj⟦RLO⟧exe.⟦ZWSP⟧"
