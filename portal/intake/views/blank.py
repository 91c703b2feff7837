"""The empty one-page form, rendered once for each language and version of the place.

Rendering its fields is most of what a GET of it costs, and an empty form differs from the next
only in two random values: the CSRF token and the submission token.
"""

from dataclasses import dataclass

from flask import render_template, session
from flask_wtf.csrf import generate_csrf

from portal.intake.draft import new_token
from portal.intake.forms.one_page import OnePageForm
from portal.intake.forms.questions import form_with_questions, question_groups
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language


@dataclass(frozen=True, slots=True)
class _Blank:
    """A rendered page and the two values that stand in it."""

    page: str
    csrf: str
    token: str


_kept: dict[tuple[str, int], _Blank] = {}


def blank_one_page() -> str:
    """The page with a CSRF token and a submission token of its own."""
    if session.get("_flashes"):
        return filled_one_page(form_with_questions(OnePageForm))
    key = (current_language().tag, current_place().version)
    blank = _kept.get(key)
    if blank is None:
        # Versions replace one another; the page of an old one is not asked for again.
        for old in [kept for kept in _kept if kept[1] != key[1]]:
            _kept.pop(old, None)
        blank = _kept[key] = _render()
    return blank.page.replace(blank.csrf, generate_csrf()).replace(blank.token, new_token())


def filled_one_page(form: OnePageForm) -> str:
    """The page of a form, with the questions it asks in groups."""
    return render_template("intake/one_page.html", form=form, groups=question_groups(form))


def _render() -> _Blank:
    form = form_with_questions(OnePageForm)
    page = filled_one_page(form)
    return _Blank(page, generate_csrf(), form.submission_token.data)
