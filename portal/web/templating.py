"""Jinja as the pages use it: strict about names, GOV.UK macros at hand, dates by locale."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jinja2
from babel import Locale, dates
from babel.numbers import get_currency_precision
from flask import Flask
from flask_babel import format_currency, format_decimal
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader, StrictUndefined, Undefined
from markupsafe import Markup

from portal.access.guard import current_actor
from portal.infra.sanitise import sanitise
from portal.web.assets import static_url
from portal.web.labels import label
from portal.web.language import LANGUAGES, current_language, current_locale, current_zone
from portal.web.navigation import own_desk_links
from portal.web.pagination import encode_cursor
from portal.web.text import marked
from portal.web.wording import several, words

_MISSING: Any = jinja2.utils.missing

# What the GOV.UK macros, ported from JavaScript, use without defining it.
_LENIENT_NAMES = frozenset({"caller", "null", "undefined"})


class PageUndefined(StrictUndefined):
    """An unknown name is an error; a key left out of a macro's params, or no caller, is not.

    The GOV.UK macros ask `params` for dozens of optional keys, so those must be lenient.
    """

    def __new__(  # type: ignore[misc]  # lenient cases are plain Undefined
        cls,
        hint: str | None = None,
        obj: Any = _MISSING,
        name: str | None = None,
        exc: type[jinja2.exceptions.TemplateRuntimeError] = jinja2.UndefinedError,
    ) -> Undefined:
        if isinstance(obj, dict) or name in _LENIENT_NAMES:
            return Undefined(hint, obj, name, exc)
        return super().__new__(cls)


@lru_cache(maxsize=4096)
def _written(day: date, style: str, locale: Locale | None) -> str:
    """Kept, since a list says the same few days over and over."""
    return str(dates.format_date(day, style, locale or Locale("en")))


def show_date(value: date | datetime, style: str = "long") -> str:
    """A date by locale (`2026年11月22日`); an instant is first moved to the place's zone."""
    day = value.astimezone(current_zone()).date() if isinstance(value, datetime) else value
    return _written(day, style, current_locale())


def show_datetime(value: datetime, style: str = "long") -> str:
    """Date and time by locale, to the minute, in the place's zone."""
    local = value.astimezone(current_zone())
    return f"{_written(local.date(), style, current_locale())} {local:%H:%M}"


def show_size(count: int) -> str:
    """A number of bytes in the unit people know from their files: `1.4 MB`."""
    amount, units = float(count), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:  # noqa: PLR2004  # SI units
        amount, units = amount / 1000, units[1:]
    return f"{format_decimal(amount, '#,##0.#')} {units[0]}"


def show_money(amount: int, currency: str) -> str:
    """An amount in minor units as the language writes it: `¥1,250.00`."""
    major = Decimal(amount).scaleb(-get_currency_precision(currency))
    return str(format_currency(major, currency))


def iso(value: date | datetime) -> str:
    """For `<time datetime>`."""
    return value.isoformat()


def lines(text: str) -> list[str]:
    """The lines of a text, so that a template can show them without markup in the text."""
    return text.split("\n")


def formatted(text: str) -> Markup:
    """Text with the few tags staff may write, sanitised; only for the inside of an element."""
    return Markup(sanitise(text))  # noqa: S704  # sanitised in this very expression


def init_templates(app: Flask) -> None:
    """Set up loaders, strictness, filters and globals."""
    env = app.jinja_env
    own = app.jinja_loader
    env.loader = ChoiceLoader(
        [
            *([own] if own is not None else []),
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    env.undefined = PageUndefined
    env.trim_blocks = True
    env.lstrip_blocks = True
    env.globals.pop("config", None)
    env.globals.update(
        _=words,
        gettext=words,
        ngettext=several,
        current_actor=current_actor,
        current_language=current_language,
        desk_links=own_desk_links,
        encode_cursor=encode_cursor,
        label=label,
        languages=LANGUAGES,
        static_url=static_url,
    )
    env.filters.update(
        date=show_date,
        datetime=show_datetime,
        formatted=formatted,
        iso=iso,
        label=label,
        lines=lines,
        marked=marked,
        money=show_money,
        number=format_decimal,
        size=show_size,
    )
