"""Pages of signing in and out, and of starting an account."""

from flask import (
    Response,
    flash,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, public, requires
from portal.access.permissions import Permission
from portal.accounts import queries
from portal.accounts.forms import (
    CodeForm,
    PasskeyForm,
    SignInForm,
    StartForm,
)
from portal.accounts.service import (
    own_account,
    passkeys,
    sessions,
)
from portal.accounts.service.sign_in import check_password, check_time_code
from portal.accounts.sign_in import (
    current_session,
    half_way_session,
    network,
    with_cookie,
    without_cookie,
)
from portal.accounts.views.blueprint import bp, page, to, where_to
from portal.infra.database import db
from portal.kernel.actor import Actor


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """The first page: name and password."""
    form = SignInForm()
    if form.validate_on_submit():
        command = form.to_command(network(), current_session())
        opened = check_password(command, actor=Actor.public())
        if opened is not None:
            return with_cookie(to(url_for(".second_factor", next=request.args.get("next"))), opened)
        form.refuse(_("The name or the password is not right"))
    return page("sign_in", form)


@bp.route("/sign-in/second", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """The second page: a time code, or a passkey by script; a start leads to setting one up."""
    met = half_way_session()
    if met.starting:
        return to(url_for(".time_code"))
    factors = queries.factors_of(db.session(), met.account_id)
    form = CodeForm()
    if form.validate_on_submit():
        opened = check_time_code(form.to_command(met.session_id, network()), actor=current_actor())
        if opened is not None:
            return with_cookie(redirect(where_to(met.actor), code=303), opened)
        form.refuse(_("The code is not right, or was used already; wait for the next one"))
    return page("second_factor", form, factors=factors)


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
    met = half_way_session()
    command = form.to_command(met.session_id, network())
    opened = passkeys.check_passkey(command, actor=current_actor()) if form.validate() else None
    if opened is not None:
        return with_cookie(redirect(where_to(met.actor), code=303), opened)
    flash(_("The passkey was not accepted. Try again, or use a code."), "error")
    return to(url_for(".second_factor", next=request.args.get("next")))


@bp.route("/step-up", methods=["GET", "POST"])
@requires(Permission.KEEP_ACCOUNT)
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
    return without_cookie(to(url_for(".sign_in")))


@bp.route("/start", methods=["GET", "POST"])
@public
def start() -> ResponseReturnValue:
    """The first sign-in, or the one after a reset, with a one-time code."""
    form = StartForm()
    if form.validate_on_submit():
        opened = own_account.start_account(form.to_command(network()), actor=Actor.public())
        if opened is not None:
            return with_cookie(to(url_for(".time_code")), opened)
        form.refuse(_("The name or the one-time code is not right, or the code has run out"))
    return page("start", form)
