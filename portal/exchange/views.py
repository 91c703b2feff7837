"""Pages of the keys of partners, and of the export of decisions."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.accounts.sign_in import requires_step_up
from portal.evidence.names import inert_headers
from portal.exchange import forms
from portal.exchange.queries import list_keys
from portal.exchange.service import keys
from portal.exchange.service.exporting import ExportDecisions, export_decisions
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.returned import returns_form

bp = Blueprint("exchange", __name__, url_prefix="/desk")
offer_on_desk(bp, "partner_keys", _l("Keys of partners"), Permission.MANAGE_PARTNERS, order=720)
offer_on_desk(bp, "export", _l("Statements of reasons"), Permission.HEAD_CASES, order=28)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    language = current_language().tag
    name = f"exchange/{template}.html"
    return render_template(name, place=current_place(), language=language, **context), status


@bp.get("/partner-keys")
@requires(Permission.MANAGE_PARTNERS)
def partner_keys() -> ResponseReturnValue:
    """The keys of partners."""
    return page("keys", keys=list_keys(db.session()))


@bp.route("/partner-keys/issue", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTNERS)
@requires_step_up
@returns_form()
def issue() -> ResponseReturnValue:
    """Issue a key; the page that answers shows it, once."""
    form = forms.KeyForm()
    form.offer(current_place(), current_language().tag)
    if form.validate_on_submit():
        return page("key", key=keys.issue_key(form.to_command(), actor=current_actor()))
    return page("issue", status=form.http_status, form=form)


@bp.post("/partner-keys/<uuid:key>/revoke")
@requires(Permission.MANAGE_PARTNERS)
def revoke(key: UUID) -> ResponseReturnValue:
    """End a key."""
    keys.revoke_key(forms.RevokeForm().to_command(key), actor=current_actor())
    flash(_("The key opens nothing any more."), "success")
    return redirect(url_for("exchange.partner_keys"), 303)


@bp.route("/statements", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form()
def export() -> ResponseReturnValue:
    """Decisions as statements of reasons, in the fields of the DSA transparency database."""
    form = forms.ExportForm()
    if form.validate_on_submit():
        days, language = (form.first.data, form.last.data), current_language().tag
        order = ExportDecisions(*days, language, form.form.data)
        made = export_decisions(order, actor=current_actor())
        return Response(made.content, headers=inert_headers(made.media_type, made.name))
    return page("export", status=form.http_status, form=form)
