"""The blueprint of cases, and what its pages share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.cases.models import Case
from portal.cases.offers import CaseOfReport, Offers, case_of_report, offers_of
from portal.cases.queries.access import get_case
from portal.cases.queries.belonging import demand_there
from portal.cases.queries.course import course_of
from portal.cases.queries.inside import Inside, inside_of
from portal.cases.queries.oversight import oversight_of
from portal.cases.queries.page import CasePage, contents_of
from portal.cases.words import ACTS
from portal.casework.forms import ActForm
from portal.casework.queries.board import viewpoint
from portal.casework.queries.lines import Facts
from portal.casework.words import ActWords
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("cases", __name__, url_prefix="/desk")
offer_on_desk(bp, "cases", _l("Cases"), Permission.WORK_CASES, order=25)


@bp.app_template_global("case_on")
def case_on(facts: Facts) -> CaseOfReport:
    """The case of a report, for the page of the report."""
    if facts.merged_into is not None:
        return CaseOfReport()
    return case_of_report(
        db.session(), facts.id, facts.state, facts.department_code, current_actor()
    )


@bp.app_template_global("unannounced")
def _unannounced(day: date | None) -> bool:
    """Whether a day lies in a year whose holidays are not announced yet (F15)."""
    return day is not None and day.year > current_place().calendar.last_year


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    language = current_language().tag
    text = render_template(
        f"cases/{template}.html", place=current_place(), language=language, **context
    )
    return text, status


@dataclass(frozen=True, slots=True)
class Met:
    """A case as the page of an act finds it, read once: what is in it, and what it offers."""

    case: Case
    inside: Inside
    shown: CasePage
    offers: Offers


Called = Callable[[Met], str]


def nothing_more(_met: Met) -> str:
    """For an act that is about the whole case: it has no name but its own."""
    return ""


def act(
    name: str,
    form: ActForm,
    number: str,
    service: Callable[..., object],
    said: str,
    *about: UUID | str,
    called: Called = nothing_more,
) -> ResponseReturnValue:
    """The page of an act on a case: have it done and go back, or ask, as long as it is open.

    Where it is `about` one of several, the page says what that is `called`.
    """
    if sent(form):
        service(form.to_command(number, *about), actor=current_actor())
        return done(number, said)
    return asked(name, form, number, ACTS[name], called=called)


def sent(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def asked(
    name: str,
    form: ActForm,
    number: str,
    words: ActWords,
    called: Called = nothing_more,
    **more: object,
) -> ResponseReturnValue:
    """The page of an act that is open: the form, with the version that the reader sees now."""
    met = meet_case(number)
    facts = met.shown.facts
    demand_there(db.session(), facts.id, name, request.view_args or {})
    if request.method == "GET" and not met.offers.include(name):
        return page("not_open", status=409, facts=facts, words=words)
    form.see(facts.version)
    nothing = dict.fromkeys(("unanswered", "waiting", "lacking"), ())
    context: dict[str, object] = {**nothing, "files": False, "called": called(met), **more}
    return page("act", status=form.http_status, form=form, facts=facts, words=words, **context)


def meet_case(number: str) -> Met:
    """A case and what its page offers the reader now; NotFound outside the scope."""
    session, view = db.session(), viewpoint(current_actor())
    case = get_case(session, number, view.actor)
    inside = inside_of(session, case)
    course = course_of(case, inside, view.today)
    oversight = oversight_of(case, inside, view.today)
    shown = contents_of(session, case, inside, view)
    return Met(case, inside, shown, offers_of(shown, course, oversight, view.actor))


def done(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the case, or to the list if it left one's sight."""
    flash(str(words), "success")
    try:
        get_case(db.session(), number, current_actor())
    except NotFound:
        return redirect(url_for("cases.cases"), 303)
    return redirect(url_for("cases.case", number=number), 303)
