"""The administration of the place: tables, drafts, what they would change, versions."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.administration import queries, service
from portal.administration.fields import asked_of
from portal.administration.forms import (
    FindForm,
    PublishForm,
    RowsForm,
    columns_of,
    row_form,
)
from portal.administration.reading import reading
from portal.administration.words import CALENDAR_SAMPLE, TABLES, field_name, told
from portal.infra.database import db
from portal.jurisdiction import changing
from portal.jurisdiction.parts import get_part
from portal.triage.preview import AT_ONCE, MOST
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("administration", __name__, url_prefix="/desk/place")
offer_on_desk(bp, "overview", _l("Rules and tables"), Permission.READ_PLACE, order=690)


@bp.context_processor
def words() -> dict[str, object]:
    """What all these pages say."""
    return {
        "tables": TABLES,
        "field_name": field_name,
        "reading": reading,
        "told": told,
        "order_key": "(order)",
        "sample": CALENDAR_SAMPLE,
        "manages": may(current_actor(), Permission.MANAGE_PLACE),
    }


@bp.get("")
@requires(Permission.READ_PLACE)
def overview() -> ResponseReturnValue:
    """The version that holds, those planned, and the tables."""
    found = queries.overview_of(db.session(), current_actor())
    return render_template("administration/overview.html", overview=found)


@bp.get("/tables/<part>")
@requires(Permission.READ_PLACE)
def table(part: str) -> ResponseReturnValue:
    """The rows of a table, searched by code or words."""
    kind, form = get_part(part), FindForm(request.args)
    asked = form.words.data if form.validate() else ""
    language, window = current_language().tag, requested_window(*queries.POSITION)
    page = queries.list_rows(db.session(), current_actor(), kind, asked or "", language, window)
    return render_template(
        "administration/table.html",
        part=kind,
        form=form,
        page=page,
        filters={"words": asked} if asked else {},
        several=bool(columns_of(kind)),
    )


@bp.get("/tables/<part>/row/<path:key>")
@requires(Permission.READ_PLACE)
def row(part: str, key: str) -> ResponseReturnValue:
    """A row, and who changed it when and why."""
    kind, session = get_part(part), db.session()
    found = queries.find_row_as_drafted(session, current_actor(), kind, key)
    said = [
        (asked.name, reading(part, asked.name, (found or {}).get(asked.name)))
        for asked in asked_of(kind, is_new=True)
    ]
    history = queries.history_of(session, kind, key)
    return render_template(
        "administration/row.html", part=kind, key=key, row=found, said=said, history=history
    )


@bp.route("/tables/<part>/change/<path:key>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form()
def change(part: str, key: str) -> ResponseReturnValue:
    """Change a row; what comes of it is a draft."""
    kind, actor = get_part(part), current_actor()
    form = row_form(kind, queries.get_row(db.session(), actor, kind, key))
    if form.validate_on_submit():
        changing.propose_change(form.to_command(), actor=actor)
        flash(_("Kept as a draft. It holds once you publish it."), "success")
        return redirect(url_for("administration.table", part=part), code=303)
    status = 422 if form.is_submitted() else 200
    return render_template("administration/change.html", part=kind, key=key, form=form), status


@bp.route("/tables/<part>/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form()
def new(part: str) -> ResponseReturnValue:
    """Draft a new row."""
    kind = get_part(part)
    form = row_form(kind, None)
    if form.validate_on_submit():
        changing.propose_change(form.to_command(), actor=current_actor())
        flash(_("Kept as a draft. It holds once you publish it."), "success")
        return redirect(url_for("administration.table", part=part), code=303)
    status = 422 if form.is_submitted() else 200
    return render_template("administration/change.html", part=kind, key="", form=form), status


@bp.route("/tables/<part>/several", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form("lines")
def several(part: str) -> ResponseReturnValue:
    """Draft new rows, a line each: the holidays of a year."""
    kind = get_part(part)
    form = RowsForm().begin(kind)
    if form.validate_on_submit():
        changing.propose_change(form.to_command(), actor=current_actor())
        flash(_("Kept as a draft. It holds once you publish it."), "success")
        return redirect(url_for("administration.table", part=part), code=303)
    status = 422 if form.is_submitted() else 200
    return render_template("administration/several.html", part=kind, form=form), status


@bp.post("/tables/<part>/remove/<path:key>")
@requires(Permission.MANAGE_PLACE)
def remove(part: str, key: str) -> ResponseReturnValue:
    """Draft that a row shall be gone."""
    changing.remove_row(changing.RemoveRow(part, key), actor=current_actor())
    return redirect(url_for("administration.table", part=part), code=303)


@bp.post("/tables/<part>/<any(up, down):way>/<path:key>")
@requires(Permission.MANAGE_PLACE)
def move(part: str, way: str, key: str) -> ResponseReturnValue:
    """Draft that a row stands one higher or lower."""
    changing.move_row(changing.MoveRow(part, key, up=way == "up"), actor=current_actor())
    return redirect(url_for("administration.table", part=part), code=303)


@bp.route("/changes", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form("reason")
def changes() -> ResponseReturnValue:
    """One's drafts and what they would change; publish them."""
    form, actor = PublishForm(), current_actor()
    if form.validate_on_submit():
        version = changing.publish_changes(form.to_command(), actor=actor)
        flash(_("Version %(version)d is made.", version=version), "success")
        return redirect(url_for("administration.version", number=version), code=303)
    review = queries.review_of(db.session(), actor)
    form.seen.data = str(review.base.version)
    text = render_template(
        "administration/changes.html",
        form=form,
        review=review,
        numbers=(AT_ONCE, MOST),
        language=current_language().tag,
    )
    return text, 422 if form.is_submitted() else 200


@bp.post("/changes/<uuid:change_id>/discard")
@requires(Permission.MANAGE_PLACE)
def discard(change_id: UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    changing.discard_change(changing.DiscardChange(change_id), actor=current_actor())
    return redirect(url_for("administration.changes"), code=303)


@bp.post("/changes/try/<int:reports>")
@requires(Permission.MANAGE_PLACE)
def try_out(reports: int) -> ResponseReturnValue:
    """Try the drafts on the newest reports; the page of the preview shows how far it is."""
    preview_id = service.try_drafts(service.TryDrafts(reports), actor=current_actor())
    return redirect(url_for("triage.preview", preview_id=preview_id), code=303)


@bp.get("/versions")
@requires(Permission.READ_PLACE)
def versions() -> ResponseReturnValue:
    """All versions, the newest first."""
    page = queries.list_versions(db.session(), requested_window(*queries.POSITION))
    return render_template("administration/versions.html", page=page)


@bp.get("/versions/<int:number>")
@requires(Permission.READ_PLACE)
def version(number: int) -> ResponseReturnValue:
    """What a version changed, who made it and why."""
    session = db.session()
    found = queries.get_version(session, number)
    lines = queries.changes_in(session, found)
    loaded = () if lines else queries.differences_in(session, found)
    return render_template("administration/version.html", version=found, lines=lines, loaded=loaded)


@bp.post("/versions/<int:number>/withdraw")
@requires(Permission.MANAGE_PLACE)
def withdraw(number: int) -> ResponseReturnValue:
    """Take a planned version back."""
    changing.withdraw_version(changing.WithdrawVersion(number), actor=current_actor())
    flash(_("Version %(version)d is withdrawn.", version=number), "success")
    return redirect(url_for("administration.version", number=number), code=303)
