"""The auditor's pages: what does not agree, what is parked, what two say, signals and samples."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.infra.database import db
from portal.rewards.payment import forms
from portal.rewards.payment.queries import desk as queries
from portal.rewards.payment.queries import differences as found_differences
from portal.rewards.payment.queries import signals
from portal.rewards.payment.service import auditing, explaining, statements
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("payment_audit", __name__, url_prefix="/desk/payments")
offer_on_desk(bp, "differences", _l("Payments that differ"), Permission.READ_FUNDS, order=650)
offer_on_desk(bp, "look", _l("Signals about rewards"), Permission.AUDIT_PAYMENTS, order=655)


@bp.get("/differences")
@requires(Permission.READ_FUNDS)
def differences() -> ResponseReturnValue:
    """What does not agree, and how it was explained."""
    window = requested_window(*queries.NEWEST_KEY)
    found = found_differences.list_differences(db.session(), current_actor(), window)
    return render_template("rewards/payment/differences.html", lines=found)


@bp.route("/differences/<uuid:difference_id>/clear", methods=["GET", "POST"])
@requires(Permission.AUDIT_PAYMENTS)
@returns_form("reason")
def clear(difference_id: UUID) -> ResponseReturnValue:
    """Say what a difference comes from."""
    words = _("Explained. The fund may pay again once nothing else differs.")
    return _end(difference_id, explaining.clear_difference, words, owing=False)


@bp.route("/differences/<uuid:difference_id>/came-back", methods=["GET", "POST"])
@requires(Permission.AUDIT_PAYMENTS)
@returns_form("reason")
def came_back(difference_id: UUID) -> ResponseReturnValue:
    """Agree that the bank sent back what was paid."""
    words = _("It is owed again, and the reporter is told to claim it anew.")
    return _end(difference_id, explaining.take_back, words, owing=True)


@bp.get("/signals")
@requires(Permission.AUDIT_PAYMENTS)
def look() -> ResponseReturnValue:
    """Parked payments, signals of the last year, and what recipients say."""
    session, actor = db.session(), current_actor()
    return render_template(
        "rewards/payment/signals.html",
        parked=queries.list_parked(session, actor),
        signals=signals.find_signals(session, actor, datetime.now(UTC)),
        samples=signals.list_samples(session, actor, requested_window(*signals.SAMPLE_KEY)),
    )


@bp.post("/<uuid:payment_id>/go-on")
@requires(Permission.AUDIT_PAYMENTS)
def go_on(payment_id: UUID) -> ResponseReturnValue:
    """Let a parked payment go on."""
    auditing.clear_payment(payment_id, actor=current_actor())
    return _done(_("It waits for the next list."))


@bp.route("/<uuid:payment_id>/refuse", methods=["GET", "POST"])
@requires(Permission.AUDIT_PAYMENTS)
@returns_form("reason")
def refuse(payment_id: UUID) -> ResponseReturnValue:
    """Refuse a parked payment."""
    form = forms.RefusePaymentForm()
    if form.validate_on_submit():
        auditing.refuse_payment(form.to_command(payment_id), actor=current_actor())
        return _done(_("Refused. The reporter reads your reason and may object once."))
    line = queries.get_parked(db.session(), payment_id, current_actor())
    return render_template("rewards/payment/refuse.html", form=form, line=line), form.http_status


@bp.post("/<uuid:payment_id>/confirm")
@requires(Permission.AUDIT_PAYMENTS)
def confirm(payment_id: UUID) -> ResponseReturnValue:
    """Agree to what was stated of an unknown payment."""
    statements.confirm_resolution(_shown(payment_id), actor=current_actor())
    flash(_("Confirmed."), "success")
    return redirect(url_for("payments.payments"), 303)


@bp.post("/<uuid:payment_id>/contest")
@requires(Permission.AUDIT_PAYMENTS)
def contest(payment_id: UUID) -> ResponseReturnValue:
    """Disagree with what was stated of an unknown payment."""
    statements.contest_resolution(_shown(payment_id), actor=current_actor())
    flash(_("What was stated does not count. The payment is unknown as before."), "success")
    return redirect(url_for("payments.payments"), 303)


def _shown(payment_id: UUID) -> statements.StatedOutcome:
    """What the page said that somebody answers."""
    return statements.StatedOutcome(payment_id, request.form.get("seen", ""))


def _end(
    difference_id: UUID,
    act: Callable[..., None],
    words: str,
    *,
    owing: bool,
) -> ResponseReturnValue:
    """Bring a difference to its end by one of two acts."""
    form, actor = forms.ClearForm(), current_actor()
    if form.validate_on_submit():
        act(form.to_command(difference_id), actor=actor)
        flash(words, "success")
        return redirect(url_for(".differences"), 303)
    line = found_differences.get_difference(db.session(), difference_id, actor)
    page = render_template("rewards/payment/clear.html", form=form, line=line, owing=owing)
    return page, form.http_status


def _done(words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".look"), 303)
