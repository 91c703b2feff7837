"""A value of a row as people read it: words for codes, a text in both languages, conditions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from flask_babel import gettext

from portal.administration.fields import Asked, Look, asked_of, shown
from portal.administration.pictures import picture_words
from portal.administration.words import member_name
from portal.jurisdiction.parts import get_part
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place
from portal.triage.rules.wording import condition_text
from portal.web.language import LANGUAGES, current_language

NameOf = Callable[[Place, str], str | None]


def reading(part: str, name: str, value: Any) -> Any:  # noqa: ANN401  # as the row has it
    """What a page shows of a value: a text, a list or a mapping of texts, or what says itself."""
    asked = next((one for one in asked_of(get_part(part), is_new=True) if one.name == name), None)
    if asked is None or not value or value is True:
        return value
    if name == "when":
        return [_condition(key, tuple(values)) for key, values in value.items()]
    if asked.table:
        return _each(value, partial(_with_name, _NAMED[asked.table]))
    return _by_look(asked, value)


def _by_look(asked: Asked, value: Any) -> Any:  # noqa: ANN401  # as the row has it
    if asked.look is Look.PICTURE:
        return picture_words(value)
    if asked.look is Look.TEXT:
        return {one.name: value[one.tag[:2]] for one in LANGUAGES if value.get(one.tag[:2])}
    if asked.look in {Look.CHOICE, Look.CHOICES}:
        names = {member.value: member_name(member) for member in asked.members}
        return _each(value, lambda code: names.get(code, code))
    return shown(asked, value) if asked.look in {Look.TABLE, Look.ENTRIES, Look.OPTIONS} else value


def _each(value: str | list[str], said: Callable[[str], str]) -> str | list[str]:
    return said(value) if isinstance(value, str) else [said(one) for one in value]


def _with_name(name_of: NameOf, code: str) -> str:
    """`Police (POLICE)`; the code by itself where nobody has it."""
    name = name_of(current_place(), code)
    return str(gettext("%(name)s (%(code)s)", name=name, code=code)) if name else code


def _condition(key: str, values: tuple[str, ...]) -> str:
    """A condition in words; one that is not understood as it stands in the file."""
    try:
        return condition_text(current_place(), key, values).in_(current_language().tag)
    except ValueError:
        return f"{key} = {', '.join(values)}"


def _kind(place: Place, code: str) -> str | None:
    found = place.department_kinds.get(code)
    return found.name.in_(current_language().tag) if found else None


def _category(place: Place, code: str) -> str | None:
    found = place.categories.get(code)
    return found.name.in_(current_language().tag) if found else None


def _region(place: Place, code: str) -> str | None:
    found, language = place.regions.get(code), current_language().tag
    return (place.region_name(code, language) or found.name.in_(language)) if found else None


_NAMED: Final[Mapping[str, NameOf]] = {
    "department_kinds": _kind,
    "categories": _category,
    "regions": _region,
}
