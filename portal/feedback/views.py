"""The tracking page and what can be done there. The code travels in a POST body only."""

from datetime import timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from portal.access.guard import current_actor, public, requires
from portal.access.permissions import Permission
from portal.accounts.rules import ABSOLUTE
from portal.accounts.sign_in import when_signed_out
from portal.feedback import own_complaint, queries, rating, service, tickets
from portal.feedback.again import begin_again
from portal.feedback.contesting import begin_to_contest
from portal.feedback.forms import (
    CodeForm,
    ContestForm,
    EraseForm,
    MessageForm,
    NewCodeForm,
    PresentCodeForm,
    RatingForm,
)
from portal.feedback.visiting import COOKIE, closed, own_report, own_ticket
from portal.infra.database import db
from portal.infra.visits import LIFETIME, Ticket, VisitPurpose
from portal.intake.draft import DRAFT_COOKIE
from portal.intake.drafting import part_from_earlier
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.kernel.errors import Disposed, NotFound
from portal.web.cookies import drop_cookie, read_cookie, set_cookie
from portal.web.returned import returns_form

bp = Blueprint("feedback", __name__, url_prefix="/track")
# How long the browser may keep the ticket; the server ends it earlier.
COOKIE_LASTS = timedelta(hours=4)


@bp.errorhandler(Disposed)
def disposed(_gone: Disposed) -> ResponseReturnValue:
    """What the reporter reads where the report was."""
    gone = queries.get_disposed(db.session(), own_ticket(), current_actor())
    return render_template("feedback/disposed.html", gone=gone), 410


bp.register_error_handler(NotFound, closed)


@bp.route("", methods=["GET", "POST"])
@public
@returns_form()
def track() -> ResponseReturnValue:
    """Ask for the code and open the report it belongs to."""
    form = CodeForm()
    if form.validate_on_submit():
        try:
            ticket = service.open_tracking(form.to_command(), actor=current_actor())
        except NotFound:
            form.code.errors = [gettext("This code opens nothing. Check every symbol.")]
        else:
            answer = make_response(redirect(url_for("feedback.report"), code=303))
            set_cookie(answer, COOKIE, ticket.value, COOKIE_LASTS)
            return answer
    return render_template("feedback/track.html", form=form), 422 if form.is_submitted() else 200


@bp.post("/complaint/<number>/<int:complaint>")
@requires(Permission.FILE_COMPLAINTS)
def open_complaint(number: str, complaint: int) -> ResponseReturnValue:
    """Open the report of one's own complaint: its people need no code."""
    ticket = own_complaint.open_own_complaint(number, complaint, actor=current_actor())
    answer = make_response(redirect(url_for("feedback.report"), code=303))
    set_cookie(answer, COOKIE, ticket.value, ABSOLUTE)
    return answer


@when_signed_out
def close_complaint(answer: BaseResponse) -> None:
    """Close that report again in the browser of whoever signs out, and forget the way there."""
    if own_complaint.close_own_complaint(own_ticket(), actor=current_actor()):
        drop_cookie(answer, COOKIE)


@bp.get("/report")
@public
def report() -> ResponseReturnValue:
    """Where the report is, who has it, until when, and what can be done now."""
    actor = current_actor()
    view = service.read_tracking(own_report(), actor=actor)
    own = tickets.find_own_complaint(db.session(), own_ticket(), actor)
    return render_template("feedback/report.html", report=view, complaint=own)


@bp.route("/report/write", methods=["GET", "POST"])
@public
@returns_form("text")
def write() -> ResponseReturnValue:
    """Add a message and files."""
    report_id = own_report(writing=True)
    view = queries.get_tracking(db.session(), report_id)
    form = MessageForm(takes_files=view.takes_files, already=view.file_sizes)
    if form.validate_on_submit():
        actor, already = current_actor(), view.file_sizes
        with kept_for_one_record(
            form.uploads, network=network(), actor=actor, already=already
        ) as files:
            service.write_to_desk(form.to_command(report_id, files), actor=actor)
        return _back(gettext("Your message is on its way to the desk."))
    status = 422 if form.is_submitted() else 200
    return render_template("feedback/write.html", form=form, report=view), status


