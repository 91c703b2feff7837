"""Which language a page is in: the reader's choice, else the browser's, else Chinese."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, has_request_context, request
from flask.ctx import AppContext
from flask.globals import app_ctx
from flask_babel import Babel, force_locale, get_locale, get_timezone
from werkzeug.local import LocalProxy

from portal.web.translations import Catalogues

COOKIE = "lang"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the product: `tag` as BCP 47 has it, `locale` as gettext has it."""

    tag: str
    locale: str
    name: str

    @property
    def babel(self) -> Locale:
        """As Babel has it; always the same object, so that it is quickly found again."""
        return _parsed(self.locale)


LANGUAGES = (Language("zh-Hans", "zh_Hans", "中文"), Language("en", "en", "English"))
BY_TAG = {language.tag: language for language in LANGUAGES}
DEFAULT = LANGUAGES[0]


@lru_cache(maxsize=8)
def _parsed(locale: str) -> Locale:
    return Locale.parse(locale)


@lru_cache(maxsize=8)
def _language_of(locale: Locale | None) -> Language:
    return next((one for one in LANGUAGES if one.locale == str(locale)), DEFAULT)


def chosen_language() -> Language:
    """The language of this request: cookie, then Accept-Language by primary tag, then default."""
    if not has_request_context():
        return DEFAULT
    chosen = BY_TAG.get(request.cookies.get(COOKIE, ""))
    if chosen is not None:
        return chosen
    by_primary = {language.tag.split("-")[0]: language for language in LANGUAGES}
    for tag, quality in request.accept_languages:
        primary = tag.replace("_", "-").split("-")[0].lower()
        if quality > 0 and primary in by_primary:
            return by_primary[primary]
    return DEFAULT


def current_language() -> Language:
    """The language text is produced in now, also inside `speaking`."""
    return _language_of(current_locale())


def current_locale() -> Locale | None:
    """The language as Babel has it; None where there is no application."""
    locale: Locale | None = _kept("babel_locale") or get_locale()
    return locale


def current_zone() -> ZoneInfo:
    """The time zone of the place; pytz, which flask-babel uses, takes twenty times as long."""
    return ZoneInfo(str(_kept("babel_tzinfo") or get_timezone()))


def _kept(name: str) -> Any:  # noqa: ANN401  # as flask-babel has it
    """What flask-babel has found out already; it asks for the context five times for each word."""
    context = cast("LocalProxy[AppContext]", app_ctx)
    try:
        found = context._get_current_object().g.get("_flask_babel")  # noqa: SLF001  # their word
    except RuntimeError:
        return None
    return getattr(found, name, None)


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Produce text in the language `tag`, for mails and papers; needs an application context."""
    with force_locale(BY_TAG.get(tag, DEFAULT).babel):
        yield


def init_language(app: Flask, zone: Callable[[], str]) -> None:
    """Connect flask-babel; `zone` names the time zone of the place (`Asia/Shanghai`)."""
    babel = Babel(
        app,
        default_locale=DEFAULT.locale,
        locale_selector=lambda: chosen_language().babel,
        timezone_selector=zone,
    )
    babel.domain_instance = Catalogues()
