"""Writing a place out as a pack: what is loaded from the folder again is the same place."""

import csv
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from portal.jurisdiction.pack_shapes import (
    CategoryShape,
    ClockShape,
    ReasonShape,
    RegionShape,
    RuleShape,
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
from portal.jurisdiction.place import Calendar, Category, ClockRule, Place
from portal.jurisdiction.reward_shapes import RewardSchemeShape
from portal.jurisdiction.tables import ComplaintRules, Text

Cells = Mapping[str, Any]


def write_pack(place: Place, folder: Path) -> None:
    """Write every file of the pack into a folder that is new or empty.

    Raises FileExistsError when something is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    for name, rows in _tables(place).items():
        _write_table(folder / name, *rows)
    for name, text in _documents(place).items():
        (folder / name).write_text(text, encoding="utf-8")


def records_of(place: Place) -> dict[str, list[dict[str, Any]]]:
    """Every record as reading the files that `write_pack` writes would give it, by file."""
    found: dict[str, list[dict[str, Any]]] = {
        name: [_filled(columns, row) for row in rows]
        for name, (columns, rows) in _tables(place).items()
    }
    for name, text in _documents(place).items():
        document = _read_again(text)
        found[name] = [document] if name == "pack.toml" else next(iter(document.values()), [])
    return found


# The files of two places: most of those that differ differ in one.
@lru_cache(maxsize=32)
def _read_again(text: str) -> dict[str, Any]:
    """What a file says, for readers who change nothing in it."""
    return tomllib.loads(text)


def _filled(columns: Sequence[str], row: Cells) -> dict[str, Any]:
    cells = ((name, _cell(name, row.get(name))) for name in columns)
    return {name: cell for name, cell in cells if cell}


def _tables(place: Place) -> dict[str, tuple[Sequence[str], list[Cells]]]:
    """The CSV files, each with its columns and its rows."""
    calendar = place.calendar
    region_columns = ("code", "name", "name_en", *list(RegionShape.model_fields)[3:])
    reached = ("receives_by", "contact", "contact_en")
    kind_columns = ("kind", "name", "name_en", "duty", "duty_en", "outside", *reached)
    given = [field.alias or name for name, field in DelegationShape.model_fields.items()]
    return {
        "regions.csv": (region_columns, [_cells(one) for one in place.regions.values()]),
        "townships.csv": (
            ("name", "codes"),
            [{"name": name, "codes": codes} for name, codes in place.townships.items()],
        ),
        "department_kinds.csv": (
            kind_columns,
            [_cells(one) for one in place.department_kinds.values()],
        ),
        "departments.csv": (
            ("kind", "region", "name", "name_en", *reached),
            [_cells(one) for one in place.departments.values()],
        ),
        "delegations.csv": (
            given,
            [{**_cells(one), "from": one.giver, "to": one.taker} for one in place.delegations],
        ),
        "calendar.csv": (
            ("date", "kind", "name", "name_en", "region"),
            _days(calendar),
        ),
    }


def _days(calendar: Calendar) -> list[Cells]:
    """The days of the whole place, then those of its territories."""
    none = Text("", "")
    days = [("", day, kind, calendar.names.get(day, none)) for day, kind in calendar.days.items()]
    for code, own in calendar.territories.items():
        days.extend((code, day, one.kind, one.name) for day, one in own.items())
    return [
        {"date": day, "kind": kind, "name": name.zh, "name_en": name.en, "region": code}
        for code, day, kind, name in days
    ]


def _cells(record: Any) -> Cells:  # noqa: ANN401  # any record of the place
    """The fields of a record by column; a text is two columns."""
    cells: dict[str, Any] = {}
    for one in fields(record):
        value = getattr(record, one.name)
        if isinstance(value, Text):
            cells[one.name], cells[f"{one.name}_en"] = value.zh, value.en
        else:
            cells[one.name] = value
    return cells


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(name, row.get(name)) for name in columns])


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ("|" if column == "aliases" else " ").join(value)
    return str(value)


def _documents(place: Place) -> dict[str, str]:
    """The TOML files."""
    return {
        "pack.toml": _head(place),
        "categories.toml": "\n".join(map(_category, place.categories.values())),
        "routing.toml": _blocks("rule", place.rules, RuleShape),
        "clocks.toml": "\n".join(map(_clock, place.clocks)),
        "reasons.toml": _blocks("reason", place.reasons.values(), ReasonShape),
        "measures.toml": _blocks("measure", place.measures.values(), MeasureShape),
        "papers.toml": _blocks("paper", place.papers.values(), PaperShape),
        "letterheads.toml": _blocks("letterhead", place.letterheads.values(), LetterheadShape),
        "case_steps.toml": _blocks("step", place.case_steps.values(), CaseStepShape),
        "major_cases.toml": _blocks("major", place.major_rules, MajorRuleShape),
        "retention.toml": _blocks("series", place.retention, RetentionShape),
        "schemes.toml": _blocks("scheme", place.schemes.values(), RewardSchemeShape),
        "bases.toml": _blocks("basis", place.bases.values(), BasisShape),
        "notices.toml": _blocks("notice", place.notices.values(), NoticeShape),
        "texts.toml": _blocks("text", place.texts.values(), StatusTextShape),
    }


def _head(place: Place) -> str:
    plain = {
        "pack": place.pack,
        "version": place.edition,
        "zone": place.zone,
        "unsure_category": place.unsure_category,
        "coordinator": place.coordinator,
        "supervision": place.supervision,
        "hotline": place.hotline,
        "school_distance": place.school_distance,
        "preselect_confidence": place.preselect_confidence,
        "opening_told_days": place.opening_told_days,
        "contest_days": place.contest_days,
        "priority": list(place.priority),
        **_complaints(place.complaints),
        "name": place.name,
    }
    years = {"first_year": place.calendar.first_year, "last_year": place.calendar.last_year}
    return toml_of(plain) + "\n[calendar]\n" + toml_of(years) + _emergency(place)


def _complaints(rules: ComplaintRules) -> dict[str, object]:
    """What complaints of rights-holders need; what is not said is left out."""
    said = {
        "complaint_categories": list(rules.categories),
        "complaint_demands": list(rules.demands),
        "complaint_days": rules.days,
        "complaint_declaration": rules.declaration,
        "counter_reasons": list(rules.counter.reasons),
        "counter_demands": list(rules.counter.demands),
        "counter_declaration": rules.counter.declaration,
    }
    return {name: value for name, value in said.items() if value}


def _emergency(place: Place) -> str:
    return "".join(
        f"\n[[emergency]]\n{toml_of({'number': one.number, 'name': one.name})}"
        for one in place.emergency
    )


def _category(category: Category) -> str:
    text = _block("category", category, CategoryShape, leave_out=("terms", "question"))
    if category.terms:
        text += "[category.terms]\n" + "".join(
            f"{_value(term)} = {weight}\n" for term, weight in category.terms.items()
        )
    for question in category.questions:
        said = {one.name: getattr(question, one.name) for one in fields(question)}
        given = {name: value for name, value in said.items() if value}
        text += "\n[[category.question]]\n" + toml_of(given)
    return text


def _clock(rule: ClockRule) -> str:
    """One clock; the warning is said in days or as a share, as the rule has it."""
    other = "warn_days" if rule.warn_share else "warn_share"
    return _block("clock", rule, ClockShape, leave_out=(other,))


def _blocks(name: str, records: Iterable[object], shape: type[BaseModel]) -> str:
    return "\n".join(_block(name, record, shape) for record in records)


def _block(name: str, record: object, shape: type[BaseModel], leave_out: Sequence[str] = ()) -> str:
    """One block with the fields that its shape has; what is as if left out is left out."""
    said = {
        key: getattr(record, key)
        for key, field in shape.model_fields.items()
        if key not in leave_out and getattr(record, key) != field.default
    }
    return f"[[{name}]]\n{toml_of(said)}"


def toml_of(values: Mapping[str, object]) -> str:
    """Keys and values as lines of TOML."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in values.items())


def _value(value: Any) -> str:  # noqa: ANN401  # whatever a place is made of
    """A value in TOML; basic strings of TOML are written as those of JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        value = {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_value(said)}" for key, said in value.items() if said is not None)
        return "{ " + ", ".join(pairs) + " }" if value else "{}"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if plain else _value(key)
