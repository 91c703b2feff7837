"""The regions in a region, as a query asks for them."""

from functools import lru_cache

from sqlalchemy import ColumnElement, SQLColumnExpression, true

from portal.jurisdiction import history
from portal.jurisdiction.queries import current_place


def lies_in(
    column: SQLColumnExpression[str] | SQLColumnExpression[str | None], region: str
) -> ColumnElement[bool]:
    """Whether the region of a row lies in a region, as it is or as it was."""
    place = current_place()
    if region == place.root:
        return true()
    return column.in_(codes_inside(place.version, region))


@lru_cache(maxsize=256)
def codes_inside(_version: int, region: str) -> tuple[str, ...]:
    """The region and every region in it, kept as long as the place is in this version."""
    return tuple(sorted(history.codes_inside(current_place(), region)))
