"""Pages of those who ask for an identity and of those who decide on it."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.accounts.sign_in import requires_step_up
from portal.casework.queries.dossier import get_heading
from portal.custody.forms import PostForm
from portal.custody.guarding import tries
from portal.custody.service.post import close_post, find_open_until, open_post
from portal.custody.service.rewrapping import count_behind, wrap_everything_again
from portal.identities import forms, queries, service
from portal.identities.news import count_letters
from portal.identities.rules import IdentityField
from portal.infra.database import db
from portal.web.forms import PortalForm, VersionedForm
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("identities", __name__, url_prefix="/desk/identities")
offer_on_desk(bp, "asked", _l("Openings asked for"), Permission.ASK_FOR_IDENTITY, order=700)
offer_on_desk(bp, "waiting", _l("Openings to decide on"), Permission.APPROVE_OPENING, order=710)
offer_on_desk(bp, "post", _l("Letters to reporters"), Permission.APPROVE_OPENING, order=730)
# What was read leaves the screen by itself after so many seconds.
ON_SCREEN: Final = 300


@bp.app_context_processor
def identity_acts() -> dict[str, object]:
    """Whether the reader of a report may ask who sent it, for its page; the names of fields."""
    return {
        "may_ask_identity": lambda: may(current_actor(), Permission.ASK_FOR_IDENTITY),
        "identity_field": IdentityField,
    }


@bp.get("/asked")
@requires(Permission.ASK_FOR_IDENTITY)
def asked() -> ResponseReturnValue:
    """What the reader asked for."""
    window = requested_window(*queries.NEWEST_KEY)
    lines = queries.list_own(db.session(), current_actor(), window)
    return render_template("identities/asked.html", lines=lines)


@bp.get("/waiting")
@requires(Permission.APPROVE_OPENING)
def waiting() -> ResponseReturnValue:
    """What waits for a decision, and what became of the rest."""
    session, actor = db.session(), current_actor()
    decided = queries.list_decided(session, actor, requested_window(*queries.NEWEST_KEY))
    lines = queries.list_waiting(session, actor)
    behind = count_behind(session)
    return render_template("identities/waiting.html", waiting=lines, decided=decided, behind=behind)


@bp.route("/older-keys", methods=["GET", "POST"])
@tries(Permission.APPROVE_OPENING, "custodian", "wrap-again")
@requires_step_up
@returns_form()
def older_keys() -> ResponseReturnValue:
    """Wrap again what is still under older keys of the groups."""
    form = forms.OlderKeysForm()
    if form.validate_on_submit():
        count = wrap_everything_again(form.to_command(), actor=current_actor())
        flash(
            ngettext("%(num)d seal was renewed.", "%(num)d seals were renewed.", count),
            "success",
        )
        return redirect(url_for(".older_keys"), 303)
    behind = count_behind(db.session())
    return render_template("identities/older_keys.html", form=form, behind=behind), form.http_status


@bp.route("/of/<reference>", methods=["GET", "POST"])
@tries(Permission.ASK_FOR_IDENTITY, "opening", "ask")
@requires_step_up
@returns_form("reason", "basis")
def ask(reference: str) -> ResponseReturnValue:
    """Ask to open who sent a report."""
    form, session, actor = forms.AskForm(), db.session(), current_actor()
    heading = get_heading(session, reference, actor)
    form.offer(queries.identity_fields(session, heading.facts.id))
    if form.validate_on_submit():
        opening_id = service.ask_to_open(form.to_command(reference), actor=actor)
        return _done(opening_id, _("Asked. The other group decides; you see it here."))
    page = render_template("identities/ask.html", form=form, heading=heading)
    return page, form.http_status


@bp.get("/<uuid:opening_id>")
@requires(Permission.USE_DESK)
def opening(opening_id: UUID) -> ResponseReturnValue:
    """One request."""
    return _page("opening", opening_id)


@bp.route("/<uuid:opening_id>/release", methods=["GET", "POST"])
@tries(Permission.APPROVE_OPENING, "opening", "release", "opening_id")
@requires_step_up
@returns_form()
def release(opening_id: UUID) -> ResponseReturnValue:
    """Let the one who asked read it."""
    form = forms.ReleaseForm()
    if form.validate_on_submit():
        service.release_opening(form.to_command(opening_id), actor=current_actor())
        return _done(opening_id, _("Released. Whoever asked can read it once."))
    return _page("release", opening_id, form)


@bp.route("/<uuid:opening_id>/refuse", methods=["GET", "POST"])
@tries(Permission.APPROVE_OPENING, "opening", "refuse", "opening_id")
@returns_form("reason")
def refuse(opening_id: UUID) -> ResponseReturnValue:
    """Refuse a request."""
    form = forms.RefuseForm()
    if form.validate_on_submit():
        service.refuse_opening(form.to_command(opening_id), actor=current_actor())
        return _done(opening_id, _("Refused. Whoever asked reads your reason."))
    return _page("refuse", opening_id, form)


@bp.post("/<uuid:opening_id>/withdraw")
@tries(Permission.ASK_FOR_IDENTITY, "opening", "withdraw", "opening_id")
def withdraw(opening_id: UUID) -> ResponseReturnValue:
    """Take one's own request back."""
    service.withdraw_opening(opening_id, actor=current_actor())
    return _done(opening_id, _("Taken back."))


