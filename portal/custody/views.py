"""The page of the two groups: who is in them, one's own passphrase, and who wants to join."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.accounts.sign_in import requires_step_up
from portal.custody import forms, queries
from portal.custody.guarding import tries
from portal.custody.service import members
from portal.infra.database import db
from portal.web.forms import PortalForm
from portal.web.navigation import offer_on_desk
from portal.web.returned import returns_form

bp = Blueprint("custody", __name__, url_prefix="/desk/custody")
offer_on_desk(bp, "groups", _l("Custodians"), Permission.BE_CUSTODIAN, order=720)


@bp.get("")
@requires(Permission.BE_CUSTODIAN)
def groups() -> ResponseReturnValue:
    """Both groups with the fingerprints of their keys, and their members."""
    session, actor = db.session(), current_actor()
    return render_template(
        "custody/groups.html",
        groups=queries.list_groups(session),
        people=queries.list_custodians(session, actor.id),
        own=queries.find_member(session, actor.id),
    )


@bp.route("/enrol", methods=["GET", "POST"])
@tries(Permission.BE_CUSTODIAN, "custodian", "enrol")
@requires_step_up
@returns_form()
def enrol() -> ResponseReturnValue:
    """Make one's own key."""
    form = forms.EnrolForm()
    if form.validate_on_submit():
        members.enrol(form.to_command(), actor=current_actor())
        return _done(_("Your key is made. It opens nothing until both groups have let you in."))
    return _page(form, "enrol")


@bp.route("/passphrase", methods=["GET", "POST"])
@tries(Permission.BE_CUSTODIAN, "custodian", "change-passphrase")
@requires_step_up
@returns_form()
def passphrase() -> ResponseReturnValue:
    """Change one's own passphrase."""
    form = forms.PassphraseForm()
    if form.validate_on_submit():
        members.change_passphrase(form.to_command(), actor=current_actor())
        return _done(_("The passphrase was changed."))
    return _page(form, "passphrase")


@bp.route("/<uuid:custodian_id>/approve", methods=["GET", "POST"])
@tries(Permission.BE_CUSTODIAN, "custodian", "approve", "custodian_id")
@requires_step_up
@returns_form()
def approve(custodian_id: UUID) -> ResponseReturnValue:
    """Agree that somebody joins the other group."""
    form = forms.VouchForm()
    if form.validate_on_submit():
        members.approve(form.to_command(custodian_id), actor=current_actor())
        return _done(_("Approved. A member of their own group lets them in."))
    return _page(form, "approve")


@bp.route("/<uuid:custodian_id>/admit", methods=["GET", "POST"])
@tries(Permission.BE_CUSTODIAN, "custodian", "admit", "custodian_id")
@requires_step_up
@returns_form()
def admit(custodian_id: UUID) -> ResponseReturnValue:
    """Hand the keys of the group over to somebody."""
    form = forms.VouchForm()
    if form.validate_on_submit():
        members.admit(form.to_command(custodian_id), actor=current_actor())
        return _done(_("They are a member now, and hold every version of the key."))
    return _page(form, "admit")


@bp.post("/<uuid:custodian_id>/leave")
@tries(Permission.BE_CUSTODIAN, "custodian", "leave", "custodian_id")
@requires_step_up
def leave(custodian_id: UUID) -> ResponseReturnValue:
    """Take every key from somebody."""
    members.leave(custodian_id, actor=current_actor())
    return _done(_("Gone. Have the operator make new keys for what comes from now on."))


def _page(form: PortalForm, act: str) -> ResponseReturnValue:
    return render_template("custody/act.html", form=form, act=act), form.http_status


def _done(words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for("custody.groups"), 303)
