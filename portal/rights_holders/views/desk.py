"""Organisations on the desk: verified or refused, and what stands behind a complaint."""

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.rights_holders.forms.organisations import RefuseForm
from portal.rights_holders.queries import desk as queries
from portal.rights_holders.service import organisations, people
from portal.rights_holders.service.opening import open_proof
from portal.rights_holders.states import OrganisationState
from portal.rights_holders.views.shared import page, see_other
from portal.web.forms import read_version
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("organisations", __name__, url_prefix="/desk")
VERIFIES: Final = Permission.VERIFY_ORGANISATIONS
offer_on_desk(bp, "listed", _l("Rights-holders"), VERIFIES, order=65)


@bp.app_template_global("is_of_rights_holder")
def _is_of_rights_holder(report_id: UUID) -> bool:
    """Whether a report is the complaint of a rights-holder."""
    return queries.is_complaint(db.session(), report_id)


@bp.get("/organisations")
@requires(VERIFIES)
def listed() -> ResponseReturnValue:
    """Who waits to be verified; or all."""
    every = request.args.get("list") == "all"
    state = None if every else OrganisationState.WAITING
    window = requested_window(*queries.LIST_KEY)
    lines = queries.list_organisations(db.session(), current_actor(), window, state)
    return page("desk_list", lines=lines, every=every)


@bp.get("/organisations/<number>")
@requires(VERIFIES)
def show(number: str) -> ResponseReturnValue:
    """One organisation with what was handed in."""
    return page("desk_organisation", one=_get(number))


@bp.post("/organisations/<number>/verify")
@requires(VERIFIES)
def verify(number: str) -> ResponseReturnValue:
    """Find the proof good."""
    seen = read_version(request.form.get("seen"))
    organisations.verify_organisation(number, seen, actor=current_actor())
    flash(_("Verified. The organisation may file complaints now."), "success")
    return see_other(url_for(".listed"))


@bp.route("/organisations/<number>/refuse", methods=["GET", "POST"])
@requires(VERIFIES)
@returns_form("text")
def refuse(number: str) -> ResponseReturnValue:
    """Refuse it, or trust it no more."""
    form, one = RefuseForm(), _get(number)
    if form.validate_on_submit():
        organisations.refuse_organisation(form.to_command(number), actor=current_actor())
        flash(_("Refused. The organisation reads why."), "success")
        return see_other(url_for(".show", number=number))
    form.see(one.version)
    return page("desk_refuse", form, one=one)


@bp.get("/organisations/<number>/files/<uuid:evidence_id>")
@requires(VERIFIES)
def handed_in(number: str, evidence_id: UUID) -> ResponseReturnValue:
    """A file that was handed in."""
    opened = organisations.open_handed_in(number, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "original")


@bp.post("/organisations/<number>/people/<uuid:member>/code")
@requires(VERIFIES)
def code(number: str, member: UUID) -> ResponseReturnValue:
    """A new one-time code for somebody who lost password or app."""
    handover = people.issue_code_to(number, member, actor=current_actor())
    return render_template("rights_holders/desk_code.html", handover=handover, number=number)


@bp.get("/reports/<reference>/rights-holder")
@requires(Permission.READ_REPORTS)
def behind(reference: str) -> ResponseReturnValue:
    """Who filed a complaint, for which work, and the proof."""
    found = queries.get_behind(db.session(), reference, current_actor())
    return page("behind", behind=found, reference=reference)


@bp.get("/reports/<reference>/rights-holder/<uuid:evidence_id>")
@requires(Permission.OPEN_ORIGINALS)
def proof(reference: str, evidence_id: UUID) -> ResponseReturnValue:
    """A file that proves the right in the work."""
    opened = open_proof(reference, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "original")


def _get(number: str) -> queries.OrganisationPage:
    return queries.get_organisation_page(db.session(), number, current_actor())
