"""What staff enter for others: the short form, and the receipt to read out or hand over."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.evidence.service import keep_files
from portal.intake import service
from portal.intake.forms.entry import EntryForm
from portal.intake.forms.questions import form_with_questions, question_groups
from portal.intake.service import SentAlready
from portal.intake.views.receipt import kept_token, receipt_file, receipt_page
from portal.web.cookies import drop_cookie, set_cookie
from portal.web.navigation import offer_on_desk
from portal.web.returned import returns_form

bp = Blueprint("entry", __name__, url_prefix="/desk/reports/new")
offer_on_desk(bp, "new", _l("Enter a report"), Permission.ENTER_REPORTS, order=30)
COOKIE = "entry"
TYPED = ("narrative", "place", "region", "urls", "name", "phone", "email", "instructed_by")


@bp.route("", methods=["GET", "POST"])
@requires(Permission.ENTER_REPORTS)
@returns_form(*TYPED, unless=(SentAlready,))
def new() -> ResponseReturnValue:
    """Enter a report that came another way, and go on to its receipt."""
    form = form_with_questions(EntryForm)
    if form.validate_on_submit():
        actor = current_actor()
        files = keep_files(form.uploads, actor=actor)
        service.enter_report(form.to_command(files), actor=actor)
        answer = make_response(redirect(url_for("entry.receipt"), code=303))
        set_cookie(answer, COOKIE, form.submission_token.data, service.SHOWN_FOR)
        return answer
    status = 422 if form.is_submitted() else 200
    groups, name = question_groups(form), current_actor().name
    return render_template("intake/new.html", form=form, taken_by=name, groups=groups), status


@bp.errorhandler(SentAlready)
def sent_already(_refused: SentAlready) -> ResponseReturnValue:
    """The form was sent before with other words: what was entered first counts."""
    flash(gettext("This form was already sent. Enter what is new as a note on the report."))
    return redirect(url_for("entry.receipt"), code=303)


@bp.route("/receipt", methods=["GET", "POST"])
@requires(Permission.ENTER_REPORTS)
@returns_form()
def receipt() -> ResponseReturnValue:
    """Show the code once, and have the reporter say its last four symbols back."""
    return receipt_page("intake/handed_over.html", kept_token(COOKIE), "entry.receipt")


@bp.get("/receipt.pdf")
@requires(Permission.ENTER_REPORTS)
def paper() -> ResponseReturnValue:
    """The receipt as a file, to be handed or sent to the reporter."""
    return receipt_file(kept_token(COOKIE))


@bp.post("/receipt/done")
@requires(Permission.ENTER_REPORTS)
def done() -> ResponseReturnValue:
    """Forget the code and go on with the next report."""
    answer = make_response(redirect(url_for("entry.new"), code=303))
    drop_cookie(answer, COOKIE)
    return answer
