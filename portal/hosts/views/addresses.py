"""Pages of the addresses of a case and of what was captured of them."""

from uuid import UUID

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.evidence.names import inert_headers
from portal.hosts.forms import AddAddressForm
from portal.hosts.queries.addresses import get_capture, get_online
from portal.hosts.service import addresses, capturing
from portal.hosts.views.blueprint import asked, bp, done, page, pressed, sent
from portal.infra.database import db
from portal.web.returned import returns_form


@bp.get("/cases/<number>/addresses")
@requires(Permission.WORK_CASES)
def online(number: str) -> ResponseReturnValue:
    """Everything of a case on the net: addresses, captures, notices."""
    shown = get_online(db.session(), number, current_actor())
    return page("online", shown=shown, facts=shown.facts)


@bp.route("/cases/<number>/addresses/add", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("url")
def add_address(number: str) -> ResponseReturnValue:
    """Put an address into a case."""
    form = AddAddressForm()
    if sent(form):
        addresses.add_address(form.to_command(number), actor=current_actor())
        return done(number, _("The address is in the case."))
    return asked(form, number, "add")


@bp.post("/cases/<number>/addresses/take-over")
@requires(Permission.WORK_CASES)
def take_over(number: str) -> ResponseReturnValue:
    """Put the addresses of the reports of a case into it."""
    order = pressed().to_take_over(number)
    count = addresses.take_over_addresses(order, actor=current_actor())
    said = ngettext("%(num)d address was new.", "%(num)d addresses were new.", count)
    return done(number, said)


@bp.post("/cases/<number>/addresses/<uuid:address>/strike")
@requires(Permission.WORK_CASES)
def strike(number: str, address: UUID) -> ResponseReturnValue:
    """Strike an address out."""
    addresses.strike_address(pressed().to_strike(number, address), actor=current_actor())
    return done(number, _("The address is struck out."))


@bp.post("/cases/<number>/addresses/<uuid:address>/capture")
@requires(Permission.WORK_CASES)
def capture(number: str, address: UUID) -> ResponseReturnValue:
    """Have an address captured."""
    capturing.ask_capture(pressed().to_capture(number, address), actor=current_actor())
    return done(number, _("The address is being captured. Reload the page in a moment."))


@bp.get("/cases/<number>/captures/<uuid:which>")
@requires(Permission.WORK_CASES)
def show_capture(number: str, which: UUID) -> ResponseReturnValue:
    """One capture: the way there, the hashes, and who had it in hand."""
    shown = get_capture(db.session(), number, which, current_actor())
    return page("capture", shown=shown, facts=shown.facts)


@bp.get("/cases/<number>/captures/<uuid:which>/<any('archive', 'text', 'picture'):part>")
@requires(Permission.WORK_CASES)
def open_part(number: str, which: UUID, part: str) -> ResponseReturnValue:
    """A part of a capture as a file; who took it is in its custody."""
    found = capturing.open_capture(number, which, part, actor=current_actor())
    return Response(found.opened.chunks, headers=inert_headers(found.media_type, found.name))
