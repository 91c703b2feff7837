"""The pages of a reporter: reward, PIN, claim, cash code, review, the question of the auditor."""

from datetime import UTC, date, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_currency, gettext

from portal.access.guard import current_actor, public
from portal.feedback.visiting import closed, own_report, own_ticket
from portal.infra.database import db
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound
from portal.rewards.payment import forms
from portal.rewards.payment.queries import own as queries
from portal.rewards.payment.service import claiming, pins
from portal.rewards.rules.money import decimal_of
from portal.web.forms import PortalForm
from portal.web.returned import returns_form

bp = Blueprint("own_reward", __name__, url_prefix="/track/report/reward")
bp.register_error_handler(NotFound, closed)


@bp.app_context_processor
def reward_pages() -> dict[str, object]:
    """Whether the tracking page leads to a reward, until when; and how amounts are shown."""
    return {
        "claim_day": lambda award_id: queries.find_claim_day(db.session(), award_id, _today()),
        "has_reward": lambda reference: queries.has_reward(db.session(), reference),
        "money": lambda amount, currency: format_currency(decimal_of(amount, currency), currency),
    }


@bp.get("")
@public
def show() -> ResponseReturnValue:
    """The rewards of the report, and what can be done about each."""
    session, report_id = db.session(), own_report()
    found = queries.list_own(session, report_id, _today())
    pin = queries.get_pin(session, report_id)
    now = datetime.now(UTC)
    return render_template("rewards/payment/own.html", rewards=found, pin=pin, now=now)


@bp.route("/pin", methods=["GET", "POST"])
@public
@returns_form()
def pin() -> ResponseReturnValue:
    """Set the PIN."""
    form, report_id = forms.PinForm(), own_report()
    if form.validate_on_submit():
        pins.set_pin(form.to_command(report_id), actor=current_actor())
        return _back(gettext("Your PIN is set."))
    page = render_template("rewards/payment/pin.html", form=form)
    return page, form.http_status


@bp.post("/pin/forgotten")
@public
def forgotten() -> ResponseReturnValue:
    """Begin to wait for another PIN."""
    pins.forget_pin(own_report(), actor=current_actor())
    return _back(gettext("You can set another PIN in seven days."))


@bp.route("/pin/keep", methods=["GET", "POST"])
@public
@returns_form()
def keep() -> ResponseReturnValue:
    """Keep the PIN that somebody said was forgotten."""
    form, report_id = forms.KeepPinForm(), own_report()
    if form.validate_on_submit():
        pins.keep_pin(form.to_command(report_id), actor=current_actor())
        return _back(gettext("Your PIN stays as it is."))
    return render_template("rewards/payment/keep.html", form=form), form.http_status


@bp.route("/<uuid:award_id>/claim", methods=["GET", "POST"])
@public
@returns_form()
def claim(award_id: UUID) -> ResponseReturnValue:
    """Say where to pay to."""
    form, report_id = forms.ClaimForm(), own_report()
    if form.validate_on_submit():
        claiming.claim_to_account(form.to_command(report_id, award_id), actor=current_actor())
        return _back(gettext("Your claim is in. Where to pay to is sealed."))
    return _page("claim", award_id, form)


@bp.route("/<uuid:award_id>/cash", methods=["GET", "POST"])
@public
@returns_form()
def cash(award_id: UUID) -> ResponseReturnValue:
    """Draw a cash code."""
    form, report_id = forms.CashForm(), own_report()
    if form.validate_on_submit():
        order = form.to_command(own_ticket(), report_id, award_id)
        claiming.claim_in_cash(order, actor=current_actor())
        return redirect(url_for(".code", award_id=award_id), 303)
    return _page("cash", award_id, form)


@bp.get("/<uuid:award_id>/code")
@public
def code(award_id: UUID) -> ResponseReturnValue:
    """Show the cash code until its owner says that it is kept."""
    reward = queries.get_own(db.session(), own_report(), award_id, _today())
    drawn = claiming.find_cash_code(db.session(), own_ticket())
    if drawn is None:
        return redirect(url_for(".show"), 303)
    return render_template("rewards/payment/code.html", code=drawn, reward=reward)


@bp.post("/code/kept")
@public
def kept() -> ResponseReturnValue:
    """Show the code no more."""
    own_report()
    claiming.hide_cash_code(own_ticket(), actor=current_actor())
    return _back(gettext("The code is not shown any more."))


@bp.route("/<uuid:award_id>/review", methods=["GET", "POST"])
@public
@returns_form("text")
def review(award_id: UUID) -> ResponseReturnValue:
    """Object to a refusal."""
    form, report_id = forms.ReviewForm(), own_report()
    if form.validate_on_submit():
        claiming.ask_review(form.to_command(report_id, award_id), actor=current_actor())
        return _back(gettext("Somebody else looks at it again."))
    return _page("review", award_id, form)


@bp.route("/<uuid:award_id>/received", methods=["GET", "POST"])
@public
@returns_form("words")
def received(award_id: UUID) -> ResponseReturnValue:
    """Answer the auditor."""
    form, report_id = forms.SampleForm(), own_report()
    if form.validate_on_submit():
        claiming.answer_sample(form.to_command(report_id, award_id), actor=current_actor())
        return _back(gettext("Thank you. Only the auditor reads your answer."))
    return _page("received", award_id, form)


def _today() -> date:
    return local_date(current_place(), datetime.now(UTC))


def _page(name: str, award_id: UUID, form: PortalForm) -> ResponseReturnValue:
    reward = queries.get_own(db.session(), own_report(), award_id, _today())
    pin = queries.get_pin(db.session(), own_report())
    if not pin.is_set and request.method == "GET" and "pin" in form:
        return redirect(url_for(".pin"), 303)
    page = render_template(f"rewards/payment/{name}.html", form=form, reward=reward)
    return page, form.http_status


def _back(words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show"), 303)
