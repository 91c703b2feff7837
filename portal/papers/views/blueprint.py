"""The blueprint of papers, and what its pages share."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.cases.queries.page import CaseFacts, get_facts
from portal.casework.forms import ActForm
from portal.casework.words import ActWords
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.returned import comes_back

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


def asked(form: ActForm, number: str, words: ActWords, **more: object) -> ResponseReturnValue:
    """The page of an act: the form as it is, with the version that the reader sees now."""
    facts = facts_of(number)
    if not form.is_submitted() or comes_back():
        form.seen.data = str(facts.version)
    status = 422 if form.is_submitted() else 200
    context: dict[str, object] = {"form": form, "facts": facts, "words": words, "about": "", **more}
    return page("papers/act.html", status=status, **context)


def done(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the papers of the case."""
    flash(str(words), "success")
    return redirect(url_for("papers.papers", number=number), 303)
