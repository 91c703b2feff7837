"""The fields of a form for a row, made from the shape that the row has in a pack."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field

from portal.administration.words import CODES_OF, FIELDS, TABLES, member_name
from portal.jurisdiction.pack_shapes import Shape, TextShape
from portal.jurisdiction.pack_writing import toml_of
from portal.jurisdiction.parts import Part, Values
from portal.web.forms import Choices, LongText, Pick, ShortText, Tick

PREFIX: Final = "f_"
LONGEST: Final = 20_000
_LANGUAGES: Final = (("zh", _l("%(field)s (Chinese)")), ("en", _l("%(field)s (English)")))


class Look(Enum):
    """How a field of a shape is asked for."""

    LINE = auto()
    TEXT = auto()
    LIST = auto()
    CHOICE = auto()
    CHOICES = auto()
    TICK = auto()
    TABLE = auto()
    BLOCKS = auto()


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a row: its name in the file, how it is asked for, and what may be chosen."""

    name: str
    look: Look
    required: bool
    members: tuple[StrEnum, ...] = ()


def asked_of(part: Part, *, is_new: bool) -> tuple[Asked, ...]:
    """The fields of a row; what it is about is asked for when it is new."""
    return tuple(
        _asked(field.alias or name, field.annotation, required=field.is_required())
        for name, field in part.shape.model_fields.items()
        if is_new or (field.alias or name) not in part.keys
    )


def _asked(name: str, kind: Any, *, required: bool) -> Asked:  # noqa: ANN401  # any annotation
    kind = _plain(kind)
    inner = _plain(get_args(kind)[0]) if get_origin(kind) is tuple else None
    if _is(kind, StrEnum):
        return Asked(name, Look.CHOICE, required, tuple(kind))
    if inner is not None and _is(inner, StrEnum):
        return Asked(name, Look.CHOICES, required, tuple(inner))
    return Asked(name, _look(kind, inner), required)


def _look(kind: Any, inner: Any) -> Look:  # noqa: ANN401  # any annotation
    if kind is bool:
        return Look.TICK
    if _is(kind, TextShape):
        return Look.TEXT
    if _is(kind, Shape) or get_origin(kind) is dict:
        return Look.TABLE
    if _is(inner, Shape):
        return Look.BLOCKS
    return Look.LINE if inner is None else Look.LIST


def _plain(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    """The annotation without what is optional and without its conditions."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return _plain(next(one for one in get_args(kind) if one is not type(None)))
    return kind


def _is(kind: object, wanted: type) -> bool:
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, wanted)


def fields_for(asked: Asked) -> Iterator[tuple[str, Any]]:
    """The fields of the form, by name."""
    label = FIELDS.get(asked.name, asked.name)
    name = PREFIX + asked.name
    if asked.look is Look.TEXT:
        for language, words in _LANGUAGES:
            yield f"{name}_{language}", LongText(_in_language(words, label), max_length=2_000)
    elif asked.look is Look.TICK:
        yield name, Tick(label)
    elif asked.look is Look.CHOICE:
        named = [(member.value, member_name(member)) for member in asked.members]
        yield name, Pick(label, choices=named if asked.required else [("", "–"), *named])
    elif asked.look is Look.CHOICES:
        yield name, Choices(label, choices=[(one.value, member_name(one)) for one in asked.members])
    elif asked.look is Look.LINE:
        yield name, ShortText(label, max_length=1_000, hint=_hint(asked))
    else:
        yield name, LongText(label, max_length=LONGEST, hint=_hint(asked))


def _in_language(words: object, label: object) -> str:
    return str(words) % {"field": label}


def _hint(asked: Asked) -> object:
    table = TABLES.get(CODES_OF.get(asked.name, ""))
    if asked.look is Look.LINE:
        return _l("A code of the table “%(table)s”", table=table) if table else ""
    if asked.look is Look.LIST:
        codes = _l("One a line, codes of the table “%(table)s”", table=table)
        return codes if table else _l("One a line")
    if asked.look is Look.TABLE:
        return _l('One a line, as in the files of a pack: name = 3, or name = ["a", "b"]')
    if asked.look is Look.BLOCKS:
        return _l("Blocks as in the files of a pack, each under [[%(name)s]]", name=asked.name)
    return ""


def begun(asked: Asked, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the fields show for a row."""
    value, name = row.get(asked.name), PREFIX + asked.name
    if asked.look is Look.TEXT:
        for language, _words in _LANGUAGES:
            yield f"{name}_{language}", (value or {}).get(language, "")
    else:
        yield name, shown(asked, value)


def shown(asked: Asked, value: Any) -> Any:  # noqa: ANN401  # as the row has it
    """A value as the field shows it."""
    if asked.look in {Look.TICK, Look.CHOICES}:
        return value
    if not value:
        return "" if value in (None, [], {}, ()) else str(value)
    if asked.look is Look.LIST:
        return "\n".join(value)
    if asked.look is Look.TABLE:
        return toml_of(value)
    if asked.look is Look.BLOCKS:
        said = ({key: one for key, one in row.items() if one} for row in value)
        return "\n".join(f"[[{asked.name}]]\n{toml_of(row)}" for row in said)
    return str(value)


def typed(asked: Asked, form: Mapping[str, Field]) -> Values:
    """What was typed as the row has it: nothing for what was left empty."""
    name = PREFIX + asked.name
    if asked.look is Look.TEXT:
        said = {one: form[f"{name}_{one}"].data for one, _words in _LANGUAGES}
        filled = {language: text for language, text in said.items() if text}
        return {asked.name: filled} if filled else {}
    data = form[name].data
    if asked.look is Look.TICK:
        return {asked.name: bool(data)}
    if asked.look is Look.LIST:
        data = [line.strip() for line in (data or "").splitlines() if line.strip()]
    if asked.look is Look.TABLE:
        read = _toml(data or "")
        return {asked.name: read} if read or asked.required else {}
    if asked.look is Look.BLOCKS:
        data = _toml(data or "").get(asked.name)
    return {asked.name: data} if data else {}


class NotToml(ValueError):
    """A text that is no TOML, with a sentence that says in which line."""


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise NotToml(_not_toml(line)) from error
    except RecursionError as error:
        raise NotToml(_not_toml(1)) from error


def _not_toml(line: int) -> str:
    return str(
        gettext(
            "Line %(line)d cannot be read. Would be right: name = value, texts in quotes",
            line=line,
        )
    )
