"""Finding many fixed phrases in one pass over a text, in either script."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import Generic, TypeVar

T = TypeVar("T")
_BEYOND = " "
"""Stands for what follows the last character, so that it is looked up too."""
_PAIR = 2
_HEAD = 3
_ALONE = (1,)


class PhraseIndex(Generic[T]):
    """Phrases and what each stands for; built once, then read only.

    Phrases are found by their first two characters, then by three, then longest first, so the cost
    is linear in the text with a factor of the few lengths that share a beginning. A phrase that
    begins or ends with a letter of the Latin alphabet or a digit only counts where a word does.
    One that is shorter than `shortest` is left out: a name of one character stands in every text.
    """

    __slots__ = ("_heads", "_lengths", "_phrases", "_singles")

    def __init__(self, phrases: Iterable[tuple[str, T]], *, shortest: int = 2) -> None:
        found: dict[str, list[T]] = {}
        for phrase, meaning in phrases:
            if len(phrase) >= shortest:
                found.setdefault(phrase, []).append(meaning)
        self._phrases: Mapping[str, tuple[T, ...]] = {p: tuple(m) for p, m in found.items()}
        self._lengths = _lengths_of(self._phrases)
        self._heads = frozenset(phrase[:_PAIR] for phrase in self._phrases)
        self._singles = frozenset(head for head in self._heads if len(head) < _PAIR)

    @property
    def known(self) -> frozenset[str]:
        """The phrases that can be found."""
        return frozenset(self._phrases)

    def longest(self, text: str, *, overlapping: bool) -> Iterator[tuple[int, int, tuple[T, ...]]]:
        """Start, end and meanings of the longest phrase at each place, from left to right."""
        reached = 0
        for at, end, meanings in self.every(text):
            if at >= reached:
                yield at, end, meanings
                reached = at + 1 if overlapping else end

    def every(self, text: str) -> Iterator[tuple[int, int, tuple[T, ...]]]:
        """Start, end and meanings of all phrases, those inside others too, the longest first."""
        lengths, phrases = self._lengths, self._phrases
        for at in self._begun(text):
            head = text[at : at + _HEAD]
            for length in lengths.get(head) or lengths.get(head[:_PAIR]) or _ALONE:
                end = at + length
                meanings = phrases.get(text[at:end])
                if meanings is not None and whole_words(text, at, end):
                    yield at, end, meanings

    def _begun(self, text: str) -> Sequence[int]:
        """The places where a phrase may begin.

        Every character of every report is looked up here: by `map`, not step by step.
        """
        heads, singles = self._heads, self._singles
        pairs = enumerate(map(add, text, text[1:] + _BEYOND))
        if not singles:
            return [at for at, pair in pairs if pair in heads]
        return [at for at, pair in pairs if pair in heads or pair[0] in singles]


def _lengths_of(phrases: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    """How long the phrases are that begin so, the longest first, by up to three characters."""
    found: dict[str, set[int]] = {}
    for phrase in phrases:
        found.setdefault(phrase[:_HEAD], set()).add(len(phrase))
    # What begins with a shorter phrase may also be only that.
    for head, lengths in found.items():
        lengths |= {n for n in range(1, len(head)) if head[:n] in found}
    kept = {found: tuple(sorted(found, reverse=True)) for found in map(frozenset, found.values())}
    return {head: kept[frozenset(lengths)] for head, lengths in found.items()}


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def whole_words(text: str, start: int, end: int) -> bool:
    """Whether what stands there is cut out of no longer word or number."""
    if end > len(text) or (start and _latin(text[start]) and _latin(text[start - 1])):
        return False
    return not (end < len(text) and _latin(text[end - 1]) and _latin(text[end]))
