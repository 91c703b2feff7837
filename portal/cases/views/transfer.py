"""Pages on which a whole case goes to another unit: offered, accepted, taken back."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases import transfer_forms as forms
from portal.cases.queries import chain as queries
from portal.cases.queries.lists import CaseList
from portal.cases.service import reading, transfer
from portal.cases.states import CaseLeadAction
from portal.cases.views.blueprint import act, asked, bp, done, page, sent
from portal.cases.views.chain import asked_of
from portal.cases.words import ACTS
from portal.casework.queries.board import LaterHeap, offer_heap, viewpoint
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

offer_heap(
    LaterHeap("cases.leads", _l("From other units"), Permission.WORK_CASES, queries.heap_of_waiting)
)
offer_heap(
    LaterHeap(
        "cases.late_leads", _l("Nobody has answered"), Permission.HEAD_CASES, queries.heap_of_late
    )
)


@bp.route("/cases/<number>/offer-case", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("region", "asked")
def offer_case(number: str) -> ResponseReturnValue:
    """Offer the whole case to another unit."""
    form = forms.OfferForm()
    return act("offer_case", form, number, transfer.offer_case, _("Offered. It is yours so far."))


@bp.route("/cases/<number>/offers/<uuid:lead_id>/again", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("region", "asked")
def offer_again(number: str, lead_id: UUID) -> ResponseReturnValue:
    """Offer a case that came back once more."""
    form = forms.OfferAgainForm()
    if sent(form):
        transfer.offer_again(form.to_order(number, lead_id), actor=current_actor())
        return done(number, _("Offered. It is yours so far."))
    return asked("offer_again", form, number, ACTS["offer_again"])


@bp.route("/cases/<number>/offers/<uuid:lead_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form()
def withdraw_offer(number: str, lead_id: UUID) -> ResponseReturnValue:
    """Keep a case after all."""
    form = forms.WithdrawOfferForm()
    said = _("The case stays with your unit.")
    return act("withdraw_offer", form, number, transfer.withdraw_offer, said, lead_id)


@bp.route("/cases/leads/<uuid:lead_id>/accept", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def accept_case(lead_id: UUID) -> ResponseReturnValue:
    """Read what is offered, and take it over."""
    form = forms.AcceptCaseForm()
    if sent(form):
        number = transfer.accept_case(form.to_command(lead_id), actor=current_actor())
        return done(number, _("The case is with your unit now, and you have it."))
    offered = reading.open_offer(lead_id, actor=current_actor())
    return asked_of(lead_id, form, "accept_case", CaseLeadAction.ACCEPT, offered=offered)


@bp.get("/cases/leads/<uuid:lead_id>/files/<uuid:evidence_id>")
@requires(Permission.WORK_CASES)
def offered_file(lead_id: UUID, evidence_id: UUID) -> ResponseReturnValue:
    """A paper of an offered case, as it was put in."""
    opened = reading.open_offered_paper(lead_id, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "original")


@bp.get("/cases/leads/late")
@requires(Permission.HEAD_CASES)
def late_leads() -> ResponseReturnValue:
    """What nobody of the unit has answered in time."""
    window = requested_window(*queries.LEAD_KEY)
    lines = queries.list_leads(db.session(), viewpoint(current_actor()), window, late=True)
    return page("leads", lines=lines, lists=tuple(CaseList), late=True)
