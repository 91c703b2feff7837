"""Pages of one's own account: absence, sessions, password, second factors."""

from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

import segno
from flask import (
    Response,
    flash,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound as PageNotFound

from portal.access.guard import current_actor, public, requires
from portal.access.permissions import Permission
from portal.accounts import queries
from portal.accounts.absences import find_absence, get_member, list_stand_ins
from portal.accounts.forms import (
    AbsenceForm,
    AddPasskeyForm,
    ChangePasswordForm,
    CodeForm,
)
from portal.accounts.service import absence as absences
from portal.accounts.service import (
    own_account,
    passkeys,
    sessions,
)
from portal.accounts.sign_in import (
    half_way_session,
    network,
    own_session,
    requires_step_up,
    with_cookie,
)
from portal.accounts.views.blueprint import bp, page, to
from portal.infra.database import db


@bp.get("/account")
@requires(Permission.KEEP_ACCOUNT)
def account() -> ResponseReturnValue:
    """One's own account: sessions, password, second factors."""
    own, session = own_session(), db.session()
    return render_template(
        "accounts/account.html",
        own=own,
        sessions=queries.list_sessions(session, own.account_id),
        factors=queries.factors_of(session, own.account_id),
        passkeys_possible=passkeys.relying_party() is not None,
        absence=find_absence(session, own.account_id),
    )


@bp.route("/account/absence", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def absence() -> ResponseReturnValue:
    """One's own absence."""
    return _absence_of(own_session().account_id, url_for(".account"))


@bp.route("/colleagues/<uuid:account_id>/absence", methods=["GET", "POST"])
@requires(Permission.ASSIGN_REPORTS)
def absence_of(account_id: UUID) -> ResponseReturnValue:
    """The absence of a member of the unit that the reader leads."""
    return _absence_of(account_id, url_for("casework.colleagues"))


def _absence_of(account_id: UUID, back: str) -> ResponseReturnValue:
    """Ask from when to when, and who stands in."""
    session, actor, form = db.session(), current_actor(), AbsenceForm()
    member, told = get_member(session, account_id, actor), find_absence(session, account_id)
    form.offer(told, list_stand_ins(session, member))
    if form.validate_on_submit():
        absences.set_absence(form.to_command(account_id), actor=actor)
        flash(_("The absence is noted."), "success")
        return to(back)
    return page("absence", form, member=member, told=told, back=back)


@bp.post("/colleagues/<uuid:account_id>/back")
@requires(Permission.READ_REPORTS)
def back_again(account_id: UUID) -> ResponseReturnValue:
    """Somebody is back, or does not go."""
    absences.end_absence(account_id, actor=current_actor())
    flash(_("The absence is over."), "success")
    own = account_id == own_session().account_id
    return to(url_for(".account" if own else "casework.colleagues"))


@bp.post("/account/sessions/<uuid:session_id>/end")
@requires(Permission.KEEP_ACCOUNT)
def end_session(session_id: UUID) -> ResponseReturnValue:
    """End another of one's own sessions."""
    sessions.end_session(session_id, actor=current_actor())
    flash(_("The session was ended."), "success")
    return to(url_for(".account"))


@bp.route("/account/password", methods=["GET", "POST"])
@requires(Permission.KEEP_ACCOUNT)
def password() -> ResponseReturnValue:
    """Change the password."""
    own, form = own_session(), ChangePasswordForm()
    if form.validate_on_submit():
        opened = own_account.change_password(form.to_command(own, network()), actor=own.actor)
        if opened is not None:
            answer = with_cookie(to(url_for(".account")), opened)
            flash(_("The password was changed. All other sessions were ended."), "success")
            return answer
        form.refuse(_("The present password is not right"))
    return page("password", form, own=own)


@bp.route("/account/time-code", methods=["GET", "POST"])
@public
def time_code() -> ResponseReturnValue:
    """Set up an authenticator app: the first one half-way through signing in, a new one fresh."""
    met, form = half_way_session(), CodeForm()
    if met.second_factor_done and not met.is_fresh(datetime.now(UTC)):
        return to(url_for(".step_up", next=url_for(".time_code")))
    secret = own_account.find_proposed_secret(db.session(), met)
    if form.is_submitted() and secret is None:
        flash(_("The key is too old, or was replaced. Set up the app once more."), "error")
        return to(url_for(".time_code"))
    if form.validate_on_submit():
        command = form.to_confirmation(met.session_id, network())
        opened = own_account.confirm_time_code(command, actor=met.actor)
        if opened is not None:
            answer = with_cookie(to(url_for(".account")), opened)
            flash(_("The authenticator app is set up."), "success")
            return answer
        form.refuse(_("The code is not right; check the clock of your phone and try the next one"))
    return page("time_code", form, secret=secret)


@bp.post("/account/time-code/begin")
@public
def begin_time_code() -> ResponseReturnValue:
    """Make a new secret; the one in use stays until the new one is confirmed."""
    met = half_way_session()
    own_account.begin_time_code(met.session_id, actor=met.actor)
    return to(url_for(".time_code"))


@bp.get("/account/time-code.svg")
@public
def time_code_picture() -> ResponseReturnValue:
    """The secret being set up, as a QR code; gone once it is in use."""
    met, target = half_way_session(), BytesIO()
    uri = own_account.find_proposed_uri(db.session(), met)
    if uri is None:
        raise PageNotFound
    segno.make(uri, error="m").save(target, kind="svg", scale=5, svgclass=None, lineclass=None)
    return Response(target.getvalue(), mimetype="image/svg+xml")


@bp.route("/account/passkeys/add", methods=["GET", "POST"])
@requires(Permission.KEEP_ACCOUNT)
@requires_step_up
def add_passkey() -> ResponseReturnValue:
    """Add a passkey; the script of the page talks to the device."""
    own, form = own_session(), AddPasskeyForm()
    if form.validate_on_submit():
        passkeys.add_passkey(form.to_addition(own.session_id), actor=own.actor)
        flash(_("The passkey was added."), "success")
        return to(url_for(".account"))
    return page("add_passkey", form)


@bp.post("/account/passkeys/options")
@requires(Permission.KEEP_ACCOUNT)
@requires_step_up
def new_passkey_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey, as JSON."""
    options = passkeys.ask_for_new_passkey(own_session().session_id, actor=current_actor())
    return Response(options, mimetype="application/json")


@bp.post("/account/passkeys/<uuid:passkey_id>/remove")
@requires(Permission.KEEP_ACCOUNT)
@requires_step_up
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Remove one of one's own passkeys."""
    passkeys.remove_passkey(passkey_id, own_session().session_id, actor=current_actor())
    flash(_("The passkey was removed."), "success")
    return to(url_for(".account"))
