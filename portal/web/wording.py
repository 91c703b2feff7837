"""The words of templates: `_` and `trans`, in the language of the page.

What flask-babel and Jinja do for a word in six calls, each of which finds out the language and the
catalogue anew. A list of fifty lines says two hundred words.
"""

from functools import lru_cache

from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

from portal.web.language import current_language
from portal.web.translations import load


@pass_eval_context
def words(page: EvalContext, message: str, /, **values: object) -> str:
    """A message with its values in their places; what is put into a page is escaped."""
    locale = current_language().locale
    if not values:
        return _plain(locale, message, page.autoescape)
    return _text(load(locale).ugettext(message), page.autoescape) % values


@pass_eval_context
def several(page: EvalContext, one: str, more: str, num: int, /, **values: object) -> str:
    """The form of a message that goes with a number."""
    text = load(current_language().locale).ungettext(one, more, num)
    return _text(text, page.autoescape) % {"num": num, **values}


@lru_cache(maxsize=4096)
def _plain(locale: str, message: str, escaped: bool) -> str:  # noqa: FBT001  # a key
    """A message without values, in which a sign of percent stands twice all the same."""
    return _text(load(locale).ugettext(message), escaped) % {}


def _text(text: str, escaped: bool) -> str:  # noqa: FBT001  # as Jinja has it
    return Markup(text) if escaped else text  # noqa: S704  # ours, from the catalogues
