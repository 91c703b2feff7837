"""A page for each act on a hand-over: its form, one service call, and back to the report."""

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.evidence.names import inert_headers
from portal.infra.database import db
from portal.transfers import forms
from portal.transfers.forms import PassOnForm
from portal.transfers.queries import LIST_KEY, get_passable, list_open
from portal.transfers.service import keeping, preparing, replying, sending
from portal.transfers.views.blueprint import asked, bp, done, line_of, page
from portal.web.pagination import requested_window
from portal.web.returned import comes_back, returns_form


@bp.get("/transfers")
@requires(Permission.READ_REPORTS)
def with_partners() -> ResponseReturnValue:
    """What is out with other bodies, the oldest first."""
    silent = request.args.get("silent") == "y"
    window = requested_window(*LIST_KEY)
    lines = list_open(db.session(), current_actor(), window, silent=silent)
    return page("with_partners", lines=lines, silent=silent)


@bp.route("/reports/<reference>/pass-on", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("reason", "outline", "why_originals")
def pass_on(reference: str) -> ResponseReturnValue:
    """Pass a matter on to a body outside the office."""
    report = get_passable(db.session(), reference, current_actor())
    form = PassOnForm()
    form.offer_for(report, current_actor())
    if form.validate_on_submit():
        preparing.prepare_hand_over(form.to_command(reference), actor=current_actor())
        return done(reference, _("Prepared. The bundle is being packed; then it can go."))
    if not form.is_submitted() or comes_back():
        form.seen.data = str(report.version)
    return page("pass_on", status=422 if form.is_submitted() else 200, form=form, report=report)


@bp.get("/transfers/<uuid:hand_over_id>/bundle")
@requires(Permission.READ_REPORTS)
def bundle(hand_over_id: UUID) -> ResponseReturnValue:
    """The bundle as one file, to be printed or carried; who took it is on the trail."""
    found = keeping.open_bundle(hand_over_id, actor=current_actor())
    return Response(found.opened.chunks, headers=inert_headers("application/zip", found.name))


@bp.route("/transfers/<uuid:hand_over_id>/send", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("note")
def send(hand_over_id: UUID) -> ResponseReturnValue:
    """Write down when and how the bundle went."""
    line, form = line_of(hand_over_id), forms.SendingForm()
    form.offer_for(line)
    if form.validate_on_submit():
        reference = sending.record_sending(form.to_command(line.id), actor=current_actor())
        return done(reference, _("Recorded. The time for an answer runs."))
    return asked(form, line, "send")


@bp.route("/transfers/<uuid:hand_over_id>/announce", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form()
def announce(hand_over_id: UUID) -> ResponseReturnValue:
    """Have a message sent that says that papers wait."""
    line, form = line_of(hand_over_id), forms.AnnounceForm()
    form.offer_for(line)
    if form.validate_on_submit():
        reference = sending.announce_hand_over(form.to_command(line.id), actor=current_actor())
        return done(reference, _("The message goes out now."))
    return asked(form, line, "announce")


@bp.route("/transfers/<uuid:hand_over_id>/send-again", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form()
def send_again(hand_over_id: UUID) -> ResponseReturnValue:
    """Say that a message of which nobody knows did not go."""
    line, form = line_of(hand_over_id), forms.SendAgainForm()
    if form.validate_on_submit():
        reference = sending.send_again(form.to_command(line.id), actor=current_actor())
        return done(reference, _("It can be sent again."))
    return asked(form, line, "send_again")


@bp.route("/transfers/<uuid:hand_over_id>/receive", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form()
def receive(hand_over_id: UUID) -> ResponseReturnValue:
    """Write down that the other body has it."""
    line, form = line_of(hand_over_id), forms.ReceiptForm()
    if form.validate_on_submit():
        reference = replying.record_receipt(form.to_command(line.id), actor=current_actor())
        return done(reference, _("Receipt recorded."))
    return asked(form, line, "receive")


@bp.route("/transfers/<uuid:hand_over_id>/answer", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("answer", "to_reporter")
def answer(hand_over_id: UUID) -> ResponseReturnValue:
    """Write down what the other body answered."""
    line = line_of(hand_over_id)
    form = forms.reply_form(line)
    if form.validate_on_submit():
        reference = replying.record_reply(form.to_command(line.id), actor=current_actor())
        return done(reference, _("Answer recorded."))
    return asked(form, line, "answer")


@bp.route("/transfers/<uuid:hand_over_id>/return", methods=["GET", "POST"], endpoint="return")
@requires(Permission.READ_REPORTS)
@returns_form("reason")
def bring_back(hand_over_id: UUID) -> ResponseReturnValue:
    """Write down that the other body sent it back."""
    line, form = line_of(hand_over_id), forms.ReturnForm()
    if form.validate_on_submit():
        reference = replying.record_return(form.to_command(line.id), actor=current_actor())
        return done(reference, _("It is back."))
    return asked(form, line, "return")


@bp.route("/transfers/<uuid:hand_over_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("reason")
def withdraw(hand_over_id: UUID) -> ResponseReturnValue:
    """Take a matter back."""
    line, form = line_of(hand_over_id), forms.WithdrawForm()
    if form.validate_on_submit():
        reference = keeping.withdraw_hand_over(form.to_command(line.id), actor=current_actor())
        return done(reference, _("Taken back."))
    return asked(form, line, "withdraw")
