"""The blueprint of cases, and what its pages share."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.cases.queries.access import get_case
from portal.cases.queries.page import get_facts
from portal.casework.forms import ActForm
from portal.casework.words import ActWords
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.returned import comes_back

bp = Blueprint("cases", __name__, url_prefix="/desk")
offer_on_desk(bp, "cases", _l("Cases"), Permission.WORK_CASES, order=25)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    language = current_language().tag
    text = render_template(
        f"cases/{template}.html", place=current_place(), language=language, **context
    )
    return text, status


def sent(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def asked(form: ActForm, number: str, words: ActWords, **more: object) -> ResponseReturnValue:
    """The page of an act: the form as it is, with the version that the reader sees now."""
    facts = get_facts(db.session(), number, current_actor())
    if not form.is_submitted() or comes_back():
        form.seen.data = str(facts.version)
    status = 422 if form.is_submitted() else 200
    context: dict[str, object] = {
        **dict.fromkeys(("unanswered", "waiting", "lacking"), ()),
        "files": False,
        **more,
    }
    return page("act", status=status, form=form, facts=facts, words=words, **context)


def done(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the case, or to the list if it left one's sight."""
    flash(str(words), "success")
    try:
        get_case(db.session(), number, current_actor())
    except NotFound:
        return redirect(url_for("cases.cases"), 303)
    return redirect(url_for("cases.case", number=number), 303)
