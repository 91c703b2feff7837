"""The receipt: shown once, confirmed by typing back its end, printed, put away."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, public
from portal.infra.database import db
from portal.intake import queries, service
from portal.intake.forms.fields import read_token
from portal.intake.forms.receipt import ConfirmForm
from portal.intake.papers import receipt_pdf
from portal.intake.views.blueprint import bp
from portal.kernel.errors import NotFound
from portal.web.cookies import drop_cookie, read_cookie, set_cookie
from portal.web.language import current_language
from portal.web.returned import returns_form

RECEIPT_COOKIE = "receipt"


def to_receipt(token: str) -> ResponseReturnValue:
    """Go to the receipt; the browser carries the submission token there, not the code."""
    answer = make_response(redirect(url_for("intake.receipt"), code=303))
    set_cookie(answer, RECEIPT_COOKIE, token, service.SHOWN_FOR)
    return answer


def own_token() -> bytes:
    """The submission token of this browser; NotFound without one."""
    token = read_token(read_cookie(RECEIPT_COOKIE))
    if token is None:
        raise NotFound("receipt")
    return token


@bp.route("/report/receipt", methods=["GET", "POST"])
@public
@returns_form()
def receipt() -> ResponseReturnValue:
    """Show the code, and take its last four symbols back."""
    form, token = ConfirmForm(), own_token()
    if form.validate_on_submit():
        if service.confirm_receipt(form.to_command(token), actor=current_actor()):
            return redirect(url_for("intake.receipt"), code=303)
        form.refuse()
    view = queries.get_receipt(db.session(), token)
    status = 422 if form.is_submitted() else 200
    return render_template("intake/receipt.html", form=form, receipt=view), status


@bp.get("/report/receipt.pdf")
@public
def receipt_paper() -> ResponseReturnValue:
    """The same receipt as a file, for as long as the code is shown."""
    view = queries.get_receipt(db.session(), own_token())
    if view.code is None:
        raise NotFound("receipt")
    answer = make_response(receipt_pdf(view, current_language().tag))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = 'attachment; filename="receipt.pdf"'
    return answer


@bp.post("/report/receipt/done")
@public
def receipt_done() -> ResponseReturnValue:
    """Have the browser forget the receipt."""
    answer = make_response(redirect(url_for("intake.start"), code=303))
    drop_cookie(answer, RECEIPT_COOKIE)
    return answer
