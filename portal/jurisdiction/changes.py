"""What one place changes of another, as plain JSON, and the place that comes out of it again.

For a place that somebody is thinking of and has not saved: stored by what differs, however large
the place is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from types import GenericAlias
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from portal.jurisdiction.place import Place

Changes = dict[str, Any]


def changes_between(base: Place, candidate: Place) -> Changes:
    """What `candidate` changes of `base`: of each field that differs, the entries that do."""
    return {name: _change(name, *both) for name, both in _differing(base, candidate)}


def with_changes(base: Place, changes: Changes) -> Place:
    """The place that `changes_between` had as its candidate; the version is that of `base`."""
    return replace(base, **{name: _changed(base, name, one) for name, one in changes.items()})


def _differing(base: Place, candidate: Place) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for field in fields(Place):
        both = getattr(base, field.name), getattr(candidate, field.name)
        if field.name != "version" and both[0] != both[1]:
            yield field.name, both


def _change(name: str, before: Any, after: Any) -> Changes:  # noqa: ANN401  # any field of a place
    shape = _shape(name)
    if shape.entries is None:
        return {"now": shape.whole.dump_python(after, mode="json")}
    different = tuple((key, one) for key, one in after.items() if before.get(key) != one)
    gone = tuple(key for key in before if key not in after)
    return {
        "set": shape.entries.dump_python(different, mode="json"),
        "gone": shape.keys.dump_python(gone, mode="json"),
    }


def _changed(base: Place, name: str, change: Changes) -> Any:  # noqa: ANN401  # any field of a place
    shape = _shape(name)
    if shape.entries is None:
        return shape.whole.validate_python(change["now"])
    gone = frozenset(shape.keys.validate_python(change["gone"]))
    kept = {key: one for key, one in getattr(base, name).items() if key not in gone}
    return {**kept, **dict(shape.entries.validate_python(change["set"]))}


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a field of a place is written: as a whole, or, if it is a mapping, by its entries."""

    whole: TypeAdapter[Any]
    keys: TypeAdapter[Any]
    entries: TypeAdapter[Any] | None


@cache
def _shape(name: str) -> _Shape:
    hint = get_type_hints(Place)[name]
    if get_origin(hint) is not Mapping:
        whole: TypeAdapter[Any] = TypeAdapter(hint)
        return _Shape(whole, whole, None)
    key, value = get_args(hint)
    keys: Any = GenericAlias(tuple, (key, ...))
    entries: Any = GenericAlias(tuple, (GenericAlias(tuple, (key, value)), ...))
    return _Shape(TypeAdapter(hint), TypeAdapter(keys), TypeAdapter(entries))
