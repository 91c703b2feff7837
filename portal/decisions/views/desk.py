"""Decisions, pages of parties and reviews at the desk."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases.queries.page import CaseFacts, get_facts
from portal.casework.forms import ActForm
from portal.casework.queries.board import LaterHeap, offer_heap, viewpoint
from portal.decisions import forms
from portal.decisions.queries import desk, reviews
from portal.decisions.queries.lines import DecisionAct
from portal.decisions.rules import first_hearing_day, offered_measures
from portal.decisions.service import access, drafting, party, reading, reviewing
from portal.decisions.states import DecisionAction
from portal.decisions.words import ACTS, words_of
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import MoveRefused
from portal.web.errors import typed_text
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("decisions", __name__, url_prefix="/desk")
offer_on_desk(bp, "list_open", _l("Reviews"), Permission.HEAD_CASES, order=26)
offer_heap(
    LaterHeap("decisions.list_open", _l("Reviews"), Permission.HEAD_CASES, reviews.heap_of_reviews)
)


@bp.app_template_global("reviews_of")
def reviews_of(facts: CaseFacts) -> tuple[reviews.OpenReview, ...]:
    """The reviews of a case that wait, for the page of the case."""
    return reviews.list_of_case(db.session(), facts.id, viewpoint(current_actor()))


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    language = current_language().tag
    name = f"decisions/{template}.html"
    return render_template(name, place=current_place(), language=language, **context), status


def sent(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def asked(
    form: ActForm, number: str, act: str, about: UUID | int | None = None
) -> ResponseReturnValue:
    """The page of an act: the form, with the version that the reader sees now, if it is open.

    What was typed for one that is not is given back.
    """
    shown = desk.get_decisions(db.session(), number, current_actor())
    named = shown.named(about)
    said = {"facts": shown.facts, "words": words_of(act, on_paper=named.on_paper)}
    if not shown.offers(DecisionAct(act), about):
        return page("not_open", status=409, typed=typed_text(), **said)
    form.see(shown.facts.version)
    return page("act", status=form.http_status, form=form, named=named, **said)


def done(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the decisions of the case."""
    flash(str(words), "success")
    return redirect(url_for("decisions.decisions", number=number), 303)


@bp.get("/reviews")
@requires(Permission.HEAD_CASES)
def list_open() -> ResponseReturnValue:
    """The reviews that wait for somebody."""
    view, window = viewpoint(current_actor()), requested_window(*reviews.DUE_KEY)
    return page("reviews", lines=reviews.list_reviews(db.session(), view, window))


@bp.get("/cases/<number>/decisions")
@requires(Permission.WORK_CASES)
def decisions(number: str) -> ResponseReturnValue:
    """The decisions of a case, the pages of its parties, and its reviews."""
    shown = desk.get_decisions(db.session(), number, current_actor())
    return page("decisions", shown=shown, facts=shown.facts, acts=ACTS)


