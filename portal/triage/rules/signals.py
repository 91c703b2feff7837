"""Finding the signals of signals.toml in a folded text, in one pass."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from portal.triage.rules.scan import PhraseIndex


class _Pair(NamedTuple):
    signal: str
    one: str
    other: str
    within: int


class _Signals(NamedTuple):
    phrases: PhraseIndex[str]
    pairs: tuple[_Pair, ...]


@cache
def _signals() -> _Signals:
    source = files("portal.triage.rules").joinpath("signals.toml").read_text("utf-8")
    phrases: list[tuple[str, str]] = []
    pairs: list[_Pair] = []
    for signal, spec in tomllib.loads(source).items():
        phrases += [(phrase, signal) for phrase in spec.get("any", ())]
        for number, near in enumerate(spec.get("near", ())):
            one, other = f"{signal}/{number}/one", f"{signal}/{number}/other"
            phrases += [(phrase, one) for phrase in near["one"]]
            phrases += [(phrase, other) for phrase in near["other"]]
            pairs.append(_Pair(signal, one, other, near["within"]))
    return _Signals(PhraseIndex(phrases), tuple(pairs))


def signals_in(text: str) -> Mapping[str, tuple[int, ...]]:
    """Signals of a text with the places where each is said; those not said are absent."""
    index = _signals()
    at: dict[str, list[int]] = {}
    for start, _end, meanings in index.phrases.every(text):
        for meaning in meanings:
            at.setdefault(meaning, []).append(start)
    for pair in index.pairs:
        near = meeting(at.get(pair.one, ()), at.get(pair.other, ()), pair.within)
        if near is not None:
            at.setdefault(pair.signal, []).append(near)
    return {signal: tuple(places) for signal, places in at.items() if "/" not in signal}


def meeting(one: Sequence[int], other: Sequence[int], within: int) -> int | None:
    """Where a place of `one` and a place of `other` are at most `within` characters apart."""
    first, second = sorted(one), sorted(other)
    at = 0
    for place in first:
        while at < len(second) and second[at] < place - within:
            at += 1
        if at < len(second) and second[at] <= place + within:
            return place
    return None
