"""A page for each act on a report: its form, one service call, and back to the report."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework import forms, time_forms
from portal.casework.forms import ActForm
from portal.casework.queries.clocks import list_extensions
from portal.casework.queries.dossier import get_heading
from portal.casework.queries.staff import list_officers
from portal.casework.service import (
    acceptance,
    closing,
    conversation,
    timekeeping,
    verification,
)
from portal.casework.views.blueprint import bp, done, page
from portal.casework.words import ACTS
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language


def _offered(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def _asked(form: ActForm, reference: str, act: str) -> ResponseReturnValue:
    """The page of the act: the form as it is, with the version that the reader sees now."""
    heading = get_heading(db.session(), reference, current_actor())
    if not form.is_submitted():
        form.seen.data = str(heading.facts.version)
    status = 422 if form.is_submitted() else 200
    return page("act", status=status, form=form, heading=heading, act=act, words=ACTS[act])


@bp.route("/reports/<reference>/accept", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def accept(reference: str) -> ResponseReturnValue:
    """Take a report on."""
    form = forms.AcceptForm()
    if _offered(form):
        acceptance.accept_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Accepted. The report is yours."))
    return _asked(form, reference, "accept")


@bp.route("/reports/<reference>/decline", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def decline(reference: str) -> ResponseReturnValue:
    """Not take a report on, for a listed reason."""
    form = forms.DeclineForm()
    if _offered(form):
        acceptance.decline_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Not taken on. The reporter has been told why."))
    return _asked(form, reference, "decline")


@bp.route("/reports/<reference>/return", methods=["GET", "POST"], endpoint="return")
@requires(Permission.WORK_REPORTS)
def send_back(reference: str) -> ResponseReturnValue:
    """Send a report back to reception."""
    form = forms.ReturnForm()
    if _offered(form):
        acceptance.return_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Sent back to reception."))
    return _asked(form, reference, "return")


@bp.route("/reports/<reference>/verify", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def verify(reference: str) -> ResponseReturnValue:
    """Record a verification."""
    form = forms.VerifyForm()
    if _offered(form):
        verification.record_verification(form.to_command(reference), actor=current_actor())
        return done(reference, _("Verification recorded. Now answer the reporter."))
    return _asked(form, reference, "verify")


@bp.route("/reports/<reference>/answer", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def answer(reference: str) -> ResponseReturnValue:
    """Answer the reporter."""
    form = forms.AnswerForm()
    if _offered(form):
        verification.answer_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Answered. The reporter finds it under the receipt code."))
    return _asked(form, reference, "answer")


@bp.route("/reports/<reference>/close", methods=["GET", "POST"])
@requires(Permission.CLOSE_REPORTS)
def close(reference: str) -> ResponseReturnValue:
    """Close an answered report."""
    form = forms.CloseForm()
    if _offered(form):
        closing.close_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Closed."))
    return _asked(form, reference, "close")


@bp.route("/reports/<reference>/close-unrouted", methods=["GET", "POST"])
@requires(Permission.CLOSE_UNROUTED_REPORTS)
def close_unrouted(reference: str) -> ResponseReturnValue:
    """Close a report that goes nowhere."""
    form = forms.CloseUnroutedForm()
    if _offered(form):
        closing.close_unrouted(form.to_command(reference), actor=current_actor())
        return done(reference, _("Closed. The reporter has been told why."))
    return _asked(form, reference, "close_unrouted")


@bp.route("/reports/<reference>/ask", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def ask(reference: str) -> ResponseReturnValue:
    """Ask the reporter something."""
    form = forms.AskForm()
    if _offered(form):
        conversation.ask_reporter(form.to_command(reference), actor=current_actor())
        return done(reference, _("Your question waits under the receipt code."))
    return _asked(form, reference, "ask")


@bp.route("/reports/<reference>/note", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def note(reference: str) -> ResponseReturnValue:
    """Add a note to the file."""
    form = forms.NoteForm()
    if _offered(form):
        conversation.add_note(form.to_command(reference), actor=current_actor())
        return done(reference, _("Note added."))
    return _asked(form, reference, "note")


@bp.route("/reports/<reference>/instruct", methods=["GET", "POST"])
@requires(Permission.ENTER_REPORTS)
def instruct(reference: str) -> ResponseReturnValue:
    """Enter an instruction from above."""
    form = forms.InstructionForm()
    if _offered(form):
        conversation.record_instruction(form.to_command(reference), actor=current_actor())
        return done(reference, _("Instruction entered."))
    return _asked(form, reference, "instruct")


@bp.route("/reports/<reference>/assign", methods=["GET", "POST"])
@requires(Permission.ASSIGN_REPORTS)
def assign(reference: str) -> ResponseReturnValue:
    """Give a report to an officer of its unit."""
    form = forms.AssignForm()
    form.officer.choices = list_officers(db.session(), reference, current_actor())
    if _offered(form):
        acceptance.assign_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Given to the officer."))
    return _asked(form, reference, "assign")


@bp.route("/reports/<reference>/extend", methods=["GET", "POST"])
@requires(Permission.EXTEND_TIME)
def extend(reference: str) -> ResponseReturnValue:
    """Give a stage more time."""
    form = time_forms.ExtendForm()
    form.offer_stages(list_extensions(db.session(), reference, current_actor()))
    if _offered(form):
        timekeeping.extend_time(form.to_command(reference), actor=current_actor())
        return done(reference, _("Extended. The reporter reads why, and until when."))
    return _asked(form, reference, "extend")


@bp.route("/reports/<reference>/stand-still", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def stand_still(reference: str) -> ResponseReturnValue:
    """Let the clocks stand still."""
    form = time_forms.StandStillForm()
    if _offered(form):
        timekeeping.stand_still(form.to_command(reference), actor=current_actor())
        return done(reference, _("The clocks stand still. The reporter has been told why."))
    return _asked(form, reference, "stand_still")


@bp.route("/reports/<reference>/run-on", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
def run_on(reference: str) -> ResponseReturnValue:
    """Let the clocks run on."""
    form = time_forms.RunOnForm()
    if _offered(form):
        timekeeping.run_on(form.to_command(reference), actor=current_actor())
        return done(reference, _("The clocks run on."))
    return _asked(form, reference, "run_on")
