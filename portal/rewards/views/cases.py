"""The rewards of a case: ranks, findings, promises, and the objections of reporters."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import MoveRefused
from portal.rewards import forms
from portal.rewards.queries import case as cases
from portal.rewards.queries.access import schemes_for
from portal.rewards.service import findings, objecting, promising
from portal.rewards.views.blueprint import bp, done_in_case, done_with_award, page
from portal.rewards.words import ACTS
from portal.web.language import current_language
from portal.web.returned import returns_form


def shown_of(number: str) -> cases.CaseRewards:
    """The rewards of the case that the page is about."""
    return cases.get_case_rewards(db.session(), number, current_actor())


def asked(form: ActForm, shown: cases.CaseRewards, act: str, **more: object) -> ResponseReturnValue:
    """The page of an act: the form as it is, with the version that the reader sees now."""
    form.see(shown.facts.version)
    words = ACTS[act]
    return page("case_act", status=form.http_status, form=form, shown=shown, words=words, **more)


@bp.get("/cases/<number>/rewards")
@requires(Permission.WORK_CASES)
def of_case(number: str) -> ResponseReturnValue:
    """Where the reports of a case stand, and its awards."""
    return page("case", shown=shown_of(number))


@bp.route("/cases/<number>/rewards/promise", methods=["GET", "POST"])
@requires(Permission.PROPOSE_AWARDS)
@returns_form()
def promise(number: str) -> ResponseReturnValue:
    """Put the promise of a reward on file."""
    form, shown = forms.PromiseForm(), shown_of(number)
    offered = schemes_for(current_place(), shown.facts.category)
    form.offer_reports(shown.promisable, offered, current_language().tag)
    if form.validate_on_submit():
        made = promising.promise_reward(form.to_command(number), actor=current_actor())
        return done_with_award(made, _("The promise is on file, and the reporter is told."))
    return asked(form, shown, "promise")


@bp.route("/cases/<number>/rewards/finding", methods=["GET", "POST"])
@requires(Permission.CONFIRM_AWARDS)
@returns_form("reason")
def finding(number: str) -> ResponseReturnValue:
    """State something about a report of the case."""
    form, shown = forms.FindingForm(), shown_of(number)
    grounds = shown.scheme.excluded if shown.scheme else ()
    form.offer_reports([one.candidate.reference for one in shown.standings], grounds)
    if form.validate_on_submit():
        findings.state_finding(form.to_command(number), actor=current_actor())
        return done_in_case(number, _("Stated. Those it concerns are told."))
    return asked(form, shown, "finding")


@bp.post("/cases/<number>/rewards/findings/<uuid:which>/undo")
@requires(Permission.CONFIRM_AWARDS)
def undo_finding(number: str, which: UUID) -> ResponseReturnValue:
    """Take a finding back."""
    form = forms.UndoForm()
    if not form.validate_on_submit():
        raise MoveRefused("changed-meanwhile", subject="case", state="open")
    order = findings.UndoFinding(number, which, form.seen_version)
    findings.undo_finding(order, actor=current_actor())
    return done_in_case(number, _("Taken back. Those it concerns are told."))


@bp.route("/cases/<number>/rewards/objections/<uuid:which>", methods=["GET", "POST"])
@requires(Permission.CONFIRM_AWARDS)
@returns_form("answer")
def answer(number: str, which: UUID) -> ResponseReturnValue:
    """Answer the objection of a reporter."""
    form = forms.AnswerForm()
    form.offer()
    if form.validate_on_submit():
        objecting.answer_objection(form.to_command(number, which), actor=current_actor())
        return done_in_case(number, _("The answer is with the reporter."))
    line = cases.get_objection(db.session(), number, which, current_actor())
    return asked(form, shown_of(number), "answer", line=line)
