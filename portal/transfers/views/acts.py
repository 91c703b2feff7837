"""A page for each act on a hand-over: its form, one service call, and back to the report."""

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.dossier import get_heading
from portal.evidence.names import inert_headers
from portal.infra.database import db
from portal.transfers import forms
from portal.transfers.forms import PassOnForm
from portal.transfers.queries import LIST_KEY, get_passable, list_open
from portal.transfers.service import keeping, preparing, replying, sending
from portal.transfers.views.blueprint import act, bp, done, line_of, page, passed_on_of
from portal.transfers.words import PASS_ON
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


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
    session, actor, form = db.session(), current_actor(), PassOnForm()
    report = get_passable(session, reference, actor)
    form.offer_for(report, actor)
    if form.validate_on_submit():
        preparing.prepare_hand_over(form.to_command(reference), actor=actor)
        return done(reference, _("Prepared. The bundle is being packed; then it can go."))
    heading = get_heading(session, reference, actor)
    if request.method == "GET" and not passed_on_of(heading.facts).offered:
        return page("not_passed_on", status=409, heading=heading, words=PASS_ON, open=())
    form.see(report.version)
    return page("pass_on", status=form.http_status, form=form, report=report, words=PASS_ON)


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
    line = line_of(hand_over_id)
    return act(
        "send",
        forms.SendingForm(),
        line,
        sending.record_sending,
        _("Recorded. The time for an answer runs."),
    )


@bp.route("/transfers/<uuid:hand_over_id>/announce", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form()
def announce(hand_over_id: UUID) -> ResponseReturnValue:
    """Have a message sent that says that papers wait."""
    line = line_of(hand_over_id)
    return act(
        "announce",
        forms.AnnounceForm(),
        line,
        sending.announce_hand_over,
        _("The message goes out now."),
    )


@bp.route("/transfers/<uuid:hand_over_id>/send-again", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form()
def send_again(hand_over_id: UUID) -> ResponseReturnValue:
    """Say that a message of which nobody knows did not go."""
    line = line_of(hand_over_id)
    return act(
        "send_again", forms.SendAgainForm(), line, sending.send_again, _("It can be sent again.")
    )


@bp.route("/transfers/<uuid:hand_over_id>/receive", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form()
def receive(hand_over_id: UUID) -> ResponseReturnValue:
    """Write down that the other body has it."""
    line = line_of(hand_over_id)
    return act(
        "receive", forms.ReceiptForm(), line, replying.record_receipt, _("Receipt recorded.")
    )


@bp.route("/transfers/<uuid:hand_over_id>/answer", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("answer", "to_reporter")
def answer(hand_over_id: UUID) -> ResponseReturnValue:
    """Write down what the other body answered."""
    line = line_of(hand_over_id)
    return act("answer", forms.reply_form(line), line, replying.record_reply, _("Answer recorded."))


@bp.route("/transfers/<uuid:hand_over_id>/return", methods=["GET", "POST"], endpoint="return")
@requires(Permission.READ_REPORTS)
@returns_form("reason")
def bring_back(hand_over_id: UUID) -> ResponseReturnValue:
    """Write down that the other body sent it back."""
    line = line_of(hand_over_id)
    return act("return", forms.ReturnForm(), line, replying.record_return, _("It is back."))


@bp.route("/transfers/<uuid:hand_over_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("reason")
def withdraw(hand_over_id: UUID) -> ResponseReturnValue:
    """Take a matter back."""
    line = line_of(hand_over_id)
    return act("withdraw", forms.WithdrawForm(), line, keeping.withdraw_hand_over, _("Taken back."))
