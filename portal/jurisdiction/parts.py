"""The tables of a place as people edit them: one for each file of a pack, rows as in the file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from portal.jurisdiction import models as m
from portal.jurisdiction.pack_draft import Draft
from portal.jurisdiction.pack_files import PackProblem, Record
from portal.jurisdiction.pack_shapes import (
    CalendarShape,
    CategoryShape,
    ClockShape,
    DepartmentKindShape,
    DepartmentShape,
    Entry,
    PackShape,
    ReasonShape,
    RegionShape,
    RuleShape,
    Shape,
    TownshipShape,
    shape_all,
)
from portal.jurisdiction.pack_tables import (
    BasisShape,
    CaseStepShape,
    DelegationShape,
    LetterheadShape,
    MajorRuleShape,
    MeasureShape,
    NoticeShape,
    PaperShape,
    RetentionShape,
    StatusTextShape,
)
from portal.jurisdiction.pack_writing import records_of
from portal.jurisdiction.place import Place
from portal.jurisdiction.reward_shapes import RewardSchemeShape
from portal.kernel.errors import NotFound

Values = dict[str, Any]
HEAD: Final = "pack"


@dataclass(frozen=True, slots=True)
class Part:
    """A table: its name, its file, what a row looks like, and which fields say what it is about.

    `entries` is the field of a Draft that holds it; the order of `ordered` ones means something.
    """

    name: str
    file: str
    shape: type[Shape]
    keys: tuple[str, ...]
    entries: str
    model: type[m.Versioned] | None
    joint: str = " "
    ordered: bool = False
    routes: bool = False

    def key_of(self, values: Mapping[str, Any]) -> str:
        """What a row is about, in one word or a few; that of the pack itself is `pack`."""
        said = (str(values[name]) for name in self.keys if values.get(name))
        return self.joint.join(said) or HEAD

    def normal(self, row: Shape) -> Values:
        """The row as plain JSON, spelt one way only."""
        return row.model_dump(mode="json", by_alias=True, exclude_none=True)


_PARTS: Final = (
    Part(
        "routing",
        "routing.toml",
        RuleShape,
        ("id",),
        "rules",
        m.RoutingRuleRow,
        ordered=True,
        routes=True,
    ),
    Part(
        "categories",
        "categories.toml",
        CategoryShape,
        ("code",),
        "categories",
        m.CategoryRow,
        ordered=True,
        routes=True,
    ),
    Part(
        "department_kinds",
        "department_kinds.csv",
        DepartmentKindShape,
        ("kind",),
        "kinds",
        m.DepartmentKindRow,
        routes=True,
    ),
    Part(
        "departments",
        "departments.csv",
        DepartmentShape,
        ("kind", "region"),
        "departments",
        m.DepartmentRow,
        joint="@",
        routes=True,
    ),
    Part(
        "delegations",
        "delegations.csv",
        DelegationShape,
        ("from", "to", "region"),
        "delegations",
        m.DelegationRow,
        routes=True,
    ),
    Part("clocks", "clocks.toml", ClockShape, ("id",), "clocks", m.ClockRuleRow, ordered=True),
    Part(
        "calendar",
        "calendar.csv",
        CalendarShape,
        ("date", "region"),
        "calendar",
        m.CalendarDayRow,
    ),
    Part("reasons", "reasons.toml", ReasonShape, ("code",), "reasons", m.ReasonRow, ordered=True),
    Part(
        "measures",
        "measures.toml",
        MeasureShape,
        ("code",),
        "measures",
        m.MeasureRow,
        ordered=True,
    ),
    Part("papers", "papers.toml", PaperShape, ("code",), "papers", m.PaperFormRow, ordered=True),
    Part(
        "letterheads",
        "letterheads.toml",
        LetterheadShape,
        ("department",),
        "letterheads",
        m.LetterheadRow,
        ordered=True,
    ),
    Part("case_steps", "case_steps.toml", CaseStepShape, ("move",), "steps", m.CaseStepRow),
    Part(
        "major_cases",
        "major_cases.toml",
        MajorRuleShape,
        ("code",),
        "majors",
        m.MajorRuleRow,
        ordered=True,
    ),
    Part(
        "retention",
        "retention.toml",
        RetentionShape,
        ("code",),
        "retention",
        m.RetentionRow,
        ordered=True,
    ),
    Part(
        "schemes",
        "schemes.toml",
        RewardSchemeShape,
        ("code",),
        "schemes",
        m.RewardSchemeRow,
        ordered=True,
    ),
    Part("bases", "bases.toml", BasisShape, ("code",), "bases", m.LegalBasisRow, ordered=True),
    Part(
        "notices",
        "notices.toml",
        NoticeShape,
        ("event", "recipient"),
        "notices",
        m.NoticeRow,
    ),
    Part("texts", "texts.toml", StatusTextShape, ("stage", "category"), "texts", m.StatusTextRow),
    Part("regions", "regions.csv", RegionShape, ("code",), "regions", m.RegionRow, routes=True),
    Part("townships", "townships.csv", TownshipShape, ("name",), "townships", m.TownshipsRow),
    Part(HEAD, "pack.toml", PackShape, (), "pack", None, routes=True),
)
PARTS: Final[Mapping[str, Part]] = {part.name: part for part in _PARTS}

Entries = Mapping[str, Entry[Any]]


def get_part(name: str) -> Part:
    """The table of this name; NotFound if there is none."""
    if name not in PARTS:
        raise NotFound("place-part")
    return PARTS[name]


# A version is compared with the place as it is, and that with what is planned.
_AT_ONCE = 3
_read: list["_Read"] = []
# Tables of thousands, by which a place has them too. A new version changes a row of one, or none.
_LARGE: Final = ("regions", "townships", "departments")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one table, and by their key what is wrong with those that cannot be read."""

    entries: Entries
    unread: Mapping[str, Sequence[PackProblem]]


