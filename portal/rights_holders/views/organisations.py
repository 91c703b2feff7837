"""Registering, the organisations somebody acts for, and who acts for them."""

from uuid import UUID

from flask import flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, public, requires
from portal.accounts.sign_in import forget_visitor, with_cookie
from portal.infra.database import db
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.kernel.actor import Actor
from portal.rights_holders.forms.organisations import (
    OrganisationForm,
    PersonForm,
    ProofForm,
    RegisterForm,
    SeatForm,
)
from portal.rights_holders.queries import figures
from portal.rights_holders.queries import own as queries
from portal.rights_holders.queries.webhooks import is_any_disabled
from portal.rights_holders.service import organisations, people
from portal.rights_holders.service.filing import demand_open
from portal.rights_holders.views.blueprint import FILES_COMPLAINTS, bp
from portal.rights_holders.views.shared import own, own_page, page, see_other
from portal.web.returned import returns_form


@bp.get("")
@public
def start() -> ResponseReturnValue:
    """What rights-holders can do here, what it takes, and what a false complaint leads to."""
    return page("start")


@bp.route("/register", methods=["GET", "POST"])
@public
@returns_form("name", "address")
def register() -> ResponseReturnValue:
    """Register an organisation and its first person."""
    demand_open()
    form = RegisterForm()
    if form.validate_on_submit():
        sent, actor = (*form.uploads, *form.powers), Actor.public()
        with kept_for_one_record(sent, network=network(), actor=actor) as files:
            command, newcomer = form.to_command(files), form.to_newcomer(network())
            _number, opened = organisations.register(command, newcomer, actor=actor)
        return with_cookie(redirect(url_for("accounts.time_code"), code=303), opened)
    return page("register", form)


@bp.get("/mine")
@requires(FILES_COMPLAINTS)
def mine() -> ResponseReturnValue:
    """The organisations that somebody acts for."""
    session, actor = db.session(), current_actor()
    asked = queries.list_invitations(session, actor)
    return page("mine", organisations=queries.list_own(session, actor), invitations=asked)


@bp.post("/mine/invitations/<uuid:member>/<any('accept', 'decline'):answer>")
@requires(FILES_COMPLAINTS)
def invitation(member: UUID, answer: str) -> ResponseReturnValue:
    """Accept to act for an organisation, or decline."""
    people.answer_invitation(member, accepted=answer == "accept", actor=current_actor())
    said = _("You act for it now.") if answer == "accept" else _("You declined.")
    flash(said, "success")
    return see_other(url_for(".mine"))


@bp.route("/mine/add", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form("name", "address")
def add() -> ResponseReturnValue:
    """Register a further organisation that one acts for."""
    form = OrganisationForm()
    if form.validate_on_submit():
        sent, actor = (*form.uploads, *form.powers), current_actor()
        with kept_for_one_record(sent, network=network(), actor=actor) as files:
            number = organisations.add_organisation(form.to_command(files), actor=actor)
        flash(_("The organisation is registered. The office looks at the proof."), "success")
        return see_other(url_for(".organisation", number=number))
    return page("add", form)


@bp.get("/<number>")
@requires(FILES_COMPLAINTS)
def organisation(number: str) -> ResponseReturnValue:
    """One organisation: where its proof stands, and what it filed by state."""
    found = own(number)
    return own_page(
        "organisation",
        number,
        counts=queries.count_by_state(db.session(), found.id),
        undeclared=figures.list_undeclared(db.session(), found),
        asked=figures.count_asked(db.session(), found.id),
        ages=figures.count_by_age(db.session(), found.id),
        files=queries.list_handed_in(db.session(), found.id),
        not_called=is_any_disabled(db.session(), found),
    )


@bp.get("/<number>/figures")
@requires(FILES_COMPLAINTS)
def months(number: str) -> ResponseReturnValue:
    """What the complaints came to by month, and the targets with the most of them."""
    found, session = own(number), db.session()
    lines = figures.list_months(session, found.id, queries.today())
    return own_page("months", number, lines=lines, targets=figures.list_targets(session, found))


@bp.route("/<number>/proof", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form()
def proof(number: str) -> ResponseReturnValue:
    """Hand in further proof."""
    form, _own = ProofForm(), own(number)
    if form.validate_on_submit():
        actor = current_actor()
        with kept_for_one_record(form.uploads, network=network(), actor=actor) as files:
            organisations.hand_in_again(number, files, actor=actor)
        flash(_("The proof is with the office."), "success")
        return see_other(url_for(".organisation", number=number))
    return own_page("proof", number, form)


@bp.route("/<number>/seat", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form("region")
def seat(number: str) -> ResponseReturnValue:
    """Say where the seat is, if that was never said."""
    form = SeatForm()
    queries.demand_unsaid_seat(own(number))
    if form.validate_on_submit():
        organisations.say_seat(number, form.seat, actor=current_actor())
        flash(_("The office of that region looks after you now."), "success")
        return see_other(url_for(".organisation", number=number))
    return own_page("seat", number, form)


@bp.get("/<number>/people")
@requires(FILES_COMPLAINTS)
def members(number: str) -> ResponseReturnValue:
    """Who acts for an organisation."""
    found, actor = own(number), current_actor()
    return own_page("people", number, members=queries.list_members(db.session(), found.id, actor))


@bp.route("/<number>/people/add", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form()
def add_person(number: str) -> ResponseReturnValue:
    """Have somebody act for the organisation."""
    form, _own = PersonForm(), own(number)
    if form.validate_on_submit():
        handover = people.add_person(form.to_command(number), actor=current_actor())
        if handover is not None:
            return own_page("handover", number, handover=handover)
        flash(_("The person is asked, and acts for the organisation once they accept."), "success")
        return see_other(url_for(".members", number=number))
    return own_page("add_person", number, form)


@bp.post("/<number>/people/<uuid:member>/code")
@requires(FILES_COMPLAINTS)
def person_code(number: str, member: UUID) -> ResponseReturnValue:
    """A new one-time code for somebody who has not started yet."""
    handover = people.issue_code_to(number, member, actor=current_actor())
    return own_page("handover", number, handover=handover)


@bp.get("/<number>/people/<uuid:member>/end")
@requires(FILES_COMPLAINTS)
def ask_end_person(number: str, member: UUID) -> ResponseReturnValue:
    """Ask once before somebody is taken out, or leaves."""
    found = queries.get_leaving(db.session(), number, member, current_actor())
    return own_page("end_person", number, leaving=found)


@bp.post("/<number>/people/<uuid:member>/end")
@requires(FILES_COMPLAINTS)
def end_person(number: str, member: UUID) -> ResponseReturnValue:
    """Take somebody out, or leave."""
    if people.end_membership(number, member, actor=current_actor()):
        flash(_("You act for the organisation no more, and are signed out."), "success")
        return forget_visitor(make_response(see_other(url_for(".mine"))))
    flash(_("The person acts for the organisation no more."), "success")
    return see_other(url_for(".members", number=number))
