"""The fields of a form for a row, made from the shape that the row has in a pack."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field

from portal.administration.choosing import SHORT, Choosing, chosen_first
from portal.administration.conditions import condition_fields, conditions_begun, conditions_typed
from portal.administration.regions import region_codes
from portal.administration.words import FIELDS, NotRead, member_name, table_of
from portal.jurisdiction.pack_shapes import Shape, TextShape
from portal.jurisdiction.pack_writing import toml_of
from portal.jurisdiction.parts import Part, Values
from portal.web.forms import Choices, LongText, Pick, ShortText, Tick

PREFIX: Final = "f_"
LONGEST: Final = 20_000
# What a block leaves out; no and zero are said.
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
    BLOCKS = auto()


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a row: its name in the file, how it is asked for, and what may be chosen.

    `table` is the one that its codes are of, `parts` are the numbers that it consists of.
    """

    name: str
    look: Look
    required: bool
    members: tuple[StrEnum, ...] = ()
    table: str = ""
    parts: tuple[str, ...] = ()


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
    look = Look.CONDITIONS if name == "when" else _look(kind, inner)
    parts = tuple(kind.model_fields) if look is Look.NUMBERS else ()
    return Asked(name, look, required, parts=parts)


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
    if _is(inner, Shape):
        return Look.BLOCKS
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
    label, name = FIELDS.get(asked.name, asked.name), PREFIX + asked.name
    if asked.look in {Look.TEXT, Look.NUMBERS}:
        yield from _several(asked, label, name)
    elif asked.look is Look.CONDITIONS:
        yield from condition_fields(name, row.get(asked.name) or {}, choosing)
    elif asked.look is Look.TICK:
        yield name, Tick(label)
    elif asked.look in {Look.CHOICE, Look.CODE}:
        offered = _offered(asked, choosing, row)
        yield name, Pick(label, choices=offered if asked.required else [("", "–"), *offered])
    elif asked.look in {Look.CHOICES, Look.CODES}:
        yield name, Choices(label, choices=_offered(asked, choosing, row))
    elif asked.look in {Look.LINE, Look.REGION}:
        yield name, ShortText(label, max_length=1_000, hint=_hint(asked))
    else:
        yield name, LongText(label, max_length=LONGEST, hint=_hint(asked))


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
    return str(gettext("%(field)s: %(part)s", field=label, part=FIELDS.get(part, part)))


def _offered(asked: Asked, choosing: Choosing, row: Values) -> list[tuple[str, str]]:
    if asked.members:
        return [(one.value, member_name(one)) for one in asked.members]
    offered, has = choosing.codes(asked.table), row.get(asked.name) or []
    return chosen_first(offered, [has] if isinstance(has, str) else has)


def _hint(asked: Asked) -> object:
    if asked.look is Look.BLOCKS:
        return _l("Blocks as in the files of a pack, each under [[%(name)s]]", name=asked.name)
    return _HINTS.get(asked.look, "")


_HINTS: Final = {
    Look.REGION: _l("Code or name of a region"),
    Look.REGIONS: _l("One a line, codes or names of regions"),
    Look.LIST: _l("One a line"),
    Look.WEIGHTS: _l("One a line: the word or words, then the weight from 1 to 10"),
    Look.TABLE: _l('One a line, as in the files of a pack: name = 3, or name = ["a", "b"]'),
}


def begun(asked: Asked, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the fields show for a row."""
    value, name = row.get(asked.name), PREFIX + asked.name
    if asked.look is Look.TEXT:
        for language, _words in _LANGUAGES:
            yield f"{name}_{language}", (value or {}).get(language, "")
    elif asked.look is Look.NUMBERS:
        for part in asked.parts:
            yield f"{name}_{part}", str((value or {}).get(part, ""))
    elif asked.look is Look.CONDITIONS:
        yield from conditions_begun(name, value or {})
    else:
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
    if asked.look is Look.TABLE:
        return toml_of(value)
    if asked.look is Look.BLOCKS:
        said = ({key: one for key, one in row.items() if one not in _EMPTY} for row in value)
        return "\n".join(f"[[{asked.name}]]\n{toml_of(row)}" for row in said)
    return str(value)


def typed(asked: Asked, form: Mapping[str, Field], choosing: Choosing, row: Values) -> Values:
    """What was typed as the row has it: nothing for what was left empty.

    What was ticked stays in the order that `row` has it in; what is new comes behind.
    """
    name = PREFIX + asked.name
    if asked.look is Look.TEXT:
        return _filled(asked, form, [one for one, _words in _LANGUAGES])
    if asked.look is Look.NUMBERS:
        return _filled(asked, form, asked.parts)
    if asked.look is Look.CONDITIONS:
        was, now = row.get(asked.name) or {}, conditions_typed(name, form, choosing)
        return {asked.name: {key: _as_before(was.get(key), one) for key, one in now.items()}}
    data = form[name].data
    if asked.look is Look.TICK:
        return {asked.name: bool(data)}
    if asked.look in {Look.TABLE, Look.WEIGHTS}:
        read = (_weights if asked.look is Look.WEIGHTS else _toml)(data or "", name)
        return {asked.name: read} if read or asked.required else {}
    data = _read(asked, data or "", choosing)
    if asked.look in {Look.CHOICES, Look.CODES}:
        data = _as_before(row.get(asked.name), list(data))
    return {asked.name: data} if data else {}


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
    if asked.look is Look.BLOCKS:
        return _toml(data, name).get(asked.name)
    if asked.look is Look.LIST:
        return [line.strip() for line in data.splitlines() if line.strip()]
    if asked.look in {Look.REGION, Look.REGIONS}:
        codes = region_codes(data, choosing, name)
        return codes if asked.look is Look.REGIONS else next(iter(codes), "")
    return data


def weight_lines(text: str) -> dict[str, int]:
    """The words of a list with weights, each with the line that it stands on first."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        lines.setdefault(_word(line)[0], number)
    return lines


def _word(line: str) -> tuple[str, str]:
    word, _space, weight = line.strip().rpartition(" ")
    return word.strip(), weight


def _weights(text: str, name: str) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        word, weight = _word(line)
        if not line.strip():
            continue
        if not word or not weight.isdecimal():
            raise NotRead(name, _no_weight(number))
        if word in read:
            raise NotRead(name, _said_twice(number))
        read[word] = int(weight)
    return read


def _no_weight(line: int) -> str:
    return str(
        gettext(
            "Line %(line)d cannot be read. Would be right: a word, a space, a whole number",
            line=line,
        )
    )


def _said_twice(line: int) -> str:
    return str(gettext("Line %(line)d has a word that stands above already", line=line))


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise NotRead(name, _not_toml(line)) from error
    except RecursionError as error:
        raise NotRead(name, _not_toml(1)) from error


def _not_toml(line: int) -> str:
    return str(
        gettext(
            "Line %(line)d cannot be read. Would be right: name = value, texts in quotes",
            line=line,
        )
    )
