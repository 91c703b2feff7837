"""Which language a page is in: the reader's choice, else the browser's, else Chinese."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale, get_locale

from portal.web.translations import Catalogues

COOKIE = "lang"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the product: `tag` as BCP 47 has it, `locale` as gettext has it."""

    tag: str
    locale: str
    name: str


LANGUAGES = (Language("zh-Hans", "zh_Hans", "中文"), Language("en", "en", "English"))
BY_TAG = {language.tag: language for language in LANGUAGES}
DEFAULT = LANGUAGES[0]


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
    locale = str(get_locale())
    return next((one for one in LANGUAGES if one.locale == locale), DEFAULT)


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Produce text in the language `tag`, for mails and papers; needs an application context."""
    with force_locale(BY_TAG.get(tag, DEFAULT).locale):
        yield


def init_language(app: Flask, zone: Callable[[], str]) -> None:
    """Connect flask-babel; `zone` names the time zone of the place (`Asia/Shanghai`)."""
    babel = Babel(
        app,
        default_locale=DEFAULT.locale,
        locale_selector=lambda: chosen_language().locale,
        timezone_selector=zone,
    )
    babel.domain_instance = Catalogues()
