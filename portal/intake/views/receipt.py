"""The receipt: shown once, confirmed by typing back its end, printed, put away."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, public
from portal.infra.database import db
from portal.intake import queries, receipts
from portal.intake.forms.fields import read_token
from portal.intake.forms.receipt import ConfirmForm
from portal.intake.papers import receipt_pdf
from portal.intake.service import SHOWN_FOR
from portal.intake.views.blueprint import bp
from portal.kernel.errors import NotFound
from portal.web.cookies import drop_cookie, read_cookie, set_cookie
from portal.web.language import speaking
from portal.web.returned import returns_form

RECEIPT_COOKIE = "receipt"


def to_receipt(token: str) -> ResponseReturnValue:
    """Go to the receipt; the browser carries the submission token there, not the code."""
    answer = make_response(redirect(url_for("intake.receipt"), code=303))
    set_cookie(answer, RECEIPT_COOKIE, token, SHOWN_FOR)
    return answer


def kept_token(cookie: str) -> bytes:
    """The submission token in this cookie of the browser; NotFound without one."""
    token = read_token(read_cookie(cookie))
    if token is None:
        raise NotFound("receipt")
    return token


def receipt_page(template: str, token: bytes, back_to: str) -> ResponseReturnValue:
    """A page that shows the code, and takes its last four symbols back."""
    form = ConfirmForm()
    if form.validate_on_submit():
        if receipts.confirm_receipt(form.to_command(token), actor=current_actor()):
            return redirect(url_for(back_to), code=303)
        form.refuse()
    view = queries.get_receipt(db.session(), token)
    status = 422 if form.is_submitted() else 200
    return render_template(template, form=form, receipt=view), status


def receipt_file(token: bytes) -> ResponseReturnValue:
    """The receipt as a PDF in the language of the report, for as long as the code is shown."""
    view = queries.get_receipt(db.session(), token)
    if view.code is None:
        raise NotFound("receipt")
    with speaking(view.language):
        answer = make_response(receipt_pdf(view, view.language))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = 'attachment; filename="receipt.pdf"'
    return answer


@bp.route("/report/receipt", methods=["GET", "POST"])
@public
@returns_form()
def receipt() -> ResponseReturnValue:
    """The reporter's own receipt."""
    return receipt_page("intake/receipt.html", kept_token(RECEIPT_COOKIE), "intake.receipt")


@bp.get("/report/receipt.pdf")
@public
def receipt_paper() -> ResponseReturnValue:
    """The same receipt as a file."""
    return receipt_file(kept_token(RECEIPT_COOKIE))


@bp.post("/report/receipt/done")
@public
def receipt_done() -> ResponseReturnValue:
    """Have the browser forget the receipt."""
    answer = make_response(redirect(url_for("intake.start"), code=303))
    drop_cookie(answer, RECEIPT_COOKIE)
    return answer
