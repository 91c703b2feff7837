"""Finding many fixed phrases in one pass over a text, in either script."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class PhraseIndex(Generic[T]):
    """Phrases and what each stands for; built once, then read only.

    Phrases are found by their first two characters, then longest first, so the cost is linear in
    the text with a factor of the few lengths that share a beginning. A phrase that begins or ends
    with a letter of the Latin alphabet or a digit only counts where a word does. One that is
    shorter than `shortest` is left out: a name of one character stands in every text.
    """

    __slots__ = ("_lengths", "_phrases", "_singles")

    def __init__(self, phrases: Iterable[tuple[str, T]], *, shortest: int = 2) -> None:
        found: dict[str, list[T]] = {}
        lengths: dict[str, set[int]] = {}
        for phrase, meaning in phrases:
            if len(phrase) >= shortest:
                found.setdefault(phrase, []).append(meaning)
                lengths.setdefault(phrase[:2], set()).add(len(phrase))
        # What begins with a phrase of one character may also be only that.
        self._singles = {head: (1,) for head in lengths if len(head) == 1}
        for head, ends in lengths.items():
            if head[0] in self._singles:
                ends.add(1)
        self._phrases: Mapping[str, tuple[T, ...]] = {p: tuple(m) for p, m in found.items()}
        self._lengths = {head: tuple(sorted(n, reverse=True)) for head, n in lengths.items()}

    @property
    def known(self) -> frozenset[str]:
        """The phrases that can be found."""
        return frozenset(self._phrases)

    def longest(self, text: str, *, overlapping: bool) -> Iterator[tuple[int, int, tuple[T, ...]]]:
        """Start, end and meanings of the longest phrase at each place, from left to right."""
        lengths, phrases, at, last = self._lengths, self._phrases, 0, len(text) - 1
        while at < last:
            for length in lengths.get(text[at : at + 2], ()):
                end = at + length
                meanings = phrases.get(text[at:end])
                if meanings is not None and whole_words(text, at, end):
                    yield at, end, meanings
                    at = at if overlapping else end - 1
                    break
            at += 1

    def every(self, text: str) -> Iterator[tuple[int, int, tuple[T, ...]]]:
        """Start, end and meanings of all phrases, those inside others too."""
        lengths, phrases, singles = self._lengths, self._phrases, self._singles
        for at in range(len(text) - (not singles)):
            here = lengths.get(text[at : at + 2])
            for length in singles.get(text[at], ()) if here is None else here:
                end = at + length
                meanings = phrases.get(text[at:end])
                if meanings is not None and whole_words(text, at, end):
                    yield at, end, meanings


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def whole_words(text: str, start: int, end: int) -> bool:
    """Whether what stands there is cut out of no longer word or number."""
    if end > len(text) or (start and _latin(text[start]) and _latin(text[start - 1])):
        return False
    return not (end < len(text) and _latin(text[end - 1]) and _latin(text[end]))
