"""Finding the signals (signals.toml) and the matters (matters.toml) of a text, in one pass.

A phrase may hold choices: `{三|四}家店` is two phrases, and `{count}家店` as many
as classes.toml has words of that class.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from portal.jurisdiction.place import Text
from portal.triage.rules.scan import PhraseIndex

_MATTER = "matter "
_SIDES = ("one", "other")
_PART = "/part"
_HAN = re.compile("[\u4e00-\u9fff]")
_CLAUSE_END = re.compile("[,，。;；.!！?？:：\\n]")
_MOST_PAIRED = 100
"""Where something may stand between two things, no more of each than this are compared."""

_CHOICE = re.compile(r"\{([^{}]*)\}")
_LATIN_SPREAD = 3
"""What a Chinese sentence says in 20 characters, an English one says in 60."""


class Matter(NamedTuple):
    """What two things said near each other speak for, how much, and what to tell of it."""

    category: str
    weight: int
    reason: Text


class _Pair(NamedTuple):
    signal: str
    one: str
    other: str | None
    unless: str
    also: str | None
    without: str
    within: int


class _Signals(NamedTuple):
    phrases: PhraseIndex[str]
    pairs: tuple[_Pair, ...]
    matters: Mapping[str, Matter]
    deniable: frozenset[str]
    with_parts: tuple[str, ...]
    denials: tuple[str, ...]


@cache
def _signals() -> _Signals:
    phrases: list[tuple[str, str]] = []
    pairs: list[_Pair] = []
    deniable: set[str] = set()
    for signal, spec in _read("signals.toml").items():
        deniable |= {signal} if spec.get("deniable") else set()
        phrases += [(phrase, signal) for phrase in spec.get("any", ())]
        phrases += [(word, f"{signal}{_PART}") for word in spec.get("part_of", ())]
        for number, near in enumerate(spec.get("near", ())):
            _add(phrases, pairs, signal, f"{signal}/{number}", near)
    matters: dict[str, Matter] = {}
    for name, spec in _matters():
        _add(phrases, pairs, name, name, spec)
        reason = Text(spec["reason"]["zh"], spec["reason"]["en"])
        matters[name] = Matter(spec["category"], spec["weight"], reason)
    written = {(said, meaning) for phrase, meaning in phrases for said in _written_out(phrase)}
    index = PhraseIndex(sorted(written), shortest=1)
    denials = tuple(_read("classes.toml")["denials"])
    taken_back = {meaning for _, meaning in written if meaning.partition("/")[0] in deniable}
    parts = tuple(sorted({m.removesuffix(_PART) for _, m in phrases if m.endswith(_PART)}))
    return _Signals(index, tuple(pairs), matters, frozenset(taken_back), parts, denials)


def _written_out(phrase: str) -> Iterator[str]:
    """Every phrase that one with choices stands for; a word of a class may hold choices again."""
    choice = _CHOICE.search(phrase)
    if choice is None:
        yield phrase
        return
    before, after = phrase[: choice.start()], phrase[choice.end() :]
    for chosen in _classes().get(choice[1], tuple(choice[1].split("|"))):
        yield from _written_out(f"{before}{chosen}{after}")


@cache
def _classes() -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(words) for name, words in _read("classes.toml").items()}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("portal.triage.rules").joinpath(name).read_text("utf-8"))


def _matters() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The matters with their groups written out."""
    source = _read("matters.toml")
    groups = source["groups"]
    for number, spec in enumerate(source["matter"]):
        sides = {side: groups[s] if isinstance(s := spec[side], str) else s for side in _SIDES}
        yield f"{_MATTER}{number}", {**spec, **sides}


def _add(
    phrases: list[tuple[str, str]],
    pairs: list[_Pair],
    signal: str,
    name: str,
    near: Mapping[str, Any],
) -> None:
    one, other, unless = (f"{name}/{side}" for side in ("one", "other", "unless"))
    phrases += [(phrase, one) for phrase in near["one"]]
    phrases += [(phrase, other) for phrase in near.get("other", ())]
    phrases += [(phrase, unless) for phrase in near.get("unless", ())]
    also = f"{name}/also" if "also" in near else None
    without = f"{name}/without"
    for side in ("also", "without"):
        phrases += [(phrase, f"{name}/{side}") for phrase in near.get(side, ())]
    met = other if "other" in near else None
    pairs.append(_Pair(signal, one, met, unless, also, without, near["within"]))


