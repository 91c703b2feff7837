"""How a value that is not well formed is described: what is wrong, and what would be right."""

from collections.abc import Callable
from typing import Any

from pydantic_core import ErrorDetails

from portal.jurisdiction.sentences import Sentence, verbatim


def described(detail: ErrorDetails) -> tuple[Sentence, Sentence]:
    """Both, in plain words."""
    describe = _SENTENCES.get(detail["type"])
    if describe is None:
        what = Sentence("is not right: %(told)s", told=detail["msg"])
        return what, Sentence("see the shipped packs")
    return describe(detail)


def _context(detail: ErrorDetails, key: str) -> Any:  # noqa: ANN401  # what pydantic put there
    return detail.get("ctx", {}).get(key, "")


_Told = tuple[Sentence, Sentence]


_MOST_SHOWN = 60


def _short(detail: ErrorDetails) -> str:
    """What stood there, if it is short: a whole report is not said back."""
    text = str(detail["input"])
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _not_known(detail: ErrorDetails) -> _Told:
    expected = str(_context(detail, "expected")).replace(" or ", ", ")
    return Sentence("'%(value)s' is not known", value=_short(detail)), Sentence(
        "one of %(codes)s", codes=expected
    )


def _no_fields(detail: ErrorDetails) -> _Told:
    what = Sentence("'%(value)s' is not a group of fields", value=_short(detail))
    return what, Sentence("fields with names, as in the shipped packs")


def _no_number(detail: ErrorDetails) -> _Told:
    return Sentence("'%(value)s' is not a number", value=_short(detail)), Sentence("a whole number")


def _no_date(detail: ErrorDetails) -> _Told:
    return Sentence("'%(value)s' is not a date", value=_short(detail)), verbatim("2026-10-01")


def _no_moment(detail: ErrorDetails) -> _Told:
    return Sentence("'%(value)s' is not a moment", value=_short(detail)), verbatim(
        "2026-10-01T08:00:00+08:00"
    )


def _no_code(detail: ErrorDetails) -> _Told:
    right = Sentence(
        "letters, digits, '_', '-' and '.' only (small letters, digits and '_' for a question)"
    )
    return Sentence("'%(value)s' is not a code", value=_short(detail)), right


def _no_zone(detail: ErrorDetails) -> _Told:
    right = Sentence("a name like Asia/Shanghai")
    return Sentence("'%(value)s' is not a time zone", value=_short(detail)), right


_SENTENCES: dict[str, Callable[[ErrorDetails], _Told]] = {
    "missing": lambda _: (Sentence("is missing"), Sentence("a value")),
    "extra_forbidden": lambda _: (Sentence("is not a field here"), Sentence("leave it out")),
    "enum": _not_known,
    "literal_error": _not_known,
    "string_too_short": lambda _: (Sentence("is empty"), Sentence("a text")),
    "string_type": lambda d: (
        Sentence("'%(value)s' is not a text", value=_short(d)),
        Sentence("a text in quotes"),
    ),
    "string_unicode": lambda _: (Sentence("is not UTF-8 text"), Sentence("a text in quotes")),
    "string_pattern_mismatch": _no_code,
    "int_parsing": _no_number,
    "int_type": _no_number,
    "bool_parsing": lambda d: (
        Sentence("'%(value)s' is neither true nor false", value=_short(d)),
        Sentence("true or false"),
    ),
    "greater_than_equal": lambda d: (
        Sentence("'%(value)s' is too small", value=_short(d)),
        Sentence("%(n)s or more", n=_context(d, "ge")),
    ),
    "less_than_equal": lambda d: (
        Sentence("'%(value)s' is too large", value=_short(d)),
        Sentence("%(n)s or less", n=_context(d, "le")),
    ),
    "too_short": lambda _: (Sentence("is empty"), Sentence("at least one value")),
    "tuple_type": lambda d: (
        Sentence("'%(value)s' is not a list", value=_short(d)),
        Sentence('a list, for example ["POLICE"]'),
    ),
    "date_from_datetime_parsing": _no_date,
    "date_parsing": _no_date,
    "datetime_from_date_parsing": _no_moment,
    "datetime_parsing": _no_moment,
    "timezone_aware": lambda d: (
        Sentence("'%(value)s' has no time zone", value=_short(d)),
        verbatim("2026-10-01T08:00:00+08:00"),
    ),
    "value_error": _no_zone,
    "model_type": _no_fields,
    "model_attributes_type": _no_fields,
    "dict_type": _no_fields,
    "bool_type": lambda d: (
        Sentence("'%(value)s' is neither true nor false", value=_short(d)),
        Sentence("true or false"),
    ),
    "int_from_float": _no_number,
    "int_parsing_size": _no_number,
    "date_type": _no_date,
    "date_from_datetime_inexact": _no_date,
    "datetime_type": _no_moment,
    "datetime_object_invalid": _no_moment,
}
