"""Whose page it is: what every page under a receipt code begins with."""

from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access.guard import current_actor
from portal.access.permissions import Permission, may
from portal.feedback import service, tickets
from portal.infra.database import db
from portal.infra.visits import Ticket
from portal.kernel.errors import NotFound
from portal.web.cookies import read_cookie
from portal.web.errors import error_page, refusal_for, typed_text

COOKIE: Final = "track"
_OF_ORGANISATIONS: Final = frozenset({"organisation", "complaint"})


def closed(gone: NotFound) -> ResponseReturnValue:
    """Without a ticket, or with an old one, ask for the code again; give back what was typed.

    Whoever came by an organisation of theirs never had a code: signed out, they sign in again, and
    are led back to the complaint; signed in, it is not there for them.
    """
    typed, actor, by_code = typed_text(), current_actor(), gone.code not in _OF_ORGANISATIONS
    if not by_code and actor.id is not None:
        return error_page(refusal_for(gone)), 404
    files = may(actor, Permission.FILE_COMPLAINTS)
    if typed or files or not by_code:
        shown = {"typed": typed, "by_code": by_code, "files": files, "back": _back()}
        return render_template("feedback/closed.html", **shown), 404
    flash(gettext("The page is closed after half an hour. Enter the code to open it again."))
    if request.method == "POST":
        flash(gettext("What you sent last was not received. Please send it again."), "error")
    return redirect(url_for("feedback.track"), code=303)


def _back() -> str:
    """Where somebody of an organisation opens the report again: the complaint, or all of theirs."""
    at = tickets.find_way_back(db.session(), own_ticket())
    if at is None:
        return url_for("rights.mine")
    return url_for("rights.complaint", number=at.organisation, complaint=at.number)


def own_ticket() -> Ticket:
    """The ticket of this browser."""
    return Ticket(read_cookie(COOKIE))


def own_report(*, writing: bool = False) -> UUID:
    """The report the ticket of this browser opens; a page to write on keeps it open longer."""
    ticket = own_ticket()
    report_id = tickets.get_tracked(db.session(), ticket, current_actor())
    if writing and request.method == "GET":
        service.begin_to_write(ticket, actor=current_actor())
    return report_id
