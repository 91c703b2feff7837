"""The counter-notice on the page of a party."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, public
from portal.counter_notices.forms import CounterNoticeForm
from portal.counter_notices.queries import reading
from portal.counter_notices.service.filing import file_counter_notice, withdraw_counter_notice
from portal.counter_notices.states import CounterAction
from portal.decisions.door import ask_again, own_ticket
from portal.decisions.queries.parties import PartyPage, get_party_page, get_visited
from portal.decisions.service.access import begin_to_write
from portal.infra.database import db
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound
from portal.web.language import current_language
from portal.web.returned import returns_form

bp = Blueprint("counter_notices", __name__, url_prefix="/party/case")
bp.register_error_handler(NotFound, ask_again)


@bp.app_template_global("counter_notices_of")
def counter_notices_of(page: PartyPage) -> tuple[reading.CounterLine, ...]:
    """What a party filed, for its page."""
    return reading.list_of_party(db.session(), page.id)


@bp.app_template_global("takes_counter_notices")
def takes_counter_notices(page: PartyPage) -> bool:
    """Whether a party may file one."""
    return reading.takes_counter_notices(db.session(), page.number)


@bp.route("/counter-notice", methods=["GET", "POST"])
@public
@returns_form("text")
def write() -> ResponseReturnValue:
    """File a counter-notice."""
    ticket, actor = own_ticket(), current_actor()
    party, form = _party(), CounterNoticeForm()
    form.offer(current_place())
    form.suggest(reading.list_told_addresses(db.session(), party))
    if form.validate_on_submit():
        with kept_for_one_record(form.uploads, network=network(), actor=actor) as files:
            file_counter_notice(form.to_command(party, files), actor=actor)
        flash(_("Your counter-notice is with the office."), "success")
        return redirect(url_for("party.show"), code=303)
    begin_to_write(ticket, actor=actor)
    return _page(form)


@bp.get("/counter-notice/<int:number>/withdraw")
@public
def ask(number: int) -> ResponseReturnValue:
    """Ask once before a counter-notice is taken back; NotFound for what cannot be any more."""
    one = reading.get_of_party(db.session(), get_visited(db.session(), own_ticket()), number)
    if CounterAction.WITHDRAW not in one.open_actions:
        raise NotFound("counter-notice")
    return render_template("counter_notices/withdraw.html", one=one)


@bp.post("/counter-notice/<int:number>/withdraw")
@public
def withdraw(number: int) -> ResponseReturnValue:
    """Take a counter-notice back."""
    party = get_visited(db.session(), own_ticket())
    withdraw_counter_notice(party, number, actor=current_actor())
    flash(_("Your counter-notice is taken back."), "success")
    return redirect(url_for("party.show"), code=303)


def _party() -> UUID:
    """The party of this browser, whose matter takes counter-notices; NotFound otherwise."""
    party = get_visited(db.session(), own_ticket())
    if not takes_counter_notices(get_party_page(db.session(), party)):
        raise NotFound("counter-notice")
    return party


def _page(form: CounterNoticeForm) -> ResponseReturnValue:
    shown = {"place": current_place(), "language": current_language().tag}
    return render_template("counter_notices/write.html", form=form, **shown), form.http_status
