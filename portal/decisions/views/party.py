"""The page of a party. Its code travels in a POST body only."""

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access.guard import current_actor, public
from portal.decisions.door import COOKIE, COOKIE_LASTS, ask_again, own_ticket
from portal.decisions.forms import HearingAskForm, ObjectionForm, PartyCodeForm, StatementForm
from portal.decisions.queries.parties import PartyPage, get_party_page, get_visited
from portal.decisions.service import access, party
from portal.infra.database import db
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound
from portal.web.cookies import drop_cookie, set_cookie
from portal.web.language import current_language
from portal.web.returned import returns_form

bp = Blueprint("party", __name__, url_prefix="/party")


bp.register_error_handler(NotFound, ask_again)


def own_page() -> tuple[UUID, PartyPage]:
    """The party the ticket of this browser opens, and its page; a form keeps it open longer."""
    ticket = own_ticket()
    party_id = get_visited(db.session(), ticket)
    if request.method == "GET" and request.endpoint != "party.show":
        access.begin_to_write(ticket, actor=current_actor())
    return party_id, get_party_page(db.session(), party_id)


def page(template: str, form: object, shown: PartyPage, **more: object) -> ResponseReturnValue:
    """A page with a form of the party."""
    status = 422 if request.method == "POST" else 200
    return render_template(f"decisions/{template}.html", form=form, page=shown, **more), status


@bp.route("", methods=["GET", "POST"])
@public
@returns_form()
def enter() -> ResponseReturnValue:
    """Ask for the code and open the page it belongs to."""
    form = PartyCodeForm()
    if form.validate_on_submit():
        try:
            ticket = access.enter_as_party(form.to_command(), actor=current_actor())
        except NotFound:
            form.refuse()
        else:
            answer = make_response(redirect(url_for("party.show"), code=303))
            set_cookie(answer, COOKIE, ticket.value, COOKIE_LASTS)
            return answer
    status = 422 if form.is_submitted() else 200
    return render_template("decisions/party_code.html", form=form), status


@bp.get("/case")
@public
def show() -> ResponseReturnValue:
    """What is held against the party, what it can do until when, and what was decided."""
    _party, shown = own_page()
    language, place = current_language().tag, current_place()
    return render_template("decisions/party.html", page=shown, language=language, place=place)


@bp.route("/case/statement", methods=["GET", "POST"])
@public
@returns_form("text")
def statement() -> ResponseReturnValue:
    """Answer what is held against one."""
    own, shown = own_page()
    form = StatementForm(already=shown.file_sizes)
    if form.validate_on_submit():
        actor, already = current_actor(), shown.file_sizes
        with kept_for_one_record(
            form.uploads, network=network(), actor=actor, already=already
        ) as files:
            party.write_statement(form.to_command(own, files), actor=actor)
        return _back(gettext("Your statement is with the office."))
    return page("party_statement", form, shown)


@bp.route("/case/hearing", methods=["GET", "POST"])
@public
@returns_form("text")
def hearing() -> ResponseReturnValue:
    """Ask to be heard in person."""
    own, shown = own_page()
    form = HearingAskForm()
    if form.validate_on_submit():
        party.ask_for_hearing(form.to_command(own), actor=current_actor())
        return _back(gettext("Your wish is with the office. The day will be on this page."))
    return page("party_hearing", form, shown)


@bp.route("/case/decisions/<int:number>/objection", methods=["GET", "POST"])
@public
@returns_form("text")
def objection(number: int) -> ResponseReturnValue:
    """Object to a decision."""
    own, shown = own_page()
    if request.method == "GET" and not shown.takes_objection(number):
        return _back(gettext("You cannot object to this decision, or not any more."), "error")
    form = ObjectionForm(already=shown.file_sizes)
    if form.validate_on_submit():
        actor, already = current_actor(), shown.file_sizes
        with kept_for_one_record(
            form.uploads, network=network(), actor=actor, already=already
        ) as files:
            party.file_objection(form.to_command(own, number, files), actor=actor)
        return _back(gettext("Your objection is filed."))
    return page("party_objection", form, shown, number=number)


@bp.post("/leave")
@public
def leave() -> ResponseReturnValue:
    """Close the page and have the browser forget it."""
    access.leave_party_page(own_ticket(), actor=current_actor())
    answer = make_response(redirect(url_for("party.enter"), code=303))
    drop_cookie(answer, COOKIE)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _back(message: str, kind: str = "success") -> ResponseReturnValue:
    flash(message, kind)
    return redirect(url_for("party.show"), code=303)
