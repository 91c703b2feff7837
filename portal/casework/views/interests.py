"""What staff declare about their own interests, and giving back a report for one (F13)."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.interest_forms import DeclareForm, StepAsideForm
from portal.casework.queries import interests
from portal.casework.queries.board import viewpoint
from portal.casework.service import interests as service
from portal.casework.views.blueprint import act, bp, page
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.navigation import offer_on_desk

offer_on_desk(bp, "own_interests", _l("My interests"), Permission.READ_REPORTS, order=890)
offer_on_desk(bp, "declared", _l("Declared interests"), Permission.OVERSEE_INTERESTS, order=790)


@bp.route("/account/interests", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def own_interests() -> ResponseReturnValue:
    """What one has declared, and declaring more."""
    form = DeclareForm().offer(current_place())
    if form.validate_on_submit():
        service.declare_interest(form.to_command(), actor=current_actor())
        flash(_("Declared. Reports that name it stay away from you."), "success")
        return redirect(url_for("casework.own_interests"), 303)
    view = viewpoint(current_actor())
    lines = interests.list_own_interests(db.session(), view.actor, view.today)
    return page("interests", status=422 if form.is_submitted() else 200, form=form, lines=lines)


@bp.post("/account/interests/<uuid:interest_id>/end")
@requires(Permission.READ_REPORTS)
def end_interest(interest_id: UUID) -> ResponseReturnValue:
    """Have a declaration count no more."""
    service.end_interest(interest_id, actor=current_actor())
    flash(_("It counts no more. Reports that were kept from you stay so."), "success")
    return redirect(url_for("casework.own_interests"), 303)


@bp.get("/interests")
@requires(Permission.OVERSEE_INTERESTS)
def declared() -> ResponseReturnValue:
    """Who has declared how much; not what."""
    view = viewpoint(current_actor())
    return page("declared", lines=interests.count_declared(db.session(), view.actor, view.today))


@bp.route("/reports/<reference>/step-aside", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def step_aside(reference: str) -> ResponseReturnValue:
    """Give a report back because one has an interest in it."""
    said = _("You have stepped aside. The report is with your colleagues.")
    return act("step_aside", StepAsideForm(), reference, service.step_aside, said)
