"""Rows of several tables that belong to one record, read by one statement."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    cast,
    inspect,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlalchemy.types import TypeEngine

from portal.infra.database import Base

M = TypeVar("M", bound=Base)
# A column of the union: what type it has, and which of that type it is.
Slot = tuple[str, int]
_WHICH: Final = "which"


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, by its table: to be looked at and not changed, since no session knows it."""

    rows: Mapping[type[Base], list[Any]]

    def of(self, model: type[M], by: Callable[[M], Any] | None = None) -> list[M]:
        """The rows of one table, sorted if `by` says how; a union has no order."""
        found: list[M] = self.rows.get(model, [])
        return sorted(found, key=by) if by else found


class Together:
    """The statement: which rows of each table belong to the record, by conditions with parameters.

    It is made once, where it is needed. Columns of one type share their places in the union, so it
    is as wide as the widest table and no wider.
    """

    def __init__(self, belonging: Mapping[type[Base], ColumnElement[bool]]) -> None:
        self._models = tuple(belonging)
        self._places = {model: dict(_places(model)) for model in self._models}
        self._types: dict[Slot, TypeEngine[Any]] = {
            slot: column.type for places in self._places.values() for slot, column in places.items()
        }
        self._statement = self._union(belonging)

    def read(self, session: Session, **given: Any) -> Found:  # noqa: ANN401  # any parameters
        """Read the rows for these parameters."""
        rows: dict[type[Base], list[Any]] = {}
        for row in session.execute(self._statement, given):
            model = self._models[row[0]]
            rows.setdefault(model, []).append(self._made(model, row))
        return Found(rows)

    def _union(self, belonging: Mapping[type[Base], ColumnElement[bool]]) -> CompoundSelect[Any]:
        return union_all(
            *(
                select(literal_column(str(at)).label(_WHICH), *self._columns(model)).where(
                    condition
                )
                for at, (model, condition) in enumerate(belonging.items())
            )
        )

    def _columns(self, model: type[Base]) -> Iterator[ColumnElement[Any]]:
        for at, (slot, kind) in enumerate(self._types.items()):
            held = self._places[model].get(slot)
            yield (cast(null(), kind) if held is None else held).label(f"c{at}")

    def _made(self, model: type[Base], row: Any) -> Any:  # noqa: ANN401  # a row, an instance
        mapper = inspect(model)
        made = mapper.class_manager.new_instance()
        for at, slot in enumerate(self._types, start=1):
            column = self._places[model].get(slot)
            if column is not None:
                set_committed_value(made, mapper.get_property_by_column(column).key, row[at])
        return made


def _places(model: type[Base]) -> Iterator[tuple[Slot, KeyedColumnElement[Any]]]:
    """Which place of the union each column of a table has."""
    taken: Counter[str] = Counter()
    for column in inspect(model).local_table.columns:
        kind = repr(column.type)
        taken[kind] += 1
        yield (kind, taken[kind]), column