def matters_of(signals: Mapping[str, tuple[int, ...]]) -> Iterator[Matter]:
    """The matters among the signals of a text."""
    known = _signals().matters
    return (known[signal] for signal in signals if signal.startswith(_MATTER))


def signals_in(text: str) -> Mapping[str, tuple[int, ...]]:
    """Signals of a text with the places where each is said; those not said are absent."""
    index = _signals()
    at = _said(index, text)
    spread = 1 if _HAN.search(text) else _LATIN_SPREAD
    for pair in index.pairs:
        if any(name not in at for name in (pair.one, pair.other, pair.also) if name):
            continue
        if pair.without in at:
            continue
        within = pair.within * (spread if pair.signal in index.matters else 1)
        near = _alone(text, at, pair) if pair.other is None else _near(at, pair, within)
        if near is not None:
            at.setdefault(pair.signal, []).append(near)
    return {signal: tuple(places) for signal, places in at.items() if "/" not in signal}


def _said(index: _Signals, text: str) -> dict[str, list[int]]:
    """Where each phrase is said, of what is not denied and no part of a longer word."""
    at: dict[str, list[int]] = {}
    for start, end, meanings in index.phrases.every(text):
        for meaning in meanings:
            if meaning not in index.deniable or not _denied(index, text, start):
                within_it = range(start, end if meaning.endswith(_PART) else start + 1)
                at.setdefault(meaning, []).extend(within_it)
    for signal in index.with_parts:
        _leave_out_parts(at, signal)
    return at


def _leave_out_parts(at: dict[str, list[int]], signal: str) -> None:
    """Take out what is only a part of a longer word: of 厕所里 the end is no office."""
    longer = frozenset(at.pop(f"{signal}{_PART}", ()))
    if longer:
        for meaning in [one for one in at if one.partition("/")[0] == signal]:
            at[meaning] = [start for start in at[meaning] if start not in longer]
            if not at[meaning]:
                del at[meaning]


def says_anything(text: str) -> bool:
    """Whether a phrase of more than one character stands there, whatever it speaks for."""
    return any(end - start > 1 for start, end, _ in _signals().phrases.every(text))


def _denied(index: _Signals, text: str, start: int) -> bool:
    """Whether what is said there is said not to be: 不怕他, not scared of him.

    Neither the end of a word (casino) nor the middle of a question (会不会) denies anything.
    """
    if not text.endswith(index.denials, 0, start):
        return False
    denial = max((one for one in index.denials if text.endswith(one, 0, start)), key=len)
    at = start - len(denial)
    before = text[max(0, at - 1) : at]
    if denial.isascii():
        return denial.startswith("n't") or not (before.isascii() and before.isalpha())
    return not before or before != text[at + 1 : at + 2]


def _alone(text: str, at: Mapping[str, Sequence[int]], pair: _Pair) -> int | None:
    """Where one is said by itself, with none of `unless` soon after it in the same clause."""
    between = at.get(pair.unless, ())
    for place in at[pair.one]:
        end = _CLAUSE_END.search(text, place, place + pair.within)
        reach = end.start() if end else place + pair.within
        if not any(place < said <= reach for said in between):
            return place
    return None


def _near(at: Mapping[str, Sequence[int]], pair: _Pair, within: int) -> int | None:
    """Where the two meet with none of `unless` between them."""
    one, other, between = (at.get(name or "", ()) for name in (pair.one, pair.other, pair.unless))
    if not between:
        return meeting(one, other, within)
    for place in one[:_MOST_PAIRED]:
        met = [end for end in other[:_MOST_PAIRED] if abs(end - place) <= within]
        if any(not any(min(place, end) < b < max(place, end) for b in between) for end in met):
            return place
    return None


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
