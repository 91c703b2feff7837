"""Pages of signing in, of one's own account, and of the administration of accounts."""

from io import BytesIO
from typing import Final
from uuid import UUID

import segno
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound as PageNotFound

from portal.access.guard import current_actor, public, requires
from portal.access.permissions import Permission
from portal.accounts import queries
from portal.accounts.forms import (
    AddPasskeyForm,
    ChangeAccountForm,
    ChangePasswordForm,
    CodeForm,
    CreateAccountForm,
    PasskeyForm,
    SignInForm,
    StartForm,
)
from portal.accounts.service import (
    administration,
    own_account,
    passkeys,
    second_person,
    sessions,
)
from portal.accounts.service.sign_in import check_password, check_time_code
from portal.accounts.sign_in import (
    current_session,
    half_way_session,
    network,
    own_session,
    requires_step_up,
    with_cookie,
    without_cookie,
)
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.web.navigation import offer_on_desk
from portal.web.redirects import local_path

bp = Blueprint("accounts", __name__, url_prefix="/desk")
offer_on_desk(bp, "account", _l("My account"), Permission.USE_DESK, order=900)
offer_on_desk(bp, "accounts", _l("Accounts"), Permission.MANAGE_ACCOUNTS, order=800)
offer_on_desk(bp, "waiting", _l("Roles to confirm"), Permission.CONFIRM_ACCOUNTS, order=810)

DESK: Final = "casework.desk"
CHANGED: Final = _l("Roles and department were changed; the person must sign in again.")
WAITS: Final = _l("What was taken away is gone at once; the rest waits for a second person.")


def _page(template: str, form: FlaskForm, **context: object) -> ResponseReturnValue:
    """A page with a form: 422 if it was sent and refused, with what was typed."""
    text = render_template(f"accounts/{template}.html", form=form, **context)
    return text, 422 if form.is_submitted() else 200


def _next() -> str:
    """Where to go after signing in: the page asked for, or the desk."""
    known = DESK in current_app.view_functions
    return local_path(request.args.get("next"), url_for(DESK) if known else "/desk")


def _to(address: str) -> Response:
    return make_response(redirect(address, code=303))


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """The first page: name and password."""
    form = SignInForm()
    if form.validate_on_submit():
        command = form.to_command(network(), current_session())
        opened = check_password(command, actor=Actor.public())
        if opened is not None:
            return with_cookie(
                _to(url_for(".second_factor", next=request.args.get("next"))), opened
            )
        form.refuse(_("The name or the password is not right"))
    return _page("sign_in", form)


