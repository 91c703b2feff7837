"""How pages of a party know whose they are: a ticket in a cookie; without it, the code again."""

from datetime import timedelta
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.infra.visits import Ticket
from portal.kernel.errors import PortalError
from portal.web.cookies import read_cookie
from portal.web.errors import typed_text

COOKIE: Final = "party"
# How long the browser may keep the ticket; the server ends it earlier.
COOKIE_LASTS: Final = timedelta(hours=4)


def own_ticket() -> Ticket:
    """The ticket of this browser."""
    return Ticket(read_cookie(COOKIE))


def ask_again(_gone: PortalError) -> ResponseReturnValue:
    """Without a ticket, or with an old one, ask for the code again; give back what was typed."""
    if typed := typed_text():
        return render_template("decisions/party_closed.html", typed=typed), 404
    flash(gettext("The page is closed after half an hour. Enter the code to open it again."))
    if request.method == "POST":
        flash(gettext("What you sent last was not received. Please send it again."), "error")
    return redirect(url_for("party.enter"), code=303)
