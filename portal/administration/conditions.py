"""The conditions of a routing row on a form: what is asked, how, and which values are ticked.

A condition is a group of boxes, or a text for regions, since there are thousands. Which groups
there are is sent along, so that one more can be opened without a script.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from flask import request
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field as FormField

from portal.administration.choosing import WAYS, Choosing, chosen_first, field_words
from portal.administration.regions import region_codes
from portal.administration.words import NotRead
from portal.jurisdiction.conditions import Field, Operator
from portal.web.forms import Choices, LongText, Pick

# What is sent along for each condition that the page shows.
OPEN: Final = "condition"
MORE: Final = "more"
LONGEST: Final = 20_000

_WAYS: Final[Mapping[Operator, LazyString]] = {
    Operator.ANY: _l("%(field)s: one of these"),
    Operator.NONE: _l("%(field)s: none of these"),
    Operator.ALL: _l("%(field)s: all of these"),
    Operator.UNDER: _l("%(field)s: within one of these"),
    Operator.AT_LEAST: _l("%(field)s: at least"),
}


def way_words(key: str, language: str) -> str:
    """What a condition asks and how, before its values."""
    field, operator = WAYS[key]
    return str(_WAYS[operator]) % {"field": field_words(field, language)}


def open_keys(row: Mapping[str, Sequence[str]]) -> list[str]:
    """The conditions that the form shows: those of the row, and those that were opened."""
    sent = [*request.form.getlist(OPEN), request.form.get(MORE, "")]
    return [key for key in dict.fromkeys([*row, *sent]) if key in WAYS]


def condition_fields(
    name: str, row: Mapping[str, Sequence[str]], choosing: Choosing
) -> Iterator[tuple[str, Any]]:
    """A field for each condition, and one that opens another."""
    keys = open_keys(row)
    for key in keys:
        yield named(name, key), _field(key, row.get(key, ()), choosing)
    others = [(key, way_words(key, choosing.language)) for key in WAYS if key not in keys]
    yield (
        MORE,
        Pick(
            _l("Another condition"),
            choices=[("", "–"), *others],
            hint=_l("Choose what it asks and save: the page comes back with its values."),
        ),
    )


def _field(key: str, has: Sequence[str], choosing: Choosing) -> FormField:
    field, operator = WAYS[key]
    label, hint = way_words(key, choosing.language), _l("Leave it empty to drop the condition.")
    if field is Field.REGION:
        hint = _l("One a line, codes or names of regions. Leave it empty to drop the condition.")
        return LongText(label, max_length=LONGEST, hint=hint)
    return Choices(label, choices=chosen_first(choosing.values(field, operator), has), hint=hint)


def named(name: str, key: str) -> str:
    """The field of a condition; a dot would be something else in an address."""
    return f"{name}_{key.replace('.', '-')}"


def conditions_begun(name: str, row: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Any]]:
    """What the fields show."""
    for key, values in row.items():
        if key in WAYS:
            is_region = WAYS[key][0] is Field.REGION
            yield named(name, key), "\n".join(values) if is_region else list(values)


def conditions_typed(
    name: str, form: Mapping[str, FormField], choosing: Choosing
) -> dict[str, list[str]]:
    """The conditions that have values."""
    read = {key: _values(named(name, key), key, form, choosing) for key in WAYS}
    return {key: values for key, values in read.items() if values}


def _values(name: str, key: str, form: Mapping[str, FormField], choosing: Choosing) -> list[str]:
    data = form[name].data if name in form else None
    if not data:
        return []
    if WAYS[key][0] is Field.REGION:
        return region_codes(data, choosing, name)
    offered = {code for code, _words in choosing.values(*WAYS[key])}
    unknown = [one for one in data if one not in offered]
    if unknown:
        codes = ", ".join(unknown)
        raise NotRead(name, str(gettext("No longer in the list: %(codes)s", codes=codes)))
    return list(data)
