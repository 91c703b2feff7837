"""What was moved between two orders of the same rows: as few rows as explain the rest. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that stands elsewhere: its place before and now, and the row it now stands before."""

    key: str
    was: int
    place: int
    before: str | None


def moved(old: Sequence[str], new: Sequence[str]) -> Iterator[Moved]:
    """The rows that were moved; those that came or went move nobody."""
    places = {key: number for number, key in enumerate(old)}
    kept = _longest_in_order([places[key] for key in new if key in places])
    for number, key in enumerate(new):
        if key in places and places[key] not in kept:
            before = new[number + 1] if number + 1 < len(new) else None
            yield Moved(key, places[key] + 1, number + 1, before)


def _longest_in_order(numbers: Sequence[int]) -> frozenset[int]:
    """The longest series that rises, by patience sorting."""
    tops: list[int] = []
    below: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(tops, number)
        below[number] = tops[at - 1] if at else None
        tops[at : at + 1] = [number]
    found: set[int] = set()
    step = tops[-1] if tops else None
    while step is not None:
        found.add(step)
        step = below[step]
    return frozenset(found)