@dataclass(frozen=True, slots=True)
class _Read:
    place: Place
    tables: Mapping[str, Table]
    entries: Mapping[str, Entries]


def entries_of(place: Place) -> Mapping[str, Entries]:
    """The rows of every table by their key, in their order; the last few places are kept."""
    return _read_of(place).entries


def unread_in(place: Place) -> Iterator[tuple[Part, str, PackProblem]]:
    """What is wrong with rows that are in force and would not be read from a file today."""
    for name, table in _read_of(place).tables.items():
        for key, problems in table.unread.items():
            yield from ((PARTS[name], key, one) for one in problems)


def _read_of(place: Place) -> _Read:
    for known in _read:
        if known.place is place:
            return known
    same = dict(_same_as_before(place))
    without: dict[str, Any] = {name: {} for name in same}
    records = records_of(replace(place, **without))
    shaped = {one.name: _table(one, records[one.file]) for one in _PARTS if one.name not in same}
    found = shaped | same
    tables = {part.name: found[part.name] for part in _PARTS}
    read = _Read(place, tables, {name: table.entries for name, table in tables.items()})
    _read[:] = [read, *_read[: _AT_ONCE - 1]]
    return read


def _same_as_before(place: Place) -> Iterator[tuple[str, Table]]:
    """The large tables that say what one of a place kept here says, in the same order."""
    for name in _LARGE:
        rows = list(getattr(place, name).items())
        for known in _read:
            if rows == list(getattr(known.place, name).items()):
                yield name, known.tables[name]
                break


def _table(part: Part, rows: Iterable[Values]) -> Table:
    records = [Record(part.file, number, values) for number, values in enumerate(rows, start=1)]
    problems: list[PackProblem] = []
    found = shape_all(records, part.shape, problems)
    unread: dict[str, list[PackProblem]] = {}
    for one in problems:
        unread.setdefault(part.key_of(records[one.line - 1].values), []).append(one)
    return Table({part.key_of(entry.record.values): entry for entry in found}, unread)


def find_row(place: Place, part: Part, key: str) -> Values | None:
    """A row of the place as plain JSON, or None."""
    entry = entries_of(place)[part.name].get(key)
    return None if entry is None else part.normal(entry.row)


def draft_of(entries: Mapping[str, Entries]) -> Draft:
    """The rows as the checks of a pack take them."""
    lists = {part.entries: list(entries[part.name].values()) for part in _PARTS}
    heads = lists.pop(HEAD)
    return Draft(pack=heads[0] if heads else None, **lists)
