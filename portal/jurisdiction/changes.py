"""What one place changes of another, as plain JSON, and the place that comes out of it again.

For a place that somebody is thinking of and has not saved: stored by what differs, however large
the place is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, get_type_hints

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
    dump = _adapter(name).dump_python
    if not isinstance(after, Mapping):
        return {"now": dump(after, mode="json")}
    different = {key: value for key, value in after.items() if before.get(key) != value}
    gone = [key for key in before if key not in after]
    return {"set": dump(different, mode="json"), "gone": gone}


def _changed(base: Place, name: str, change: Changes) -> Any:  # noqa: ANN401  # any field of a place
    read = _adapter(name).validate_python
    if "now" in change:
        return read(change["now"])
    gone = frozenset(change["gone"])
    kept = {key: value for key, value in getattr(base, name).items() if key not in gone}
    return {**kept, **read(change["set"])}


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(Place)[name])
