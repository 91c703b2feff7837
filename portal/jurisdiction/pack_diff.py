"""What is different between two places, row by row, in lines that people can read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.jurisdiction.models import Versioned
from portal.jurisdiction.order import moved
from portal.jurisdiction.place import Place
from portal.jurisdiction.rows import head_of, key_of, rows_of
from portal.jurisdiction.table_rows import Values

ADDED, REMOVED = "added", "removed"
# As the field of a row that stands elsewhere: the first, the second, …
PLACE = "place"
# The picture of a letterhead is as long as a book.
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changed; a whole row that came or went has no field."""

    table: str
    key: str
    field: str = ""
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        """`department TRIAGE@GB, name_en: Reception -> Report Reception`."""
        row = f"{self.table} {self.key}".rstrip()
        if not self.field:
            return f"{row}: {self.new or self.old}"
        return f"{row}, {self.field}: {self.old} -> {self.new}"


def differences(old: Place, new: Place) -> Iterator[Difference]:
    """Everything that is different, table by table."""
    yield from _fields("pack", "", head_of(old), head_of(new))
    before, after = rows_of(old), rows_of(new)
    for model, rows in after.items():
        yield from _rows(model, before[model], rows)


def _rows(
    model: type[Versioned], old: Sequence[Values], new: Sequence[Values]
) -> Iterator[Difference]:
    table = model.__tablename__
    before = {_key(model, row): row for row in old}
    after = {_key(model, row): row for row in new}
    for key in before:
        if key not in after:
            yield Difference(table, key, old=REMOVED)
    for key, row in after.items():
        if key not in before:
            yield Difference(table, key, new=ADDED)
        else:
            yield from _fields(table, key, before[key], row)
    for one in moved(list(before), list(after)):
        yield Difference(table, one.key, PLACE, str(one.was), str(one.place))


def _key(model: type[Versioned], row: Values) -> str:
    return " ".join(str(part) for part in key_of(model, row) if part != "")


def _fields(
    table: str, key: str, old: Mapping[str, object], new: Mapping[str, object]
) -> Iterator[Difference]:
    for name, value in new.items():
        if name != "position" and old[name] != value:
            yield Difference(table, key, name, _words(old[name]), _words(value))


def _words(value: object) -> str:
    if value is None or value == "":
        return "(nothing)"
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}…"
    if isinstance(value, str | int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
