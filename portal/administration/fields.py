"""The fields of a form for a row, made from the shape that the row has in a pack."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field

from portal.administration.choosing import SHORT, Choosing, chosen_first
from portal.administration.conditions import condition_fields, conditions_begun, conditions_typed
from portal.administration.lines import options_text, read_options, read_toml, read_weights
from portal.administration.pictures import picture_fields, picture_typed
from portal.administration.regions import region_codes
from portal.administration.words import FIELDS, member_name, table_of
from portal.jurisdiction.pack_shapes import Shape, TextShape
from portal.jurisdiction.pack_writing import toml_of
from portal.jurisdiction.parts import Part, Values
from portal.web.forms import Choices, LongText, Pick, ShortText, Tick

PREFIX: Final = "f_"
LONGEST: Final = 20_000
# So many empty entries stand behind those of a list; more come once these are filled and saved.
MORE_ENTRIES: Final = 2
MOST_ENTRIES: Final = 60
# What an entry leaves out; no and zero are said.
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {}, ())
_LANGUAGES: Final = (("zh", _l("%(field)s (Chinese)")), ("en", _l("%(field)s (English)")))


class Look(Enum):
    """How a field of a shape is asked for."""

    LINE = auto()
    TEXT = auto()
    LIST = auto()
    CHOICE = auto()
    CHOICES = auto()
    CODE = auto()
    CODES = auto()
    REGION = auto()
    REGIONS = auto()
    CONDITIONS = auto()
    TICK = auto()
    NUMBERS = auto()
    WEIGHTS = auto()
    TABLE = auto()
    ENTRIES = auto()
    OPTIONS = auto()
    PICTURE = auto()


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a row: its name in the file, how it is asked for, and what may be chosen.

    `table` is the one that its codes are of, `parts` are the numbers that it consists of, `inner`
    the fields of each entry of a list. `words` is what it is called where its name does not say it.
    """

    name: str
    look: Look
    required: bool
    members: tuple[StrEnum, ...] = ()
    table: str = ""
    parts: tuple[str, ...] = ()
    inner: tuple["Asked", ...] = ()
    words: str = ""


def asked_of(part: Part, *, is_new: bool) -> tuple[Asked, ...]:
    """The fields of a row; what it is about is asked for when it is new."""
    return tuple(
        _asked(part.name, field.alias or name, field.annotation, required=field.is_required())
        for name, field in part.shape.model_fields.items()
        if is_new or (field.alias or name) not in part.keys
    )


def _asked(part: str, name: str, kind: Any, *, required: bool) -> Asked:  # noqa: ANN401  # any annotation
    kind = _plain(kind)
    inner = _plain(get_args(kind)[0]) if get_origin(kind) is tuple else None
    table = table_of(part, name)
    if table:
        return Asked(name, _look_of_codes(table, several=inner is not None), required, (), table)
    if _is(kind, StrEnum):
        return Asked(name, Look.CHOICE, required, tuple(kind))
    if inner is not None and _is(inner, StrEnum):
        return Asked(name, Look.CHOICES, required, tuple(inner))
    if inner is not None and _is(inner, Shape):
        return _list_of(part, name, inner, required=required)
    look = _BY_NAME.get(name) or _look(kind, inner)
    parts = tuple(kind.model_fields) if look is Look.NUMBERS else ()
    return Asked(name, look, required, parts=parts)


_BY_NAME: Final = {"when": Look.CONDITIONS, "picture": Look.PICTURE}


def _list_of(part: str, name: str, shape: type[Shape], *, required: bool) -> Asked:
    """A list of entries with fields of their own; of a code and a text each, a line each."""
    inner = tuple(
        _asked(part, field.alias or sub, field.annotation, required=field.is_required())
        for sub, field in shape.model_fields.items()
    )
    is_option = tuple(shape.model_fields) == ("code", "text")
    look = Look.OPTIONS if is_option else Look.ENTRIES
    return Asked(name, look, required, inner=inner)


def _look_of_codes(table: str, *, several: bool) -> Look:
    if table in SHORT:
        return Look.CODES if several else Look.CODE
    return Look.REGIONS if several else Look.REGION


def _look(kind: Any, inner: Any) -> Look:  # noqa: ANN401  # any annotation
    if kind is bool:
        return Look.TICK
    if _is(kind, TextShape):
        return Look.TEXT
    if _is(kind, Shape):
        return Look.NUMBERS if _of_numbers(kind) else Look.TABLE
    if get_origin(kind) is dict:
        return Look.WEIGHTS if _plain(get_args(kind)[1]) is int else Look.TABLE
    return Look.LINE if inner is None else Look.LIST


def _of_numbers(kind: type[Shape]) -> bool:
    return all(_plain(field.annotation) is int for field in kind.model_fields.values())


