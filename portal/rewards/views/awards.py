"""Awards at the desk: the lists, an award, and its steps."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.infra.database import db
from portal.rewards import forms
from portal.rewards.queries import desk
from portal.rewards.queries.access import get_award, scheme_of
from portal.rewards.queries.budget import lines_for
from portal.rewards.queries.case import OBJECTION_KEY, list_objections
from portal.rewards.service import deciding, promising
from portal.rewards.states import AwardAction, AwardHeap
from portal.rewards.views.blueprint import bp, done_with_award, page
from portal.rewards.words import ACTS
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

DECISIONS = "'confirm', 'endorse', 'approve', 'refuse'"


def asked(form: ActForm, award_id: UUID, act: str) -> ResponseReturnValue:
    """The page of a step: the form as it is, with the version that the reader sees now."""
    shown = desk.get_award_page(db.session(), award_id, current_actor())
    form.see(shown.award.version)
    return page("act", status=form.http_status, form=form, shown=shown, words=ACTS[act])


@bp.get("/awards")
@requires(Permission.READ_AWARDS)
def awards() -> ResponseReturnValue:
    """The awards of a heap: what waits for the reader, what is open, unpaid, or over."""
    wanted = request.args.get("list", "")
    heap = AwardHeap(wanted) if wanted in set(AwardHeap) else AwardHeap.WAITING
    window = requested_window(*desk.AWARD_KEY)
    lines = desk.list_awards(db.session(), current_actor(), heap, window)
    return page("awards", lines=lines, heap=heap, heaps=tuple(AwardHeap))


@bp.get("/awards/objections")
@requires(Permission.CONFIRM_AWARDS)
def objections() -> ResponseReturnValue:
    """The objections of reporters that wait for an answer."""
    window = requested_window(*OBJECTION_KEY)
    lines = list_objections(db.session(), current_actor(), window)
    return page("objections", lines=lines, heaps=tuple(AwardHeap))


@bp.get("/awards/<uuid:award_id>")
@requires(Permission.READ_AWARDS)
def award(award_id: UUID) -> ResponseReturnValue:
    """An award with all it rests on."""
    return page("award", shown=desk.get_award_page(db.session(), award_id, current_actor()))


@bp.route("/awards/<uuid:award_id>/propose", methods=["GET", "POST"])
@requires(Permission.PROPOSE_AWARDS)
@returns_form("reason")
def propose(award_id: UUID) -> ResponseReturnValue:
    """Propose the amount of a promised award."""
    found, case = get_award(db.session(), award_id, current_actor())
    lines = lines_for(db.session(), case, found)
    language = current_language().tag
    form = forms.ProposeForm().of_scheme(scheme_of(found), lines, language)
    if form.validate_on_submit():
        deciding.propose_award(form.to_command(award_id), actor=current_actor())
        return done_with_award(award_id, _("Computed, proposed and reserved."))
    return asked(form, award_id, "propose")


@bp.route(f"/awards/<uuid:award_id>/<any({DECISIONS}):action>", methods=["GET", "POST"])
@requires(Permission.READ_AWARDS)
@returns_form("note")
def decide(award_id: UUID, action: str) -> ResponseReturnValue:
    """Confirm, approve or refuse an award; whose it is follows from where it stands."""
    form = forms.RefuseForm() if action == AwardAction.REFUSE else forms.DecideForm()
    if form.validate_on_submit():
        order = form.to_command(award_id, AwardAction(action))
        deciding.decide_award(order, actor=current_actor())
        return done_with_award(award_id, _("Done, and on the file."))
    return asked(form, award_id, action)


@bp.route("/awards/<uuid:award_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.CONFIRM_AWARDS)
@returns_form("reason")
def withdraw(award_id: UUID) -> ResponseReturnValue:
    """Take a promise or a proposal back."""
    form = forms.WithdrawForm()
    if form.validate_on_submit():
        promising.withdraw_award(form.to_command(award_id), actor=current_actor())
        return done_with_award(award_id, _("Taken back; the reporter is told why."))
    return asked(form, award_id, "withdraw")


@bp.post("/awards/<uuid:award_id>/declare-conflict")
@requires(Permission.READ_AWARDS)
def declare_conflict(award_id: UUID) -> ResponseReturnValue:
    """Declare an interest in an award: no step of it is the reader's from then on."""
    deciding.declare_conflict(deciding.DeclareConflict(award_id), actor=current_actor())
    return done_with_award(award_id, _("Declared. Others decide on this award."))
