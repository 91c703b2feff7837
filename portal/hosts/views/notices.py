"""Pages of notices to hosts, of those whose answer is waited for, and of the directory."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.casework.queries.board import viewpoint
from portal.hosts import forms
from portal.hosts.queries import contacts as directory
from portal.hosts.queries.addresses import get_online
from portal.hosts.queries.notices import DUE_KEY, list_awaited
from portal.hosts.queries.parties import list_unreached
from portal.hosts.service import contacts, notices
from portal.hosts.states import HostNoticeAction
from portal.hosts.views.blueprint import asked, bp, done, page, sent
from portal.infra.database import db
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


@bp.get("/host-notices")
@requires(Permission.WORK_CASES)
def awaited() -> ResponseReturnValue:
    """The notices without an answer, the nearest date first."""
    view, window = viewpoint(current_actor()), requested_window(*DUE_KEY)
    return page("awaited", lines=list_awaited(db.session(), view, window))


@bp.route("/cases/<number>/host-notices/<uuid:contact>/draft", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("words")
def draft(number: str, contact: UUID) -> ResponseReturnValue:
    """Draft a notice to a host about its addresses in the case."""
    directory.get_contact(db.session(), contact)
    shown, form = get_online(db.session(), number, current_actor()), forms.DraftForm()
    form.offer_addresses(shown.free_of(contact))
    form.offer_parties(list_unreached(db.session(), number, current_actor()))
    if sent(form):
        notices.draft_notice(form.to_command(number, contact), actor=current_actor())
        return done(number, _("The draft is in the file. It goes out once it is approved."))
    return asked(form, number, "draft", contact)


@bp.route(
    "/cases/<number>/host-notices/<int:notice>/"
    "<any('approve', 'withdraw', 'send', 'send-again'):action>",
    methods=["GET", "POST"],
)
@requires(Permission.WORK_CASES)
@returns_form()
def settle(number: str, notice: int, action: str) -> ResponseReturnValue:
    """Approve a notice, take it back, or say what became of one in doubt."""
    form = forms.PressForm()
    if sent(form):
        order = form.to_settle(number, notice, HostNoticeAction(action))
        notices.settle_notice(order, actor=current_actor())
        return done(number, _("Done, and on the file."))
    return asked(form, number, action, notice)


@bp.route("/cases/<number>/host-notices/<int:notice>/answer", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("words")
def answer(number: str, notice: int) -> ResponseReturnValue:
    """Write down what a host answered."""
    form = forms.AnswerForm()
    if sent(form):
        notices.record_host_answer(form.to_command(number, notice), actor=current_actor())
        return done(number, _("The answer is in the file."))
    return asked(form, number, "answer", notice)


@bp.get("/hosts")
@requires(Permission.WORK_CASES)
def contact_list() -> ResponseReturnValue:
    """The directory of hosts and platforms."""
    heads = may(current_actor(), Permission.HEAD_CASES)
    return page("contacts", contacts=directory.list_contacts(db.session()), heads=heads)


@bp.route("/hosts/add", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("domains")
def add_contact() -> ResponseReturnValue:
    """Put a host into the directory."""
    form = forms.ContactForm()
    if form.validate_on_submit():
        contacts.add_contact(form.to_command(), actor=current_actor())
        flash(_("The host is in the directory."), "success")
        return redirect(url_for("hosts.contact_list"), 303)
    return page("contact", status=form.http_status, form=form)


@bp.post("/hosts/<uuid:contact>/end")
@requires(Permission.HEAD_CASES)
def end_contact(contact: UUID) -> ResponseReturnValue:
    """Take a host out of the directory."""
    contacts.end_contact(contacts.EndContact(contact), actor=current_actor())
    flash(_("The host is out of the directory."), "success")
    return redirect(url_for("hosts.contact_list"), 303)