def _plain(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    """The annotation without what is optional and without its conditions."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return _plain(next(one for one in get_args(kind) if one is not type(None)))
    return kind


def _is(kind: object, wanted: type) -> bool:
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, wanted)


def fields_for(asked: Asked, choosing: Choosing, row: Values) -> Iterator[tuple[str, Any]]:
    """The fields of the form, by name; what the row has is on offer whether it is known or not."""
    label, name = asked.words or FIELDS.get(asked.name, asked.name), PREFIX + asked.name
    if asked.look in _COMPOSED:
        yield from _composed(asked, choosing, row)
    elif asked.look is Look.TICK:
        yield name, Tick(label)
    elif asked.look in {Look.CHOICE, Look.CODE}:
        offered = _offered(asked, choosing, row)
        yield name, Pick(label, choices=offered if asked.required else [("", "–"), *offered])
    elif asked.look in {Look.CHOICES, Look.CODES}:
        yield name, Choices(label, choices=_offered(asked, choosing, row))
    elif asked.look is Look.PICTURE:
        yield from picture_fields(name, label, has=bool(row.get(asked.name)))
    elif asked.look in {Look.LINE, Look.REGION}:
        yield name, ShortText(label, max_length=1_000, hint=_hint(asked))
    else:
        yield name, LongText(label, max_length=LONGEST, hint=_hint(asked))


_COMPOSED: Final = frozenset({Look.ENTRIES, Look.TEXT, Look.NUMBERS, Look.CONDITIONS})


def _composed(asked: Asked, choosing: Choosing, row: Values) -> Iterator[tuple[str, Any]]:
    """The fields of what is asked for in several."""
    name, has = PREFIX + asked.name, row.get(asked.name)
    if asked.look is Look.CONDITIONS:
        yield from condition_fields(name, has or {}, choosing)
    elif asked.look is Look.ENTRIES:
        for one in entries_in(asked, len(has or ()) + MORE_ENTRIES):
            for sub in one:
                yield from fields_for(sub, choosing, {})
    else:
        yield from _several(asked, asked.words or FIELDS.get(asked.name, asked.name), name)


def _several(asked: Asked, label: object, name: str) -> Iterator[tuple[str, Any]]:
    """The fields of what consists of several: a text in each language, some numbers."""
    if asked.look is Look.TEXT:
        for language, words in _LANGUAGES:
            yield f"{name}_{language}", LongText(_in_language(words, label), max_length=2_000)
    for part in asked.parts:
        yield f"{name}_{part}", ShortText(_part_of(label, part), max_length=20)


def _in_language(words: object, label: object) -> str:
    return str(words) % {"field": label}


def _part_of(label: object, part: str) -> str:
    words = FIELDS.get(part) or FIELDS.get(part.rpartition(".")[2], part)
    return str(gettext("%(field)s: %(part)s", field=label, part=words))


def _offered(asked: Asked, choosing: Choosing, row: Values) -> list[tuple[str, str]]:
    if asked.members:
        return [(one.value, member_name(one)) for one in asked.members]
    offered, has = choosing.codes(asked.table), row.get(asked.name) or []
    return chosen_first(offered, [has] if isinstance(has, str) else has)


def _hint(asked: Asked) -> object:
    return _HINTS.get(asked.look, "")


_HINTS: Final = {
    Look.REGION: _l("Code or name of a region"),
    Look.REGIONS: _l("One a line, codes or names of regions"),
    Look.LIST: _l("One a line"),
    Look.OPTIONS: _l("One a line: the code | in Chinese | in English"),
    Look.WEIGHTS: _l("One a line: the word or words, then the weight from 1 to 10"),
    Look.TABLE: _l('One a line, as in the files of a pack: name = 3, or name = ["a", "b"]'),
}


def begun(asked: Asked, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the fields show for a row."""
    value, name = row.get(asked.name), PREFIX + asked.name
    if asked.look is Look.ENTRIES:
        yield from _entries_begun(asked, value or ())
    elif asked.look is Look.TEXT:
        for language, _words in _LANGUAGES:
            yield f"{name}_{language}", (value or {}).get(language, "")
    elif asked.look is Look.NUMBERS:
        for part in asked.parts:
            yield f"{name}_{part}", str((value or {}).get(part, ""))
    elif asked.look is Look.CONDITIONS:
        yield from conditions_begun(name, value or {})
    elif asked.look is not Look.PICTURE:
        yield name, shown(asked, value)


def shown(asked: Asked, value: Any) -> Any:  # noqa: ANN401  # as the row has it
    """A value as the field shows it."""
    if asked.look in {Look.TICK, Look.CHOICES, Look.CODES}:
        return value
    if not value:
        return "" if value in _EMPTY else str(value)
    if asked.look in {Look.LIST, Look.REGIONS, Look.WEIGHTS}:
        weighs = asked.look is Look.WEIGHTS
        return "\n".join(f"{one} {value[one]}" if weighs else one for one in value)
    write = _WRITTEN.get(asked.look, str)
    return write(value)


def _entries_text(entries: Iterable[Values]) -> str:
    said = ({key: one for key, one in row.items() if one not in _EMPTY} for row in entries)
    return "\n".join(toml_of(row) for row in said)


_WRITTEN: Final[Mapping[Look, Callable[[Any], str]]] = {
    Look.TABLE: toml_of,
    Look.OPTIONS: options_text,
    Look.ENTRIES: _entries_text,
}


def typed(asked: Asked, form: Mapping[str, Field], choosing: Choosing, row: Values) -> Values:
    """What was typed as the row has it: nothing for what was left empty.

    What was ticked stays in the order that `row` has it in; what is new comes behind.
    """
    name = PREFIX + asked.name
    if asked.look is Look.ENTRIES:
        return _entries_typed(asked, form, choosing)
    if asked.look in {Look.TEXT, Look.NUMBERS}:
        return _filled(asked, form, asked.parts or [one for one, _words in _LANGUAGES])
    if asked.look is Look.CONDITIONS:
        was, now = row.get(asked.name) or {}, conditions_typed(name, form, choosing)
        return {asked.name: {key: _as_before(was.get(key), one) for key, one in now.items()}}
    data = form[name].data
    if asked.look is Look.TICK:
        return {asked.name: bool(data)}
    if asked.look in {Look.TABLE, Look.WEIGHTS}:
        read = (read_weights if asked.look is Look.WEIGHTS else read_toml)(data or "", name)
        return {asked.name: read} if read or asked.required else {}
    if asked.look is Look.PICTURE:
        data = picture_typed(name, form, row.get(asked.name, ""))
    else:
        data = _read(asked, data or "", choosing)
    if asked.look in {Look.CHOICES, Look.CODES}:
        data = _as_before(row.get(asked.name), list(data))
    return {asked.name: data} if data else {}


def _entries_begun(asked: Asked, said: Sequence[Values]) -> Iterator[tuple[str, Any]]:
    for one, entry in zip(entries_in(asked, len(said)), said, strict=True):
        for sub, plain in zip(one, asked.inner, strict=True):
            yield from begun(sub, {sub.name: entry.get(plain.name)})


def entries_in(asked: Asked, count: int) -> list[tuple[Asked, ...]]:
    """The fields of so many entries of a list, each called by its number and what it is."""
    return [
        tuple(
            replace(
                sub,
                name=f"{asked.name}_{number}_{sub.name}",
                words=_part_of(_numbered(asked, number), f"{asked.name}.{sub.name}"),
                required=False,
            )
            for sub in asked.inner
        )
        for number in range(count)
    ]


def _numbered(asked: Asked, number: int) -> str:
    return f"{FIELDS.get(asked.name, asked.name)} {number + 1}"


def _entries_typed(asked: Asked, form: Mapping[str, Field], choosing: Choosing) -> Values:
    """The entries that anything was typed for; one whose fields were emptied is gone."""
    found: list[Values] = []
    for one in entries_in(asked, MOST_ENTRIES):
        first = PREFIX + one[0].name
        if not (first in form or f"{first}_{_LANGUAGES[0][0]}" in form):
            break
        said = [
            (plain.name, typed(sub, form, choosing, {}).get(sub.name))
            for sub, plain in zip(one, asked.inner, strict=True)
        ]
        entry = {name: value for name, value in said if value not in _EMPTY}
        chosen = {sub.name for sub in asked.inner if sub.look in {Look.CHOICE, Look.TICK}}
        if entry.keys() - chosen:
            found.append(entry)
    return {asked.name: found} if found else {}


def _filled(asked: Asked, form: Mapping[str, Field], parts: Iterable[str]) -> Values:
    """What was typed into the fields of one that consists of several."""
    said = {part: form[f"{PREFIX}{asked.name}_{part}"].data for part in parts}
    filled = {part: text for part, text in said.items() if text}
    return {asked.name: filled} if filled else {}


def _as_before(was: list[str] | None, now: list[str]) -> list[str]:
    """What stays in the order there was, and what is new behind it."""
    kept = [one for one in was or () if one in now]
    return kept + [one for one in now if one not in kept]


def _read(asked: Asked, data: Any, choosing: Choosing) -> Any:  # noqa: ANN401  # as the field has it
    name = PREFIX + asked.name
    if asked.look is Look.OPTIONS:
        return read_options(data, name)
    if asked.look is Look.LIST:
        return [line.strip() for line in data.splitlines() if line.strip()]
    if asked.look in {Look.REGION, Look.REGIONS}:
        codes = region_codes(data, choosing, name)
        return codes if asked.look is Look.REGIONS else next(iter(codes), "")
    return data
