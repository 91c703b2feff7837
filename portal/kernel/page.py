"""One page of a long list, found by key and not by counting (keyset paging)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

Key = tuple[str | int | datetime | UUID, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for: `limit` rows after `key`, or before it if `backwards`."""

    key: Key | None = None
    backwards: bool = False
    limit: int = 50

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than shown tells whether there are more."""
        return self.limit + 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in the order of the list, and the keys of the pages on either side."""

    items: tuple[T, ...]
    after: Key | None = None
    before: Key | None = None


def page_of(rows: Sequence[T], window: Window, key: Callable[[T], Key]) -> Page[T]:
    """Make a page of up to `window.fetch` rows, read in the direction of the window.

    Rows read backwards come nearest first, as the reversed ORDER BY gives them.
    """
    shown = tuple(rows[: window.limit])
    more = len(rows) > window.limit
    if window.backwards:
        shown = shown[::-1]
    if not shown:
        return Page(())
    further_on = window.backwards or more
    further_back = more if window.backwards else window.key is not None
    return Page(
        shown,
        after=key(shown[-1]) if further_on else None,
        before=key(shown[0]) if further_back else None,
    )
