"""Pages of the administration of accounts, and of the second person who confirms."""

from typing import Final
from uuid import UUID

from flask import (
    flash,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.accounts import queries
from portal.accounts.forms import (
    ChangeAccountForm,
    CreateAccountForm,
)
from portal.accounts.service import (
    administration,
    second_person,
)
from portal.accounts.sign_in import (
    requires_step_up,
)
from portal.accounts.views.blueprint import bp, page, to
from portal.infra.database import db

CHANGED: Final = _l("Roles and department were changed; the person must sign in again.")
OPEN_AGAIN: Final = _l("The account is open again.")
OPENING_WAITS: Final = _l("The account opens once a second person has confirmed it.")
WAITS: Final = _l("What was taken away is gone at once; the rest waits for a second person.")


@bp.get("/accounts")
@requires(Permission.MANAGE_ACCOUNTS)
def accounts() -> ResponseReturnValue:
    """All accounts."""
    return render_template("accounts/accounts.html", accounts=queries.list_accounts(db.session()))


@bp.route("/accounts/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def create() -> ResponseReturnValue:
    """Make an account."""
    form = CreateAccountForm()
    form.offer_roles()
    if form.validate_on_submit():
        account_id = administration.create_account(form.to_new(), actor=current_actor())
        flash(_("The account was made. Give the person a one-time code."), "success")
        return to(url_for(".show", account_id=account_id))
    return page("create", form)


@bp.route("/accounts/<uuid:account_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def show(account_id: UUID) -> ResponseReturnValue:
    """One account: its roles and department, to be changed."""
    shown = queries.get_account(db.session(), account_id)
    form = ChangeAccountForm(obj=shown)
    form.offer_roles()
    if form.validate_on_submit():
        in_force = administration.change_account(form.to_command(account_id), actor=current_actor())
        flash(str(CHANGED if in_force else WAITS), "success")
        return to(url_for(".show", account_id=account_id))
    waiting = queries.list_waiting(db.session(), account_id)
    ask_first = queries.code_needs_second(db.session(), shown)
    return page("show", form, account=shown, waiting=waiting, ask_first=ask_first)


@bp.get("/accounts/waiting")
@requires(Permission.CONFIRM_ACCOUNTS)
def waiting() -> ResponseReturnValue:
    """The changes of accounts that wait for a second person."""
    return render_template("accounts/waiting.html", waiting=queries.list_waiting(db.session()))


@bp.post("/accounts/waiting/<uuid:request_id>/<any(confirm, refuse):answer>")
@requires(Permission.CONFIRM_ACCOUNTS)
@requires_step_up
def decide(request_id: UUID, answer: str) -> ResponseReturnValue:
    """Confirm or refuse a change of an account."""
    decision = second_person.DecideRoles(request_id, answer == "confirm")
    second_person.decide_roles(decision, actor=current_actor())
    flash(_("Confirmed.") if decision.accepted else _("Refused."), "success")
    return to(url_for(".waiting"))


@bp.post("/accounts/<uuid:account_id>/<any(disable, enable):wish>")
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def open_or_close(account_id: UUID, wish: str) -> ResponseReturnValue:
    """Close an account and end its sessions, or open it again."""
    if wish == "enable":
        opened = administration.enable_account(account_id, actor=current_actor())
        flash(str(OPEN_AGAIN if opened else OPENING_WAITS), "success")
    else:
        administration.disable_account(account_id, actor=current_actor())
        flash(_("The account was closed; its sessions were ended."), "success")
    return to(url_for(".show", account_id=account_id))


@bp.post("/accounts/<uuid:account_id>/code/ask")
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def ask_for_code(account_id: UUID) -> ResponseReturnValue:
    """Ask a second person for a new one-time code."""
    administration.ask_for_code(account_id, actor=current_actor())
    flash(_("A second person has to confirm the one-time code; then give it here."), "success")
    return to(url_for(".show", account_id=account_id))


@bp.post("/accounts/<uuid:account_id>/code")
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def issue_code(account_id: UUID) -> ResponseReturnValue:
    """Show a one-time code, once: kept nowhere, it could not be shown after a redirect."""
    handover = administration.issue_one_time_code(account_id, actor=current_actor())
    return render_template("accounts/handover.html", handover=handover)
