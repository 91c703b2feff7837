"""Complaints that come in a sheet: sent, declared, and watched while they are filed."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.infra.database import db
from portal.kernel.page import Window
from portal.rights_holders.forms.rows import SheetForm
from portal.rights_holders.queries import complaints as queries
from portal.rights_holders.queries.complaints import Filters
from portal.rights_holders.service import complaints as service
from portal.rights_holders.states import ComplaintState, OrganisationState
from portal.rights_holders.views.blueprint import FILES_COMPLAINTS, bp
from portal.rights_holders.views.shared import own, own_page, see_other
from portal.web.pagination import requested_window
from portal.web.progress import watched
from portal.web.returned import returns_form


@bp.get("/<number>/sheets")
@requires(FILES_COMPLAINTS)
def sheets(number: str) -> ResponseReturnValue:
    """The sheets that an organisation sent."""
    window = requested_window(*queries.LIST_KEY)
    return own_page("sheets", number, lines=queries.list_sheets(db.session(), own(number), window))


@bp.route("/<number>/sheets/add", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form()
def send_sheet(number: str) -> ResponseReturnValue:
    """Send a sheet of complaints."""
    form, _own = SheetForm(), own(number)
    if form.validate_on_submit():
        made = service.send_sheet(form.to_command(number), actor=current_actor())
        ignored = form.sheet.ignored if form.sheet else ()
        if ignored:
            flash(_("Columns that we do not know were left out: %(count)d.", count=len(ignored)))
        return see_other(url_for(".sheet", number=number, sheet=made))
    return own_page("send_sheet", number, form)


@bp.get("/<number>/sheets/<int:sheet>")
@requires(FILES_COMPLAINTS)
def sheet(number: str, sheet: int) -> ResponseReturnValue:
    """A sheet: how far its rows are, and what is wrong with which."""
    found = own(number)
    shown = queries.get_sheet_page(db.session(), found, sheet)
    wrong = Filters(ComplaintState.NEEDS_INFORMATION, sheet=sheet, oldest_first=True)
    lines = queries.list_complaints(db.session(), found, Window(limit=100), wrong)
    page = own_page("sheet", number, sheet=shown, wrong=lines.items)
    return watched(
        page, running=bool(shown.under_way) and found.state is OrganisationState.VERIFIED
    )


@bp.post("/<number>/sheets/<int:sheet>/declare")
@requires(FILES_COMPLAINTS)
def declare(number: str, sheet: int) -> ResponseReturnValue:
    """Declare what is declared, and have the complete rows filed."""
    count = service.declare_sheet(number, sheet, actor=current_actor())
    flash(_("%(count)d complaints are being filed.", count=count), "success")
    return see_other(url_for(".sheet", number=number, sheet=sheet))