@bp.route("/cases/<number>/decisions/draft", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("facts")
def draft(number: str) -> ResponseReturnValue:
    """Draft a decision."""
    form = forms.DraftForm()
    form.offer_to_replace(desk.list_in_force(db.session(), number, current_actor()))
    if sent(form):
        drafting.draft_decision(form.to_command(number), actor=current_actor())
        return done(number, _("The draft is in the file. Add its measures."))
    return asked(form, number, "draft")


@bp.route("/cases/<number>/decisions/<int:decision>/add-measure", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("detail")
def add_measure(number: str, decision: int) -> ResponseReturnValue:
    """Put a measure into a draft."""
    form, actor = forms.MeasureForm(), current_actor()
    form.offer_parties(desk.list_parties(db.session(), number, actor))
    grade, language = get_facts(db.session(), number, actor).severity, current_language().tag
    listed = [
        (one.code, one.name.in_(language)) for one in offered_measures(current_place(), grade)
    ]
    form.measure.choices = [("", _("Choose")), *listed]
    if sent(form):
        drafting.add_measure(form.to_command(number, decision), actor=actor)
        return done(number, _("The measure is in the draft."))
    return asked(form, number, "add_measure", decision)


@bp.post("/cases/<number>/decisions/<int:decision>/measures/<uuid:measure>/drop")
@requires(Permission.WORK_CASES)
def drop_measure(number: str, decision: int, measure: UUID) -> ResponseReturnValue:
    """Take a measure out of a draft."""
    form = forms.DropForm()
    if not sent(form):
        raise MoveRefused("changed-meanwhile", subject="decision", state="drafted")
    drafting.drop_measure(form.to_command(number, decision, measure), actor=current_actor())
    return done(number, _("The measure is out of the draft."))


@bp.route(
    "/cases/<number>/decisions/<int:decision>/<any('approve', 'withdraw'):action>",
    methods=["GET", "POST"],
)
@requires(Permission.WORK_CASES)
@returns_form()
def settle(number: str, decision: int, action: str) -> ResponseReturnValue:
    """Approve a draft, or give a decision up before it is served."""
    form = forms.SettleForm()
    if sent(form):
        order = form.to_command(number, decision, DecisionAction(action))
        drafting.settle_decision(order, actor=current_actor())
        return done(number, _("Done, and on the file."))
    return asked(form, number, action, decision)


@bp.route("/cases/<number>/parties/<uuid:which>/page", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("alleged")
def party_page(number: str, which: UUID) -> ResponseReturnValue:
    """Open a page for a party; its code is kept nowhere and not shown after a redirect."""
    actor = current_actor()
    form = forms.PartyPageForm(
        data={"alleged": desk.get_alleged(db.session(), number, which, actor)}
    )
    if sent(form):
        code = access.open_party_page(form.to_command(number, which), actor=actor)
        return page("code", number=number, code=code.text)
    return asked(form, number, "party_page", which)


@bp.route("/cases/<number>/parties/<uuid:which>/hearing/asked", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def enter_hearing(number: str, which: UUID) -> ResponseReturnValue:
    """Write down that a party asked to be heard elsewhere than on its page."""
    form = forms.HearingWishForm()
    if sent(form):
        party.enter_hearing_wish(form.to_command(number, which), actor=current_actor())
        return done(number, _("The wish is in the file. Set the day, or have the head refuse it."))
    return asked(form, number, "enter_hearing", which)


@bp.route("/cases/<number>/parties/<uuid:which>/hearing", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("where")
def set_hearing(number: str, which: UUID) -> ResponseReturnValue:
    """Set day and place of a hearing."""
    form, actor = forms.HearingForm(), current_actor()
    unit = get_facts(db.session(), number, actor).department
    form.from_day(first_hearing_day(current_place(), unit, viewpoint(actor).today))
    if sent(form):
        party.set_hearing(form.to_command(number, which), actor=actor)
        return done(number, _("The hearing is set."))
    return asked(form, number, "set_hearing", which)


@bp.route("/cases/<number>/parties/<uuid:which>/hearing/refuse", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def refuse_hearing(number: str, which: UUID) -> ResponseReturnValue:
    """Refuse to hear a party in person."""
    form = forms.RefuseHearingForm()
    if sent(form):
        party.refuse_hearing(form.to_command(number, which), actor=current_actor())
        return done(number, _("The hearing is refused."))
    return asked(form, number, "refuse_hearing", which)


@bp.get("/cases/<number>/party-files/<uuid:evidence_id>")
@requires(Permission.WORK_CASES)
def party_copy(number: str, evidence_id: UUID) -> ResponseReturnValue:
    """What a party sent, as the copy without hidden data."""
    opened = reading.open_party_copy(number, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "rendition")


@bp.get("/cases/<number>/party-files/<uuid:evidence_id>/original")
@requires(Permission.OPEN_ORIGINALS)
def party_original(number: str, evidence_id: UUID) -> ResponseReturnValue:
    """What a party sent, as it came."""
    opened = reading.open_party_original(number, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "original")


@bp.route("/cases/<number>/reviews/<uuid:review>/admit", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reasons")
def admit_review(number: str, review: UUID) -> ResponseReturnValue:
    """Take a review on, or refuse it."""
    form = forms.AdmitForm()
    if sent(form):
        reviewing.admit_review(form.to_command(number, review), actor=current_actor())
        return done(number, _("Done, and on the file."))
    return asked(form, number, "admit_review", review)


@bp.route("/cases/<number>/reviews/<uuid:review>/decide", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reasons")
def decide_review(number: str, review: UUID) -> ResponseReturnValue:
    """Decide a review."""
    form, actor = forms.OutcomeForm(), current_actor()
    form.offer_outcomes(desk.list_outcomes(db.session(), number, review, actor))
    if sent(form):
        reviewing.decide_review(form.to_command(number, review), actor=actor)
        return done(number, _("The review is decided; both sides are told."))
    return asked(form, number, "decide_review", review)


@bp.route("/cases/<number>/reviews/<uuid:review>/extend", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def extend_review(number: str, review: UUID) -> ResponseReturnValue:
    """Give a review more time."""
    form = forms.ExtendReviewForm()
    if sent(form):
        reviewing.extend_review(form.to_command(number, review), actor=current_actor())
        return done(number, _("The review has more time; whoever asked for it is told."))
    return asked(form, number, "extend_review", review)
