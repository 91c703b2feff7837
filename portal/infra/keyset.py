"""Pages by key as statements: the rows on one side of a key, in the order of the list."""

from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Date, Select, or_
from sqlalchemy.orm import InstrumentedAttribute

from portal.kernel.page import Window

Columns = TypeVarTuple("Columns")
Column = InstrumentedAttribute[Any]


def in_window(
    asked: Select[*Columns], window: Window, *order: Column, newest_first: bool = False
) -> Select[*Columns]:
    """The rows of a window in the order of one or two columns, the last of which is unique.

    A window that looks backwards gives the nearest first, as `page_of` takes them. A day stands
    in a key as its ordinal.
    """
    upwards = window.backwards == newest_first
    ordered = asked.order_by(*(one.asc() if upwards else one.desc() for one in order))
    if window.key is not None:
        values = (_value(column, part) for column, part in zip(order, window.key, strict=True))
        ordered = ordered.where(*_beyond(order, tuple(values), upwards=upwards))
    return ordered.limit(window.fetch)


def _beyond(
    order: tuple[Column, ...], values: tuple[object, ...], *, upwards: bool
) -> Iterator[ColumnElement[bool]]:
    """The rows behind the key; said so that a range of an index serves it."""
    first, last = order[0], order[-1]
    behind = first > values[0] if upwards else first < values[0]
    if len(order) == 1:
        yield behind
        return
    yield first >= values[0] if upwards else first <= values[0]
    yield or_(behind, last > values[-1] if upwards else last < values[-1])


def _value(column: Column, part: object) -> object:
    """What a part of a key is in its column; any number out of a URL is some day."""
    if not isinstance(column.type, Date):
        return part
    return date.fromordinal(min(max(int(str(part)), 1), date.max.toordinal()))
