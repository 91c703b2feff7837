"""A page for each act on a report: its form, one service call, and back to the report."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework import forms, time_forms
from portal.casework.forms import ActForm
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
from portal.casework.views.blueprint import asked, bp, done
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.returned import returns_form


def _offered(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


@bp.route("/reports/<reference>/accept", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def accept(reference: str) -> ResponseReturnValue:
    """Take a report on."""
    form = forms.AcceptForm()
    if _offered(form):
        acceptance.accept_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Accepted. The report is yours."))
    return asked(form, reference, "accept")


@bp.route("/reports/<reference>/decline", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("text")
def decline(reference: str) -> ResponseReturnValue:
    """Not take a report on, for a listed reason."""
    form = forms.DeclineForm()
    if _offered(form):
        acceptance.decline_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Not taken on. The reporter has been told why."))
    return asked(form, reference, "decline")


@bp.route("/reports/<reference>/return", methods=["GET", "POST"], endpoint="return")
@requires(Permission.WORK_REPORTS)
@returns_form("reason")
def send_back(reference: str) -> ResponseReturnValue:
    """Send a report back to reception."""
    form = forms.ReturnForm()
    if _offered(form):
        acceptance.return_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Sent back to reception."))
    return asked(form, reference, "return")


@bp.route("/reports/<reference>/verify", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("summary")
def verify(reference: str) -> ResponseReturnValue:
    """Record a verification."""
    form = forms.VerifyForm()
    if _offered(form):
        verification.record_verification(form.to_command(reference), actor=current_actor())
        return done(reference, _("Verification recorded. Now answer the reporter."))
    return asked(form, reference, "verify")


@bp.route("/reports/<reference>/answer", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("text", "not_waiting")
def answer(reference: str) -> ResponseReturnValue:
    """Answer the reporter."""
    open_leads = count_open_leads(db.session(), reference)
    form = forms.AnswerForm().asking_why(leads_are_open=open_leads > 0)
    if _offered(form):
        verification.answer_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Answered. The reporter finds it under the receipt code."))
    return asked(form, reference, "answer")


@bp.route("/reports/<reference>/close", methods=["GET", "POST"])
@requires(Permission.CLOSE_REPORTS)
def close(reference: str) -> ResponseReturnValue:
    """Close an answered report."""
    form = forms.CloseForm()
    if _offered(form):
        closing.close_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Closed."))
    return asked(form, reference, "close")


@bp.route("/reports/<reference>/close-unrouted", methods=["GET", "POST"])
@requires(Permission.CLOSE_UNROUTED_REPORTS)
@returns_form("text")
def close_unrouted(reference: str) -> ResponseReturnValue:
    """Close a report that goes nowhere."""
    form = forms.CloseUnroutedForm()
    if _offered(form):
        closing.close_unrouted(form.to_command(reference), actor=current_actor())
        return done(reference, _("Closed. The reporter has been told why."))
    return asked(form, reference, "close_unrouted")


@bp.route("/reports/<reference>/ask", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("question")
def ask(reference: str) -> ResponseReturnValue:
    """Ask the reporter something."""
    form = forms.AskForm()
    if _offered(form):
        conversation.ask_reporter(form.to_command(reference), actor=current_actor())
        return done(reference, _("Your question waits under the receipt code."))
    return asked(form, reference, "ask")


@bp.route("/reports/<reference>/note", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("text")
def note(reference: str) -> ResponseReturnValue:
    """Add a note to the file."""
    form = forms.NoteForm()
    if _offered(form):
        conversation.add_note(form.to_command(reference), actor=current_actor())
        return done(reference, _("Note added."))
    return asked(form, reference, "note")


@bp.route("/reports/<reference>/instruct", methods=["GET", "POST"])
@requires(Permission.ENTER_REPORTS)
@returns_form("text")
def instruct(reference: str) -> ResponseReturnValue:
    """Enter an instruction from above."""
    form = forms.InstructionForm()
    if _offered(form):
        conversation.record_instruction(form.to_command(reference), actor=current_actor())
        return done(reference, _("Instruction entered."))
    return asked(form, reference, "instruct")


@bp.route("/reports/<reference>/assign", methods=["GET", "POST"])
@requires(Permission.ASSIGN_REPORTS)
def assign(reference: str) -> ResponseReturnValue:
    """Give a report to an officer of its unit."""
    form = forms.AssignForm()
    form.officer.choices = officer_choices(list_officers(db.session(), reference, current_actor()))
    if _offered(form):
        acceptance.assign_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Given to the officer."))
    return asked(form, reference, "assign")


@bp.route("/reports/<reference>/extend", methods=["GET", "POST"])
@requires(Permission.EXTEND_TIME)
@returns_form("reason")
def extend(reference: str) -> ResponseReturnValue:
    """Give a stage more time."""
    form = time_forms.ExtendForm()
    form.offer_stages(list_extensions(db.session(), reference, current_actor()))
    if _offered(form):
        timekeeping.extend_time(form.to_command(reference), actor=current_actor())
        return done(reference, _("Extended. The reporter reads why, and until when."))
    return asked(form, reference, "extend")


@bp.route("/reports/<reference>/stand-still", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("text")
def stand_still(reference: str) -> ResponseReturnValue:
    """Let the clocks stand still."""
    form = time_forms.StandStillForm()
    if _offered(form):
        timekeeping.stand_still(form.to_command(reference), actor=current_actor())
        return done(reference, _("The clocks stand still. The reporter has been told why."))
    return asked(form, reference, "stand_still")


@bp.route("/reports/<reference>/run-on", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def run_on(reference: str) -> ResponseReturnValue:
    """Let the clocks run on."""
    form = time_forms.RunOnForm()
    if _offered(form):
        timekeeping.run_on(form.to_command(reference), actor=current_actor())
        return done(reference, _("The clocks run on."))
    return asked(form, reference, "run_on")
