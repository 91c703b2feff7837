"""The start page and the report on one page; the steps and the receipt stand beside them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, public
from portal.infra.database import db
from portal.intake import queries, service
from portal.intake.forms.fields import read_token
from portal.intake.forms.one_page import OnePageForm
from portal.intake.forms.questions import form_with_questions
from portal.intake.service import SentAlready
from portal.intake.views import steps  # noqa: F401  # its pages are of the same blueprint
from portal.intake.views.blank import blank_one_page, filled_one_page
from portal.intake.views.blueprint import bp as bp  # noqa: PLC0414  # what the application takes
from portal.intake.views.receipt import RECEIPT_COOKIE, to_receipt
from portal.jurisdiction.queries import current_place
from portal.web.cookies import read_cookie
from portal.web.errors import typed_text
from portal.web.language import current_language
from portal.web.returned import returns_form

TYPED = ("narrative", "place", "region", "urls", "name", "phone", "email")


@bp.get("/")
@public
def start() -> ResponseReturnValue:
    """What this is, and the way in."""
    place, language = current_place(), current_language().tag
    return render_template(
        "intake/start.html",
        place=place.name.in_(language),
        emergency=[(one.number, one.name.in_(language)) for one in place.emergency],
    )


@bp.route("/report/one-page", methods=["GET", "POST"])
@public
@returns_form(*TYPED, unless=(SentAlready,))
def one_page() -> ResponseReturnValue:
    """Ask everything at once, accept the report, and go on to its receipt."""
    if request.method == "GET":
        return blank_one_page()
    form = form_with_questions(OnePageForm)
    if form.validate():
        service.submit_report(form.to_command(), actor=current_actor())
        return to_receipt(form.submission_token.data)
    return filled_one_page(form), 422


@bp.errorhandler(SentAlready)
def sent_already(_refused: SentAlready) -> ResponseReturnValue:
    """Say kindly that this form was sent before, and lead to the receipt this browser has."""
    token = read_token(read_cookie(RECEIPT_COOKIE))
    known = token is not None and queries.find_receipt_by_token(db.session(), token) is not None
    page = render_template("intake/sent_already.html", has_receipt=known, typed=typed_text())
    return page, 422