@bp.route("/sign-in/second", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """The second page: a time code, or a passkey by script; sets one up where there is none."""
    met = half_way_session()
    factors = queries.factors_of(db.session(), met.account_id)
    if not factors.count:
        return _to(url_for(".time_code"))
    form = CodeForm()
    if form.validate_on_submit():
        opened = check_time_code(form.to_command(met.session_id, network()), actor=current_actor())
        if opened is not None:
            return with_cookie(redirect(_next(), code=303), opened)
        form.refuse(_("The code is not right, or was used already; wait for the next one"))
    return _page("second_factor", form, factors=factors)


@bp.post("/sign-in/passkey/options")
@public
def passkey_options() -> ResponseReturnValue:
    """What the browser needs to ask for a passkey, as JSON."""
    options = passkeys.ask_for_passkey(half_way_session().session_id, actor=current_actor())
    return Response(options, mimetype="application/json")


@bp.post("/sign-in/passkey")
@public
def passkey() -> ResponseReturnValue:
    """The answer of a passkey, at sign-in or at a step-up."""
    form = PasskeyForm()
    command = form.to_command(half_way_session().session_id, network())
    opened = passkeys.check_passkey(command, actor=current_actor()) if form.validate() else None
    if opened is not None:
        return with_cookie(redirect(_next(), code=303), opened)
    flash(_("The passkey was not accepted. Try again, or use a code."), "error")
    return _to(url_for(".second_factor", next=request.args.get("next")))


@bp.route("/step-up", methods=["GET", "POST"])
@requires(Permission.USE_DESK)
def step_up() -> ResponseReturnValue:
    """Show the second factor again before something that weighs more."""
    return second_factor()


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session, and every copy of its cookie."""
    met = current_session()
    if met is not None:
        sessions.sign_out(met.session_id, actor=met.actor)
    return without_cookie(_to(url_for(".sign_in")))


@bp.route("/start", methods=["GET", "POST"])
@public
def start() -> ResponseReturnValue:
    """The first sign-in, or the one after a reset, with a one-time code."""
    form = StartForm()
    if form.validate_on_submit():
        opened = own_account.start_account(form.to_command(network()), actor=Actor.public())
        if opened is not None:
            return with_cookie(_to(url_for(".time_code")), opened)
        form.refuse(_("The name or the one-time code is not right, or the code has run out"))
    return _page("start", form)


@bp.get("/account")
@requires(Permission.USE_DESK)
def account() -> ResponseReturnValue:
    """One's own account: sessions, password, second factors."""
    own, session = own_session(), db.session()
    return render_template(
        "accounts/account.html",
        own=own,
        sessions=queries.list_sessions(session, own.account_id),
        factors=queries.factors_of(session, own.account_id),
        passkeys_possible=passkeys.relying_party() is not None,
    )


@bp.post("/account/sessions/<uuid:session_id>/end")
@requires(Permission.USE_DESK)
def end_session(session_id: UUID) -> ResponseReturnValue:
    """End another of one's own sessions."""
    sessions.end_session(session_id, actor=current_actor())
    flash(_("The session was ended."), "success")
    return _to(url_for(".account"))


@bp.route("/account/password", methods=["GET", "POST"])
@requires(Permission.USE_DESK)
def password() -> ResponseReturnValue:
    """Change the password."""
    own, form = own_session(), ChangePasswordForm()
    if form.validate_on_submit():
        opened = own_account.change_password(form.to_command(own, network()), actor=own.actor)
        if opened is not None:
            answer = with_cookie(_to(url_for(".account")), opened)
            flash(_("The password was changed. All other sessions were ended."), "success")
            return answer
        form.refuse(_("The present password is not right"))
    return _page("password", form, own=own)


@bp.route("/account/time-code", methods=["GET", "POST"])
@public
def time_code() -> ResponseReturnValue:
    """Set up an authenticator app: the first one half-way through signing in, a new one fresh."""
    met, form = half_way_session(), CodeForm()
    if form.validate_on_submit():
        command = form.to_confirmation(met.session_id, network())
        opened = own_account.confirm_time_code(command, actor=met.actor)
        if opened is not None:
            answer = with_cookie(_to(url_for(".account")), opened)
            flash(_("The authenticator app is set up."), "success")
            return answer
        form.refuse(_("The code is not right; check the clock of your phone and try the next one"))
    secret = own_account.find_proposed_secret(db.session(), met.account_id)
    return _page("time_code", form, secret=secret)


@bp.post("/account/time-code/begin")
@public
def begin_time_code() -> ResponseReturnValue:
    """Make a new secret; the one in use stays until the new one is confirmed."""
    met = half_way_session()
    own_account.begin_time_code(met.session_id, actor=met.actor)
    return _to(url_for(".time_code"))


@bp.get("/account/time-code.svg")
@public
def time_code_picture() -> ResponseReturnValue:
    """The secret being set up, as a QR code; gone once it is in use."""
    met, target = half_way_session(), BytesIO()
    uri = own_account.find_proposed_uri(db.session(), met.account_id, met.name)
    if uri is None:
        raise PageNotFound
    segno.make(uri, error="m").save(target, kind="svg", scale=5, svgclass=None, lineclass=None)
    return Response(target.getvalue(), mimetype="image/svg+xml")


@bp.route("/account/passkeys/add", methods=["GET", "POST"])
@requires(Permission.USE_DESK)
@requires_step_up
def add_passkey() -> ResponseReturnValue:
    """Add a passkey; the script of the page talks to the device."""
    own, form = own_session(), AddPasskeyForm()
    if form.validate_on_submit():
        passkeys.add_passkey(form.to_addition(own.session_id), actor=own.actor)
        flash(_("The passkey was added."), "success")
        return _to(url_for(".account"))
    return _page("add_passkey", form)


@bp.post("/account/passkeys/options")
@requires(Permission.USE_DESK)
@requires_step_up
def new_passkey_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey, as JSON."""
    options = passkeys.ask_for_new_passkey(own_session().session_id, actor=current_actor())
    return Response(options, mimetype="application/json")


@bp.post("/account/passkeys/<uuid:passkey_id>/remove")
@requires(Permission.USE_DESK)
@requires_step_up
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Remove one of one's own passkeys."""
    passkeys.remove_passkey(passkey_id, own_session().session_id, actor=current_actor())
    flash(_("The passkey was removed."), "success")
    return _to(url_for(".account"))


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
        return _to(url_for(".show", account_id=account_id))
    return _page("create", form)


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
        return _to(url_for(".show", account_id=account_id))
    waiting = queries.list_waiting(db.session(), account_id)
    return _page("show", form, account=shown, waiting=waiting)


@bp.get("/accounts/waiting")
@requires(Permission.CONFIRM_ACCOUNTS)
def waiting() -> ResponseReturnValue:
    """The changes of roles that wait for a second person."""
    return render_template("accounts/waiting.html", waiting=queries.list_waiting(db.session()))


@bp.post("/accounts/waiting/<uuid:request_id>/<any(confirm, refuse):answer>")
@requires(Permission.CONFIRM_ACCOUNTS)
@requires_step_up
def decide(request_id: UUID, answer: str) -> ResponseReturnValue:
    """Confirm or refuse a change of roles."""
    decision = second_person.DecideRoles(request_id, answer == "confirm")
    second_person.decide_roles(decision, actor=current_actor())
    flash(_("Confirmed.") if decision.accepted else _("Refused."), "success")
    return _to(url_for(".waiting"))


@bp.post("/accounts/<uuid:account_id>/disable")
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def disable(account_id: UUID) -> ResponseReturnValue:
    """Close an account and end its sessions."""
    administration.disable_account(account_id, actor=current_actor())
    flash(_("The account was closed; its sessions were ended."), "success")
    return _to(url_for(".show", account_id=account_id))


@bp.post("/accounts/<uuid:account_id>/enable")
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def enable(account_id: UUID) -> ResponseReturnValue:
    """Open a closed account again."""
    administration.enable_account(account_id, actor=current_actor())
    flash(_("The account is open again."), "success")
    return _to(url_for(".show", account_id=account_id))


@bp.post("/accounts/<uuid:account_id>/code")
@requires(Permission.MANAGE_ACCOUNTS)
@requires_step_up
def issue_code(account_id: UUID) -> ResponseReturnValue:
    """Show a one-time code, once: kept nowhere, it could not be shown after a redirect."""
    handover = administration.issue_one_time_code(account_id, actor=current_actor())
    return render_template("accounts/handover.html", handover=handover)
