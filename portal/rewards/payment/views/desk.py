"""Paying at the desk: payments, lists for the bank and their steps, statements, the counter."""

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.accounts.sign_in import requires_step_up
from portal.infra.database import db
from portal.kernel.errors import NotFound
from portal.kernel.page import Window
from portal.rewards.payment import forms
from portal.rewards.payment.models import BankStatement
from portal.rewards.payment.queries import desk as queries
from portal.rewards.payment.service import auditing, batches, counter, statements
from portal.rewards.payment.states import BankFileKind
from portal.web.forms import PortalForm
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("payments", __name__, url_prefix="/desk/payments")
offer_on_desk(bp, "payments", _l("Payments of rewards"), Permission.READ_FUNDS, order=640)
offer_on_desk(bp, "to_open", _l("Payees to open"), Permission.BE_CUSTODIAN, order=725)
offer_on_desk(bp, "at_counter", _l("Cash codes"), Permission.PAY_CASH_CODES, order=645)
MIME = {BankFileKind.CSV: "text/csv; charset=utf-8", BankFileKind.PAIN: "application/xml"}


@bp.app_context_processor
def payment_acts() -> dict[str, object]:
    """Whether the reader may do something about payments, by the code of its permission."""
    return {"may_do": lambda code: may(current_actor(), Permission(code))}


@bp.get("")
@requires(Permission.READ_FUNDS)
def payments() -> ResponseReturnValue:
    """Every payment, and what nobody knows of some."""
    session, actor = db.session(), current_actor()
    return render_template(
        "rewards/payment/payments.html",
        lines=queries.list_payments(session, actor, requested_window(*queries.NEWEST_KEY)),
        unknown=queries.list_unknown(session, actor),
    )


@bp.get("/lists")
@requires(Permission.READ_FUNDS)
def lists() -> ResponseReturnValue:
    """The lists for the bank."""
    window = requested_window(*queries.NEWEST_KEY)
    found = queries.list_batches(db.session(), current_actor(), window)
    return render_template("rewards/payment/lists.html", lines=found)


@bp.get("/to-open")
@requires(Permission.BE_CUSTODIAN)
def to_open() -> ResponseReturnValue:
    """The lists that wait for custodians."""
    found = queries.list_to_open(db.session(), current_actor())
    return render_template("rewards/payment/to_open.html", lines=found)


@bp.route("/draw", methods=["GET", "POST"])
@requires(Permission.PAY_AWARDS)
@requires_step_up
@returns_form()
def draw() -> ResponseReturnValue:
    """Put what was claimed on a list."""
    form = forms.DrawForm()
    form.offer(_funds())
    if form.validate_on_submit():
        batch_id = batches.draw_batch(form.to_command(), actor=current_actor())
        return _to_list(batch_id, _("The list is drawn. A custodian asks to open its payees."))
    return render_template("rewards/payment/draw.html", form=form), form.http_status


@bp.get("/lists/<uuid:batch_id>")
@requires(Permission.USE_DESK)
def one_list(batch_id: UUID) -> ResponseReturnValue:
    """One list and what is to be done about it."""
    file = queries.get_batch_file(db.session(), batch_id, current_actor())
    return render_template("rewards/payment/list.html", file=file)


@bp.route("/lists/<uuid:batch_id>/ask", methods=["GET", "POST"])
@requires(Permission.ASK_FOR_IDENTITY)
@requires_step_up
@returns_form("reason", "basis")
def ask(batch_id: UUID) -> ResponseReturnValue:
    """Ask to open who is paid."""
    form = forms.AskBatchForm()
    if form.validate_on_submit():
        batches.ask_for_batch(form.to_command(batch_id), actor=current_actor())
        return _to_list(batch_id, _("Asked. The other group decides."))
    return _act("ask_list", batch_id, form)


@bp.route("/lists/<uuid:batch_id>/release", methods=["GET", "POST"])
@requires(Permission.APPROVE_OPENING)
@requires_step_up
@returns_form()
def release(batch_id: UUID) -> ResponseReturnValue:
    """Let the one who asked fill the file."""
    form = forms.UnlockForm()
    if form.validate_on_submit():
        batches.release_batch(form.to_command(batch_id), actor=current_actor())
        return _to_list(batch_id, _("Released for a day."))
    return _act("release_list", batch_id, form)


@bp.route("/lists/<uuid:batch_id>/fill", methods=["GET", "POST"])
@requires(Permission.ASK_FOR_IDENTITY)
@requires_step_up
@returns_form()
def fill(batch_id: UUID) -> ResponseReturnValue:
    """Write the file; nobody is shown it."""
    form = forms.UnlockForm()
    if form.validate_on_submit():
        batches.fill_batch(form.to_command(batch_id), actor=current_actor())
        return _to_list(batch_id, _("The file is made. Finance takes it to the bank."))
    return _act("fill_list", batch_id, form)


