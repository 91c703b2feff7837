"""The blueprint of papers, and what its pages share."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.cases.queries.page import CaseFacts, get_facts
from portal.cases.rules import may_work
from portal.cases.states import CaseState
from portal.casework.forms import ActForm
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.papers.words import ACTS
from portal.web.errors import typed_text
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("papers", __name__, url_prefix="/desk")
offer_on_desk(bp, "to_serve", _l("To be served"), Permission.WORK_CASES, order=26)
offer_on_desk(bp, "kept_files", _l("Bound files"), Permission.WORK_CASES, order=27)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    language = current_language().tag
    text = render_template(template, place=current_place(), language=language, **context)
    return text, status


def facts_of(number: str) -> CaseFacts:
    """The case that the page is about."""
    return get_facts(db.session(), number, current_actor())


def sent(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def asked(
    form: ActForm,
    number: str,
    act: str,
    *,
    about: str,
    open_: bool,
    files: bool = False,
    others: Sequence[tuple[UUID, str]] = (),
    whose: str = "",
) -> ResponseReturnValue:
    """The page of an act: the form, with the version that the reader sees now, if it is open.

    What was typed for one that is not is given back. `whose` is the party that the words offered
    are for, where `others` are concerned too.
    """
    facts = facts_of(number)
    shown = {"facts": facts, "words": ACTS[act], "about": about}
    if not open_ or not may_work(current_actor(), facts.department):
        return page("papers/not_open.html", status=409, typed=typed_text(), **shown)
    form.see(facts.version)
    shown |= {"files": files, "others": others, "whose": whose}
    return page("papers/act.html", status=form.http_status, form=form, **shown)


def is_open(number: str) -> bool:
    """Whether papers may still be put into the case."""
    return facts_of(number).state is not CaseState.CLOSED


def form_name(code: str) -> str:
    """What a kind of paper is called in the reader's language."""
    form = current_place().papers.get(code)
    return form.name.in_(current_language().tag) if form else code


def done(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the papers of the case."""
    flash(str(words), "success")
    return redirect(url_for("papers.papers", number=number), 303)
