"""The blueprint of accounts, and what its pages share."""

from typing import Final

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from portal.access.permissions import Permission
from portal.kernel.actor import Actor, ActorKind
from portal.web.navigation import offer_on_desk
from portal.web.redirects import local_path

bp = Blueprint("accounts", __name__, url_prefix="/desk")
offer_on_desk(bp, "account", _l("My account"), Permission.KEEP_ACCOUNT, order=900)
offer_on_desk(bp, "accounts", _l("Accounts"), Permission.MANAGE_ACCOUNTS, order=800)
offer_on_desk(bp, "waiting", _l("Accounts to confirm"), Permission.CONFIRM_ACCOUNTS, order=810)

# Where people begin: those of the office, and those of rights-holders.
DESK: Final = "casework.desk"
OUTSIDE: Final = "rights.mine"


def page(template: str, form: FlaskForm, **context: object) -> ResponseReturnValue:
    """A page with a form: 422 if it was sent and refused, with what was typed."""
    text = render_template(f"accounts/{template}.html", form=form, **context)
    return text, 422 if form.is_submitted() else 200


def where_to(actor: Actor) -> str:
    """Where to go after signing in: the page asked for, or where the person begins."""
    home = OUTSIDE if actor.kind is ActorKind.PUBLIC else DESK
    known = home in current_app.view_functions
    return local_path(request.args.get("next"), url_for(home) if known else "/desk")


def to(address: str) -> Response:
    """Lead to a page after something was done."""
    return make_response(redirect(address, code=303))