@bp.post("/lists/<uuid:batch_id>/export")
@requires(Permission.PAY_AWARDS)
@requires_step_up
def export(batch_id: UUID) -> ResponseReturnValue:
    """Hand the file out, once."""
    file = batches.export_batch(batch_id, actor=current_actor())
    answer = make_response(file.content)
    answer.headers["Content-Type"] = MIME[file.kind]
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer


@bp.post("/lists/<uuid:batch_id>/abandon")
@requires(Permission.PAY_AWARDS)
def abandon(batch_id: UUID) -> ResponseReturnValue:
    """Give a list up."""
    batches.abandon_batch(batch_id, actor=current_actor())
    return _to_list(batch_id, _("The list is given up. Its payments wait for the next one."))


@bp.post("/<uuid:payment_id>/release-cash")
@requires(Permission.PAY_AWARDS)
@requires_step_up
def release_cash(payment_id: UUID) -> ResponseReturnValue:
    """Let the counter pay."""
    counter.release_cash(payment_id, actor=current_actor())
    return _to_payments(_("The counter may pay to whoever shows the code."))


@bp.post("/<uuid:payment_id>/doubt")
@requires(Permission.PAY_AWARDS)
def doubt(payment_id: UUID) -> ResponseReturnValue:
    """Say that nobody knows what became of a payment."""
    statements.doubt_payment(payment_id, actor=current_actor())
    return _to_payments(_("Two people find out from a statement."))


@bp.route("/statements", methods=["GET", "POST"])
@requires(Permission.PAY_AWARDS)
@returns_form()
def take() -> ResponseReturnValue:
    """Read a statement in; those that were."""
    form, actor = forms.StatementForm(), current_actor()
    form.offer(_funds())
    if form.validate_on_submit():
        statements.take_statement(form.to_command(), actor=actor)
        flash(_("The statement was read in."), "success")
        return redirect(url_for(".take"), 303)
    found = queries.list_statements(db.session(), actor, requested_window(*queries.NEWEST_KEY))
    page = render_template("rewards/payment/statements.html", form=form, lines=found)
    return page, form.http_status


@bp.route("/<uuid:payment_id>/not-booked", methods=["GET", "POST"])
@requires(Permission.PAY_AWARDS)
@returns_form()
def not_booked(payment_id: UUID) -> ResponseReturnValue:
    """State that the bank never booked a payment."""
    form = forms.NotBookedForm()
    newest = queries.list_statements(db.session(), current_actor(), Window())
    form.offer([(str(one.id), _days(one, code)) for one, code in newest.items])
    if form.validate_on_submit():
        statements.state_not_booked(form.to_command(payment_id), actor=current_actor())
        return _to_payments(_("Stated. An auditor confirms it."))
    return render_template("rewards/payment/not_booked.html", form=form), form.http_status


@bp.route("/counter", methods=["GET", "POST"])
@requires(Permission.PAY_CASH_CODES)
@requires_step_up
@returns_form()
def at_counter() -> ResponseReturnValue:
    """Type the code that somebody shows; what is due for it."""
    form, due = forms.CodeShownForm(), None
    if form.validate_on_submit():
        try:
            due = counter.look_up_code(form.to_command(), actor=current_actor())
        except NotFound:
            form.code.errors = [_("Nothing is due for this code.")]
    page = render_template("rewards/payment/counter.html", form=form, due=due)
    return page, 200 if due else form.http_status


@bp.post("/counter/paid")
@requires(Permission.PAY_CASH_CODES)
@requires_step_up
def paid() -> ResponseReturnValue:
    """Note that the amount was handed over."""
    form = forms.CodeShownForm()
    if form.validate_on_submit():
        counter.pay_out(form.to_command(), actor=current_actor())
        flash(_("Noted as paid. The code is worth nothing now."), "success")
    return redirect(url_for(".at_counter"), 303)


@bp.route("/own-account", methods=["GET", "POST"])
@requires(Permission.USE_DESK)
@returns_form()
def own_account() -> ResponseReturnValue:
    """Enter one's own account: whoever works here is paid no reward."""
    form = forms.OwnAccountForm()
    if form.validate_on_submit():
        auditing.enter_own_account(form.to_command(), actor=current_actor())
        flash(_("Noted. The number itself is not kept."), "success")
        return redirect(url_for(".own_account"), 303)
    return render_template("rewards/payment/own_account.html", form=form), form.http_status


def _days(statement: BankStatement, code: str) -> str:
    return f"{code}: {statement.first_on} – {statement.last_on}"


def _funds() -> list[tuple[str, str]]:
    chinese = current_language().tag != "en"
    found = queries.fund_choices(db.session(), current_actor())
    return [(code, zh if chinese else en) for code, zh, en in found]


def _act(name: str, batch_id: UUID, form: PortalForm) -> ResponseReturnValue:
    file = queries.get_batch_file(db.session(), batch_id, current_actor())
    page = render_template(f"rewards/payment/{name}.html", form=form, file=file)
    return page, form.http_status


def _to_list(batch_id: UUID, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".one_list", batch_id=batch_id), 303)


def _to_payments(words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".payments"), 303)
