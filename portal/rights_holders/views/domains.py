"""Names on the net that an organisation says are its own."""

from uuid import UUID

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.infra.database import db
from portal.rights_holders.forms.organisations import DomainForm
from portal.rights_holders.queries.domains import get_domain, list_domains
from portal.rights_holders.service import domains as service
from portal.rights_holders.views.blueprint import FILES_COMPLAINTS, bp
from portal.rights_holders.views.shared import own, own_page, see_other
from portal.web.returned import returns_form


@bp.route("/<number>/domains", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form("domain")
def domains(number: str) -> ResponseReturnValue:
    """The names with the files to put there, and a form for a further one."""
    form, found = DomainForm(), own(number)
    if form.validate_on_submit():
        service.add_domain(number, form.domain.data, actor=current_actor())
        flash(_("Put the file there, and have it looked for."), "success")
        return see_other(url_for(".domains", number=number))
    return own_page("domains", number, form, lines=list_domains(db.session(), found.id))


@bp.get("/<number>/domains/<uuid:domain>/remove")
@requires(FILES_COMPLAINTS)
def ask_remove_domain(number: str, domain: UUID) -> ResponseReturnValue:
    """Ask once before a name is taken out."""
    found = get_domain(db.session(), number, domain, current_actor())
    return own_page("remove_domain", number, one=found)


@bp.post("/<number>/domains/<uuid:domain>/remove")
@requires(FILES_COMPLAINTS)
def remove_domain(number: str, domain: UUID) -> ResponseReturnValue:
    """Take a name out that was mistyped, or is somebody else's by now."""
    service.remove_domain(number, domain, actor=current_actor())
    flash(_("The name is taken out."), "success")
    return see_other(url_for(".domains", number=number))


@bp.post("/<number>/domains/<uuid:domain>/look")
@requires(FILES_COMPLAINTS)
def look(number: str, domain: UUID) -> ResponseReturnValue:
    """Have the file looked for."""
    service.ask_look(number, domain, actor=current_actor())
    flash(_("The file is being looked for. Load the page again in a minute."), "success")
    return see_other(url_for(".domains", number=number))
