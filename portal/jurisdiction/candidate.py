"""What the place would be with somebody's drafts: the rows, what is wrong with them, the Place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.jurisdiction.change_models import PlaceChange
from portal.jurisdiction.guarded import ORDER
from portal.jurisdiction.pack import MAY_BE_EMPTY, place_of_draft
from portal.jurisdiction.pack_checks import check_draft
from portal.jurisdiction.pack_draft import Draft
from portal.jurisdiction.pack_files import PackProblem, Record, nothing_in
from portal.jurisdiction.pack_shapes import Entry, shape_all
from portal.jurisdiction.parts import (
    PARTS,
    Entries,
    Part,
    Values,
    draft_of,
    entries_of,
    find_row,
    get_part,
    unread_in,
)
from portal.jurisdiction.place import Place
from portal.jurisdiction.sentences import Sentence


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something that is wrong with a row, in the words of the checks of a pack."""

    part: str
    key: str
    field: str
    what: Sentence
    would_be_right: Sentence
    warning: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """The place with the drafts, None while something is wrong; drafts that others overtook."""

    place: Place | None
    problems: tuple[RowProblem, ...]
    overtaken: tuple[PlaceChange, ...]

    @property
    def faults(self) -> tuple[RowProblem, ...]:
        """What keeps it from being published."""
        return tuple(problem for problem in self.problems if not problem.warning)


def candidate_of(base: Place, changes: Sequence[PlaceChange]) -> Candidate:
    """What `base` becomes with the changes: the same checks as for a pack.

    What is wrong with a row already, which no change touches, keeps no other change back, unless
    the row would be lost: one that cannot be read must be said anew first.
    """
    draft, problems = _examine(base, changes)
    if changes and any(not problem.warning for problem in problems):
        touched = {(one.part, one.key) for one in changes}
        before = {one for one in _examine(base, ())[1] if (one.part, one.key) not in touched}
        problems = [replace(one, warning=one.warning or one in before) for one in problems]
    problems += _lost(base, changes)
    overtaken = tuple(
        one for one in changes if current_value(base, one.part, one.key) != one.before
    )
    is_wrong = draft.pack is None or any(not problem.warning for problem in problems)
    place = None if is_wrong or draft.pack is None else place_of_draft(draft, draft.pack.row)
    return Candidate(place and replace(place, version=base.version), tuple(problems), overtaken)


def _lost(base: Place, changes: Sequence[PlaceChange]) -> Iterator[RowProblem]:
    """What is wrong with rows in force that would not be there any more, and nobody said so."""
    touched = {(one.part, one.key) for one in changes}
    for part, key, one in unread_in(base):
        if (part.name, key) not in touched:
            yield RowProblem(part.name, key, one.field, one.what, one.would_be_right, one.warning)


def _examine(base: Place, changes: Sequence[PlaceChange]) -> tuple[Draft, list[RowProblem]]:
    """The rows with the changes, and everything that is wrong with them."""
    problems: list[PackProblem] = []
    entries = {
        name: _changed(PARTS[name], rows, [one for one in changes if one.part == name], problems)
        for name, rows in entries_of(base).items()
    }
    spoilt = {problem.file for problem in problems} | set(_empty(entries, problems))
    draft = draft_of(entries)
    problems.extend(check_draft(draft, spoilt))
    return draft, list(_named(entries, problems))


def current_value(base: Place, part: str, key: str) -> Values | None:
    """The row that a change is about, as it is; for ORDER the order of the table."""
    if key == ORDER:
        return {"order": list(entries_of(base)[part])}
    return find_row(base, get_part(part), key)


def rebased(change: PlaceChange, now: Values) -> Values:
    """A changed row on what somebody else has made of it: theirs, but for the fields drafted."""
    before, after = change.before or {}, change.after or {}
    mine = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    theirs = {name: value for name, value in now.items() if name not in mine}
    return theirs | {name: value for name, value in after.items() if name in mine}


def with_drafts(base: Place, part: Part, changes: Iterable[PlaceChange]) -> Entries:
    """The rows of one table with the changes, well formed ones only."""
    own = [one for one in changes if one.part == part.name]
    return _changed(part, entries_of(base)[part.name], own, [])


def _changed(
    part: Part, entries: Entries, changes: Sequence[PlaceChange], problems: list[PackProblem]
) -> Entries:
    if not changes:
        return entries
    rows = dict(entries)
    for number, change in enumerate(changes, start=len(rows) + 1):
        if change.key == ORDER:
            continue
        if change.after is None:
            rows.pop(change.key, None)
            continue
        made = shape_all([Record(part.file, number, change.after)], part.shape, problems)
        if made:
            _put(part, rows, change.key, made[0])
    for change in changes:
        if change.key == ORDER and change.after is not None:
            rows = in_order(rows, change.after["order"])
    return rows


def _put(part: Part, rows: dict[str, Entry[Any]], key: str, entry: Entry[Any]) -> None:
    """Replace the row; a new one comes last, in the routing table before the row for the rest."""
    is_new, last = key not in rows, next(reversed(rows), None)
    rows[key] = entry
    if is_new and part.name == "routing" and last is not None and not rows[last].row.when:
        rows[last] = rows.pop(last)


def in_order(rows: Mapping[str, Entry[Any]], order: Sequence[str]) -> dict[str, Entry[Any]]:
    """As ordered; a row that the order does not know stays behind the one it stood behind."""
    places = {key: number for number, key in enumerate(order)}
    at = -1
    ranks: dict[str, tuple[int, int]] = {}
    for number, key in enumerate(rows):
        at = places.get(key, at)
        ranks[key] = (at, -1 if key in places else number)
    return {key: rows[key] for key in sorted(rows, key=lambda key: ranks[key])}


def _empty(entries: Mapping[str, Entries], problems: list[PackProblem]) -> Iterator[str]:
    for name, rows in entries.items():
        file = PARTS[name].file
        if not rows and file not in MAY_BE_EMPTY:
            problems.append(nothing_in(file, 0))
            yield file


def _named(entries: Mapping[str, Entries], problems: Iterable[PackProblem]) -> Iterator[RowProblem]:
    """The problems by row; the checks know files and lines."""
    parts = {part.file: part.name for part in PARTS.values()}
    keys: dict[str, Mapping[int, str]] = {}
    for one in problems:
        part = parts[one.file]
        if part not in keys:
            keys[part] = {entry.record.line: key for key, entry in entries[part].items()}
        key = keys[part].get(one.line, "")
        yield RowProblem(part, key, one.field, one.what, one.would_be_right, one.warning)
