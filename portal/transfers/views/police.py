"""Pages about the transfer of a case to the police."""

from uuid import UUID

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases.chain_forms import papers_of
from portal.cases.queries.page import CaseFacts, get_facts, list_ends
from portal.cases.queries.steps import Hand
from portal.casework.forms import ActForm
from portal.evidence.names import inert_headers
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.transfers import police_forms as forms
from portal.transfers.referrals import BY_HEAD, ReferralLine, Referrals, get_line, referrals_of
from portal.transfers.service import police
from portal.transfers.states import ReferralAction
from portal.transfers.views.blueprint import bp, page
from portal.transfers.words import REFERRAL_ACTS
from portal.web.errors import typed_text
from portal.web.language import current_language
from portal.web.returned import returns_form

DECISIONS = ", ".join(f"'{one.value}'" for one in BY_HEAD)


@bp.app_template_global("referrals_of")
def _referrals_of(facts: CaseFacts, hand: Hand, *, walled: bool) -> Referrals:
    """The transfers of a case to the police, for the page of the case."""
    return referrals_of(db.session(), facts, current_actor(), hand, walled=walled)


@bp.route("/cases/<number>/refer", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("reason")
def refer(number: str) -> ResponseReturnValue:
    """Propose that a case goes to the police."""
    shown = list_ends(db.session(), number, current_actor())
    papers = papers_of(shown, current_place(), current_language().tag)
    form = forms.ProposeForm().of_case(papers)
    if _sent(form):
        police.propose_referral(form.to_command(number), actor=current_actor())
        return _done(number, _("Proposed. The head decides on it."))
    facts = get_facts(db.session(), number, current_actor())
    offered = referrals_of(db.session(), facts, current_actor()).offered
    return _asked(form, facts, "refer", shown.version if offered else None)


@bp.route(
    f"/cases/<number>/referrals/<uuid:which>/<any({DECISIONS}):action>", methods=["GET", "POST"]
)
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def decide_referral(number: str, which: UUID, action: str) -> ResponseReturnValue:
    """Approve or refuse that a case goes to the police, or withdraw what was approved."""
    stopped = get_line(db.session(), number, which, current_actor()).stopped
    form = forms.DecideForm().about(ReferralAction(action), stopped=stopped)
    if _sent(form):
        order = form.to_order(number, which, ReferralAction(action))
        police.decide_referral(order, actor=current_actor())
        return _done(number, _("Decided, and on the file."))
    return _asked_about(form, number, which, ReferralAction(action))


@bp.route("/cases/<number>/referrals/<uuid:which>/hand-over", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("receiver", "receipt")
def hand_over_case(number: str, which: UUID) -> ResponseReturnValue:
    """Write down that the police have the bundle."""
    form = forms.HandOverForm()
    if _sent(form):
        police.hand_over_case(form.to_command(number, which), actor=current_actor())
        return _done(number, _("Handed over. The case waits for the police."))
    return _asked_about(form, number, which, ReferralAction.HAND_OVER)


@bp.route("/cases/<number>/referrals/<uuid:which>/answer", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def answer_referral(number: str, which: UUID) -> ResponseReturnValue:
    """Write down what the police decided."""
    form = forms.AnswerForm()
    if _sent(form):
        police.answer_referral(form.to_command(number, which), actor=current_actor())
        return _done(number, _("The answer is in the file."))
    return _asked_about(form, number, which, ReferralAction.ANSWER)


@bp.get("/cases/<number>/referrals/<uuid:which>/bundle")
@requires(Permission.WORK_CASES)
def referral_bundle(number: str, which: UUID) -> ResponseReturnValue:
    """The bundle as one file, to be carried; who took it is on the trail."""
    found = police.open_referral(number, which, actor=current_actor())
    return Response(found.opened.chunks, headers=inert_headers("application/zip", found.name))


def _sent(form: ActForm) -> bool:
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def _asked_about(
    form: ActForm, number: str, which: UUID, act: ReferralAction
) -> ResponseReturnValue:
    line = get_line(db.session(), number, which, current_actor())
    facts = get_facts(db.session(), number, current_actor())
    return _asked(form, facts, act, line.version if act in line.acts else None, line)


def _asked(
    form: ActForm,
    facts: CaseFacts,
    act: str,
    version: int | None,
    line: ReferralLine | None = None,
) -> ResponseReturnValue:
    """The page of an act: the form, with the version that the reader sees now, if it is open.

    What was typed for one that is not is given back.
    """
    words = REFERRAL_ACTS[act]
    if version is None:
        return page("case_not_open", status=409, typed=typed_text(), facts=facts, words=words)
    form.see(version)
    asked = {"form": form, "facts": facts, "words": words, "line": line}
    return page("referral", status=form.http_status, **asked)


def _done(number: str, words: object) -> ResponseReturnValue:
    flash(str(words), "success")
    return redirect(url_for("cases.case", number=number, _anchor="police"), 303)
