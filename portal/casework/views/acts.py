"""A page for each act on a report: its form, one service call, and back to the report."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework import forms, time_forms
from portal.casework.queries.clocks import list_extensions
from portal.casework.queries.leads import count_open_leads
from portal.casework.queries.staff import list_officers
from portal.casework.queue_words import officer_choices
from portal.casework.service import (
    acceptance,
    closing,
    conversation,
    timekeeping,
    verification,
)
from portal.casework.views.blueprint import act, bp
from portal.infra.database import db
from portal.web.returned import returns_form


@bp.route("/reports/<reference>/accept", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def accept(reference: str) -> ResponseReturnValue:
    """Take a report on."""
    return act(
        "accept",
        forms.AcceptForm(),
        reference,
        acceptance.accept_report,
        _("Accepted. The report is yours."),
    )


@bp.route("/reports/<reference>/decline", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("text")
def decline(reference: str) -> ResponseReturnValue:
    """Not take a report on, for a listed reason."""
    return act(
        "decline",
        forms.DeclineForm(),
        reference,
        acceptance.decline_report,
        _("Not taken on. The reporter has been told why."),
    )


@bp.route("/reports/<reference>/return", methods=["GET", "POST"], endpoint="return")
@requires(Permission.WORK_REPORTS)
@returns_form("reason")
def send_back(reference: str) -> ResponseReturnValue:
    """Send a report back to reception."""
    return act(
        "return",
        forms.ReturnForm(),
        reference,
        acceptance.return_report,
        _("Sent back to reception."),
    )


@bp.route("/reports/<reference>/verify", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("summary")
def verify(reference: str) -> ResponseReturnValue:
    """Record a verification."""
    return act(
        "verify",
        forms.VerifyForm(),
        reference,
        verification.record_verification,
        _("Verification recorded. Now answer the reporter."),
    )


@bp.route("/reports/<reference>/answer", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("text", "not_waiting")
def answer(reference: str) -> ResponseReturnValue:
    """Answer the reporter."""
    open_leads = count_open_leads(db.session(), reference)
    return act(
        "answer",
        forms.AnswerForm().asking_why(leads_are_open=open_leads > 0),
        reference,
        verification.answer_report,
        _("Answered. The reporter finds it under the receipt code."),
    )


@bp.route("/reports/<reference>/close", methods=["GET", "POST"])
@requires(Permission.CLOSE_REPORTS)
def close(reference: str) -> ResponseReturnValue:
    """Close an answered report."""
    return act("close", forms.CloseForm(), reference, closing.close_report, _("Closed."))


@bp.route("/reports/<reference>/close-unrouted", methods=["GET", "POST"])
@requires(Permission.CLOSE_UNROUTED_REPORTS)
@returns_form("text")
def close_unrouted(reference: str) -> ResponseReturnValue:
    """Close a report that goes nowhere."""
    return act(
        "close_unrouted",
        forms.CloseUnroutedForm(),
        reference,
        closing.close_unrouted,
        _("Closed. The reporter has been told why."),
    )


@bp.route("/reports/<reference>/ask", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("question")
def ask(reference: str) -> ResponseReturnValue:
    """Ask the reporter something."""
    return act(
        "ask",
        forms.AskForm(),
        reference,
        conversation.ask_reporter,
        _("Your question waits under the receipt code."),
    )


@bp.route("/reports/<reference>/note", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("text")
def note(reference: str) -> ResponseReturnValue:
    """Add a note to the file."""
    return act("note", forms.NoteForm(), reference, conversation.add_note, _("Note added."))


@bp.route("/reports/<reference>/instruct", methods=["GET", "POST"])
@requires(Permission.ENTER_REPORTS)
@returns_form("text")
def instruct(reference: str) -> ResponseReturnValue:
    """Enter an instruction from above."""
    return act(
        "instruct",
        forms.InstructionForm(),
        reference,
        conversation.record_instruction,
        _("Instruction entered."),
    )


@bp.route("/reports/<reference>/assign", methods=["GET", "POST"])
@requires(Permission.ASSIGN_REPORTS)
def assign(reference: str) -> ResponseReturnValue:
    """Give a report to an officer of its unit."""
    form = forms.AssignForm()
    form.officer.choices = officer_choices(list_officers(db.session(), reference, current_actor()))
    return act("assign", form, reference, acceptance.assign_report, _("Given to the officer."))


@bp.route("/reports/<reference>/extend", methods=["GET", "POST"])
@requires(Permission.EXTEND_TIME)
@returns_form("reason")
def extend(reference: str) -> ResponseReturnValue:
    """Give a stage more time."""
    form = time_forms.ExtendForm()
    form.offer_stages(list_extensions(db.session(), reference, current_actor()))
    return act(
        "extend",
        form,
        reference,
        timekeeping.extend_time,
        _("Extended. The reporter reads why, and until when."),
    )


@bp.route("/reports/<reference>/stand-still", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("text")
def stand_still(reference: str) -> ResponseReturnValue:
    """Let the clocks stand still."""
    return act(
        "stand_still",
        time_forms.StandStillForm(),
        reference,
        timekeeping.stand_still,
        _("The clocks stand still. The reporter has been told why."),
    )


@bp.route("/reports/<reference>/run-on", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def run_on(reference: str) -> ResponseReturnValue:
    """Let the clocks run on."""
    return act(
        "run_on", time_forms.RunOnForm(), reference, timekeeping.run_on, _("The clocks run on.")
    )
