"""The word lists of words.toml, ready for matching."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    source = files("portal.triage.rules").joinpath("words.toml").read_text("utf-8")
    return {
        name: tuple(words.split() if isinstance(words, str) else words)
        for name, words in tomllib.loads(source).items()
    }


@cache
def words(name: str) -> tuple[str, ...]:
    """The list of that name; an unknown name is a KeyError."""
    return _lists()[name]


@cache
def word_set(name: str) -> frozenset[str]:
    """The same as a set, for asking whether a word is one of them."""
    return frozenset(words(name))


@cache
def names_of_kind(kind: str) -> tuple[str, ...]:
    """How people call departments of that kind; none for a kind nobody named."""
    return _lists().get(f"names_{kind}", ())