@bp.route("/report/contest", methods=["GET", "POST"])
@public
@returns_form("text")
def contest() -> ResponseReturnValue:
    """Say that the result does not resolve it."""
    form, report_id = ContestForm(), own_report(writing=True)
    if form.validate_on_submit():
        service.contest_result(form.to_command(report_id), actor=current_actor())
        return _back(gettext("It is back with the desk and will be looked at again."))
    view = begin_to_contest(report_id, actor=current_actor())
    status = 422 if form.is_submitted() else 200
    return render_template("feedback/contest.html", form=form, report=view), status


@bp.route("/report/rate", methods=["GET", "POST"])
@public
@returns_form()
def rate() -> ResponseReturnValue:
    """Two questions on how it was handled."""
    form, report_id = RatingForm(), own_report()
    if form.validate_on_submit():
        rating.rate_handling(form.to_command(report_id), actor=current_actor())
        return _back(
            gettext("Thank you. Your answers are kept with the report and shown to no officer.")
        )
    view = queries.get_tracking(db.session(), report_id)
    status = 422 if form.is_submitted() else 200
    return render_template("feedback/rate.html", form=form, report=view), status


@bp.post("/report/letters/stop")
@public
def stop_letters() -> ResponseReturnValue:
    """Write no more letters."""
    rating.stop_being_told(own_report(), actor=current_actor())
    return _back(gettext("We do not write to you any more. Your address is destroyed."))


@bp.route("/report/erase", methods=["GET", "POST"])
@public
@returns_form()
def erase() -> ResponseReturnValue:
    """Destroy the sealed name and contact."""
    form, report_id = EraseForm(), own_report()
    if form.validate_on_submit():
        service.erase_identity(report_id, actor=current_actor())
        return _back(gettext("Your name and contact have been destroyed."))
    view = queries.get_tracking(db.session(), report_id)
    return render_template("feedback/erase.html", form=form, report=view)


@bp.post("/report/again")
@public
def again() -> ResponseReturnValue:
    """Begin a new report about the same matter; an organisation files another complaint."""
    report_id, known = own_report(), Ticket(read_cookie(DRAFT_COOKIE))
    own = tickets.find_own_complaint(db.session(), own_ticket(), current_actor())
    if own is not None:
        # A draft asks nobody to sign in: it would outlive the right to speak for the organisation.
        return redirect(url_for("rights.complain", number=own.organisation), code=303)
    ticket = begin_again(report_id, known, actor=current_actor())
    if ticket is None:
        flash(gettext("You have begun a report already; it is not linked with this one."))
        return redirect(url_for("intake.begin"), code=303)
    flash(gettext("What you send now is linked with your earlier report: the desk sees both."))
    answer = make_response(redirect(url_for("intake.begin"), code=303))
    set_cookie(answer, DRAFT_COOKIE, ticket.value, LIFETIME[VisitPurpose.DRAFT])
    return answer


@bp.route("/report/code", methods=["GET", "POST"])
@public
@returns_form()
def code() -> ResponseReturnValue:
    """Ask for the present code, to put another in its place."""
    form, _report = PresentCodeForm(), own_report()
    if form.validate_on_submit():
        try:
            service.propose_code(form.to_command(own_ticket()), actor=current_actor())
        except NotFound:
            form.code.errors = [gettext("This is not the code of this report.")]
        else:
            return redirect(url_for("feedback.new_code"), code=303)
    return render_template("feedback/code.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/report/code/new", methods=["GET", "POST"])
@public
@returns_form()
def new_code() -> ResponseReturnValue:
    """Show the new code, and put it in force once its end is typed back."""
    form, _report = NewCodeForm(), own_report()
    proposed = tickets.find_proposed(db.session(), own_ticket())
    if proposed is None:
        return redirect(url_for("feedback.report"), code=303)
    if form.validate_on_submit():
        if service.replace_code(form.to_order(own_ticket()), actor=current_actor()):
            return _back(gettext("Your new code is in force. The old one opens nothing any more."))
        form.refuse()
    status = 422 if form.is_submitted() else 200
    return render_template("feedback/new_code.html", form=form, code=proposed), status


@bp.post("/leave")
@public
def leave() -> ResponseReturnValue:
    """Close the report and have the browser forget it, and what it has begun forget the report."""
    service.leave_tracking(own_ticket(), actor=current_actor())
    part_from_earlier(Ticket(read_cookie(DRAFT_COOKIE)), actor=current_actor())
    answer = make_response(redirect(url_for("intake.start"), code=303))
    drop_cookie(answer, COOKIE)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _back(message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("feedback.report"), code=303)
