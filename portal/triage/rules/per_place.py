"""Values built once for a place and kept while it is in use."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from portal.jurisdiction.place import Place

T = TypeVar("T")
_PLACES_KEPT = 4


def per_place(build: Callable[[Place], T]) -> Callable[[Place], T]:
    """Keep what `build` made of the last few places; a place is immutable, so identity is enough.

    Two threads may build the same at once; both results are right and one is kept.
    """
    kept: list[tuple[Place, T]] = []

    @wraps(build)
    def of(place: Place) -> T:
        for known, built in kept:
            if known is place:
                return built
        built = build(place)
        kept[:] = [(place, built), *kept[: _PLACES_KEPT - 1]]
        return built

    return of