@bp.route("/<uuid:opening_id>/read", methods=["GET", "POST"])
@tries(Permission.ASK_FOR_IDENTITY, "opening", "read", "opening_id")
@requires_step_up
@returns_form()
def read(opening_id: UUID) -> ResponseReturnValue:
    """Show what was released, once; it leaves the screen by itself."""
    form, actor = forms.ReadForm(), current_actor()
    if not form.validate_on_submit():
        return _page("read", opening_id, form)
    shown = service.read_identity(form.to_command(opening_id), actor=actor)
    file = queries.get_file(db.session(), opening_id, actor, datetime.now(UTC))
    page = render_template("identities/shown.html", file=file, shown=shown, minutes=ON_SCREEN // 60)
    answer = make_response(page)
    answer.headers["Refresh"] = f"{ON_SCREEN}; url={url_for('.opening', opening_id=opening_id)}"
    return answer


@bp.route("/<uuid:opening_id>/hold", methods=["GET", "POST"])
@tries(Permission.APPROVE_OPENING, "opening", "hold-notice", "opening_id")
@returns_form("reason")
def hold(opening_id: UUID) -> ResponseReturnValue:
    """Have the reporter told later."""
    form = forms.HoldForm()
    if form.validate_on_submit():
        service.hold_notice(form.to_command(opening_id), actor=current_actor())
        return _done(opening_id, _("The reporter is told on that day."))
    return _page("hold", opening_id, form)


@bp.route("/post", methods=["GET", "POST"])
@tries(Permission.APPROVE_OPENING, "post", "open")
@requires_step_up
@returns_form()
def post() -> ResponseReturnValue:
    """Open the post, so that reporters are told that there is news; how the letters fare."""
    form, session = PostForm(), db.session()
    if form.validate_on_submit():
        open_post(form.to_command(), actor=current_actor())
        flash(_("The post is open."), "success")
        return redirect(url_for(".post"), 303)
    until = find_open_until(session, datetime.now(UTC))
    figures = count_letters(session)
    page = render_template("identities/post.html", form=form, until=until, figures=figures)
    return page, form.http_status


@bp.post("/post/close")
@tries(Permission.APPROVE_OPENING, "post", "close")
def close() -> ResponseReturnValue:
    """Close the post."""
    close_post(actor=current_actor())
    flash(_("The post is closed. Letters wait."), "success")
    return redirect(url_for(".post"), 303)


def _page(name: str, opening_id: UUID, form: PortalForm | None = None) -> ResponseReturnValue:
    file = queries.get_file(db.session(), opening_id, current_actor(), datetime.now(UTC))
    if form is None:
        return render_template(f"identities/{name}.html", file=file)
    if isinstance(form, VersionedForm):
        form.see(file.version)
    page = render_template(f"identities/{name}.html", file=file, form=form, can=file.allows(name))
    return page, form.http_status


def _done(opening_id: UUID, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for("identities.opening", opening_id=opening_id), 303)
