"""Counter-notices on the desk: passed on, decided, noted as back."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.casework.queries.board import viewpoint
from portal.counter_notices import forms, on_file
from portal.counter_notices.queries import desk as queries
from portal.counter_notices.queries.reading import Concerned, CounterLine
from portal.counter_notices.service import deciding
from portal.counter_notices.service.opening import open_counter_file
from portal.counter_notices.states import CounterAction
from portal.counter_notices.words import ACTS, complaint_name
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.papers.records import OnFile, put_on_file
from portal.web.errors import typed_text
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("counters", __name__, url_prefix="/desk")
put_on_file(OnFile(on_file.records_of, on_file.sent_in))
offer_on_desk(bp, "waiting", _l("Counter-notices"), Permission.WORK_CASES, order=28)


@bp.app_template_global("misuse_of")
def misuse_of(organisation_id: UUID) -> tuple[queries.MisuseLine, ...]:
    """The final findings about an organisation, for its page on the desk."""
    return queries.list_misuse(db.session(), organisation_id, current_actor())


@bp.app_template_global("complaint_name")
def _complaint_name(one: Concerned) -> str:
    return complaint_name(one)


@bp.get("/counter-notices")
@requires(Permission.WORK_CASES)
def waiting() -> ResponseReturnValue:
    """The counter-notices that wait for the office, the nearest date first."""
    view, window = viewpoint(current_actor()), requested_window(*queries.DUE_KEY)
    return _page("waiting", lines=queries.list_waiting(db.session(), view, window)), 200


@bp.get("/cases/<number>/counter-notices")
@requires(Permission.WORK_CASES)
def of_case(number: str) -> ResponseReturnValue:
    """The counter-notices of a case."""
    shown = queries.get_counters(db.session(), number, current_actor())
    return _page("of_case", shown=shown, facts=shown.facts), 200


@bp.route("/cases/<number>/counter-notices/<int:notice>/pass-on", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("words")
def pass_on(number: str, notice: int) -> ResponseReturnValue:
    """Pass one on to whoever complained."""
    form, shown = forms.PassOnForm(), _shown(number, notice)
    line = shown.line(notice)
    form.offer_complaints(shown.concerned)
    form.offer_words(line.said, several=shown.several)
    if form.validate_on_submit():
        deciding.pass_on(form.to_command(number, notice), actor=current_actor())
        return _done(number, _("It is passed on, and their time to answer runs."))
    return _asked(form, shown, CounterAction.FORWARD, line)


@bp.route("/cases/<number>/counter-notices/<int:notice>/decide", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reasons", "told_reasons")
def decide(number: str, notice: int) -> ResponseReturnValue:
    """Accept or refuse one."""
    form, shown = forms.DecideForm(), _shown(number, notice)
    line = shown.line(notice)
    told = [one.concerned for one in shown.told.get(line.id, ())]
    form.offer_complaints(told, several=shown.several and line.answer_by is not None)
    if form.validate_on_submit():
        deciding.decide_counter_notice(form.to_command(number, notice), actor=current_actor())
        return _done(number, _("It is decided, and both sides are told."))
    return _asked(form, shown, CounterAction.REFUSE, line)


@bp.route("/cases/<number>/counter-notices/<int:notice>/reinstate", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def reinstate(number: str, notice: int) -> ResponseReturnValue:
    """Note that what was removed is back."""
    form, shown = forms.ReinstateForm(), _shown(number, notice)
    if form.validate_on_submit():
        deciding.note_reinstatement(form.to_command(number, notice), actor=current_actor())
        return _done(number, _("It is on the file that the content is back."))
    return _asked(form, shown, CounterAction.REINSTATE, shown.line(notice))


@bp.get("/cases/<number>/counter-notices/<int:notice>/files/<uuid:evidence_id>")
@requires(Permission.OPEN_ORIGINALS)
def opened(number: str, notice: int, evidence_id: UUID) -> ResponseReturnValue:
    """A file that came with one."""
    found = open_counter_file(number, notice, evidence_id, actor=current_actor())
    return hand_out(found, evidence_id, "original")


def _shown(number: str, notice: int) -> queries.CountersPage:
    """The counter-notices of a case that has one of this number; NotFound for any other."""
    shown = queries.get_counters(db.session(), number, current_actor())
    shown.line(notice)
    return shown


def _page(template: str, **context: object) -> str:
    name, language = f"counter_notices/{template}.html", current_language().tag
    return render_template(name, place=current_place(), language=language, **context)


def _asked(
    form: ActForm, shown: queries.CountersPage, act: CounterAction, line: CounterLine
) -> ResponseReturnValue:
    """The page of an act, if it is open; what was typed for one that is not is given back."""
    said = {"facts": shown.facts, "words": ACTS[act]}
    if act not in shown.offered(line):
        return _page("not_open", typed=typed_text(), **said), 409
    form.see(shown.facts.version)
    asked = {"form": form, "line": line, "told": shown.told.get(line.id, ())}
    return _page("act", **said, **asked, several=shown.several), form.http_status


def _done(number: str, words: object) -> ResponseReturnValue:
    flash(str(words), "success")
    return redirect(url_for(".of_case", number=number), 303)
