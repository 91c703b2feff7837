"""What was found out about tables of a place, kept for as long as they are the very same tables.

A draft changes a row or two of a country, and every page of drafts examines the whole of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast

from portal.jurisdiction.pack_draft import Draft

Made = TypeVar("Made")

# A place, and what it becomes with somebody's drafts.
MOST_KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class _Noting:
    """A draft that notes what it is asked for, so that nobody need say it and forget one."""

    draft: Draft
    read: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever a draft has
        found = self.read[name] = getattr(self.draft, name)
        return found


@dataclass(frozen=True, slots=True)
class _Found(Generic[Made]):
    read: dict[str, Any]
    made: Made

    def holds_for(self, draft: Draft) -> bool:
        """Whether everything that was read is the same; a row is the same as itself only."""
        return all(getattr(draft, name) == value for name, value in self.read.items())


def kept(make: Callable[[Draft], Made]) -> Callable[[Draft], Made]:
    """Keep the last few things that were made of a draft; `make` must ask nothing but the draft.

    What is made is handed out again, so nobody may change it.
    """
    found: tuple[_Found[Made], ...] = ()

    def made_of(draft: Draft) -> Made:
        nonlocal found
        before = found[:MOST_KEPT]
        known = next((one for one in before if one.holds_for(draft)), None)
        if known is None:
            noting = _Noting(draft)
            known = _Found(noting.read, make(cast("Draft", noting)))
        found = (known, *(one for one in before if one is not known))[:MOST_KEPT]
        return known.made

    return made_of
