"""Pages about the chain of a case, and about leads from one place to another."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases import chain_forms as forms
from portal.cases.queries import chain as queries
from portal.cases.queries.chain import LeadLine
from portal.cases.queries.disputes import get_dispute_line
from portal.cases.queries.lists import CaseList
from portal.cases.queries.page import list_ends
from portal.cases.service import chain, disputes
from portal.cases.states import CaseLeadAction
from portal.cases.views.blueprint import act, asked, bp, done, page, sent
from portal.cases.words import ACTS
from portal.casework.forms import ActForm
from portal.casework.queries.board import viewpoint
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import comes_back, returns_form


@bp.route("/cases/<number>/add-edge", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("evidence")
def add_edge(number: str) -> ResponseReturnValue:
    """Enter a link of the chain."""
    shown = list_ends(db.session(), number, current_actor())
    papers = forms.papers_of(shown, current_place(), current_language().tag)
    form = forms.EdgeForm().of_case(forms.parties_of(shown), papers)
    return act("add_edge", form, number, chain.add_edge, _("The link is in the chain."))


@bp.route("/cases/<number>/edges/<uuid:which>/strike", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def strike_edge(number: str, which: UUID) -> ResponseReturnValue:
    """Strike out a link of the chain."""
    form, done_so = forms.StrikeEdgeForm(), _("Struck out.")
    return act(
        *("strike_edge", form, number, chain.strike_edge, done_so, which),
        called=lambda met: forms.edge_called(
            queries.edges_of(met.case, met.inside, met.shown), which
        ),
    )


@bp.route("/cases/<number>/follow", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("region", "asked")
def follow(number: str) -> ResponseReturnValue:
    """Lead a case on to another place."""
    shown = list_ends(db.session(), number, current_actor())
    form = forms.FollowCaseForm().of_case(forms.parties_of(shown))
    if sent(form):
        chain.follow_case(form.to_order(number), actor=current_actor())
        return done(number, _("The unit there finds the lead on its desk."))
    return asked("follow", form, number, ACTS["follow"])


@bp.route("/cases/<number>/leads/<uuid:lead_id>/send-again", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("region", "asked")
def send_again(number: str, lead_id: UUID) -> ResponseReturnValue:
    """Send a lead that came back once more."""
    form = forms.SendAgainForm()
    if sent(form):
        disputes.send_again(form.to_order(number, lead_id), actor=current_actor())
        return done(number, _("The unit there finds the lead on its desk."))
    return asked("send_again", form, number, ACTS["send_again"])


@bp.route("/cases/leads/<uuid:lead_id>/decide", methods=["GET", "POST"])
@requires(Permission.SUPERVISE_CASES)
@returns_form("reason")
def decide_dispute(lead_id: UUID) -> ResponseReturnValue:
    """Decide whose a lead is that was sent back twice."""
    form = forms.DecideDisputeForm()
    if sent(form):
        disputes.decide_dispute(form.to_command(lead_id), actor=current_actor())
        flash(_("Decided. Both units see it."), "success")
        return redirect(url_for("cases.supervised"), 303)
    lead = get_dispute_line(db.session(), lead_id, current_actor())
    return _shown(lead, form, "decide_dispute", "cases.supervised")


@bp.get("/cases/leads")
@requires(Permission.WORK_CASES)
def leads() -> ResponseReturnValue:
    """The leads that other places have sent to the reader's unit."""
    view = viewpoint(current_actor())
    lines = queries.list_leads(db.session(), view, requested_window(*queries.LEAD_KEY))
    return page("leads", lines=lines, lists=tuple(CaseList), late=False)


@bp.route("/cases/leads/<uuid:lead_id>/open", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("title", "summary")
def open_on_lead(lead_id: UUID) -> ResponseReturnValue:
    """Open a case on a lead."""
    form = forms.OpenOnLeadForm()
    if sent(form):
        number = chain.open_on_lead(form.to_command(lead_id), actor=current_actor())
        return done(number, _("Opened. The case has its number and is yours."))
    return asked_of(lead_id, form, "open_on_lead", CaseLeadAction.OPEN)


@bp.route("/cases/leads/<uuid:lead_id>/join", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("number")
def join_to_lead(lead_id: UUID) -> ResponseReturnValue:
    """Say which case of the unit is about the matter of a lead."""
    form = forms.JoinForm()
    if sent(form):
        number = chain.join_to_lead(form.to_command(lead_id), actor=current_actor())
        return done(number, _("The lead is linked with the case."))
    return asked_of(lead_id, form, "join_to_lead", CaseLeadAction.JOIN)


@bp.route("/cases/leads/<uuid:lead_id>/return", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("reason")
def return_case_lead(lead_id: UUID) -> ResponseReturnValue:
    """Send a lead back."""
    form = forms.ReturnCaseLeadForm()
    if sent(form):
        chain.return_case_lead(form.to_command(lead_id), actor=current_actor())
        flash(_("It went back. The unit there reads why."), "success")
        return redirect(url_for("cases.leads"), 303)
    return asked_of(
        lead_id, form, "return_case_lead", CaseLeadAction.RETURN, CaseLeadAction.DISPUTE
    )


def asked_of(
    lead_id: UUID, form: ActForm, act: str, *actions: CaseLeadAction, offered: object = None
) -> ResponseReturnValue:
    """The page of an act on a lead that is open: the form as it is, under what was asked."""
    lead = queries.get_line(db.session(), lead_id, current_actor())
    if not set(actions) & set(lead.open):
        return page("lead_not_open", status=409, lead=lead, words=ACTS[act])
    return _shown(lead, form, act, "cases.leads", offered)


def _shown(
    lead: LeadLine, form: ActForm, act: str, back: str, offered: object = None
) -> ResponseReturnValue:
    if not form.is_submitted() or comes_back():
        form.seen.data = str(lead.version)
    status, words = 422 if form.is_submitted() else 200, ACTS[act]
    context = {"form": form, "lead": lead, "words": words, "back": back, "offered": offered}
    return page("lead_act", status=status, **context)
