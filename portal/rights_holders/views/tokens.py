"""Tokens for programs of an organisation."""

from uuid import UUID

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.accounts.sign_in import requires_step_up
from portal.infra.database import db
from portal.rights_holders.forms.tokens import TokenForm
from portal.rights_holders.queries.tokens import get_open_token, list_tokens
from portal.rights_holders.service import tokens as service
from portal.rights_holders.views.blueprint import FILES_COMPLAINTS, bp
from portal.rights_holders.views.shared import own_page, see_other
from portal.web.returned import returns_form


@bp.get("/<number>/tokens")
@requires(FILES_COMPLAINTS)
def tokens(number: str) -> ResponseReturnValue:
    """The tokens of an organisation, for its owners."""
    found = list_tokens(db.session(), number, current_actor())
    return own_page("tokens", number, tokens=found)


@bp.route("/<number>/tokens/add", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@requires_step_up
@returns_form("name")
def issue_token(number: str) -> ResponseReturnValue:
    """Make a token; the page that answers shows it, once."""
    form, _own = TokenForm(), list_tokens(db.session(), number, current_actor())
    if form.validate_on_submit():
        token = service.issue_token(form.to_command(number), actor=current_actor())
        return own_page("token", number, token=token)
    return own_page("add_token", number, form)


@bp.get("/<number>/tokens/<uuid:token>/revoke")
@requires(FILES_COMPLAINTS)
def ask_revoke_token(number: str, token: UUID) -> ResponseReturnValue:
    """Ask once before a token is ended."""
    return own_page(
        "end_token", number, one=get_open_token(db.session(), number, token, current_actor())
    )


@bp.post("/<number>/tokens/<uuid:token>/revoke")
@requires(FILES_COMPLAINTS)
def revoke_token(number: str, token: UUID) -> ResponseReturnValue:
    """End a token."""
    service.revoke_token(number, token, actor=current_actor())
    flash(_("The token opens nothing any more."), "success")
    return see_other(url_for(".tokens", number=number))
