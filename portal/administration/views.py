"""The administration of the place: tables, drafts, what they would change, versions."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.administration import queries, requests, service
from portal.administration.choosing import choosing_of, other_rows
from portal.administration.fields import asked_of
from portal.administration.forms import (
    ConfirmForm,
    FindForm,
    PublishForm,
    PutForm,
    ReturnForm,
    RowForm,
    RowsForm,
    columns_of,
    row_form,
)
from portal.administration.naming import name_of, where_of
from portal.administration.reading import reading
from portal.administration.words import (
    CALENDAR_SAMPLE,
    TABLES,
    field_name,
    told,
    told_difference,
)
from portal.infra.database import db
from portal.jurisdiction import changing, publishing, restoring
from portal.jurisdiction.guarded import ORDER
from portal.jurisdiction.parts import Part, Values, get_part
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
        "order_key": ORDER,
        "numbers": (AT_ONCE, MOST),
        "language": current_language().tag,
        "told_difference": told_difference,
        "name_of": name_of,
        "where_of": where_of,
        "sample": CALENDAR_SAMPLE,
        "planned": queries.find_planned(db.session()),
        "reads": may(current_actor(), Permission.READ_REPORTS),
        "manages": may(current_actor(), Permission.MANAGE_PLACE),
    }


@bp.get("")
@requires(Permission.READ_PLACE)
def overview() -> ResponseReturnValue:
    """The version that holds, those planned, and the tables."""
    session, actor = db.session(), current_actor()
    return render_template(
        "administration/overview.html",
        overview=queries.overview_of(session, actor),
        waiting=requests.list_waiting(session, actor),
    )


@bp.get("/tables/<part>")
@requires(Permission.READ_PLACE)
def table(part: str) -> ResponseReturnValue:
    """The rows of a table, searched by code or words."""
    kind, form = get_part(part), FindForm(request.args)
    asked = form.words.data if form.validate() else ""
    window = requested_window(*queries.POSITION)
    page = queries.list_rows(db.session(), current_actor(), kind, asked or "", window)
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
    return render_template(
        "administration/row.html",
        part=kind,
        key=key,
        row=found,
        said=_said(kind, found or {}),
        history=queries.history_of(session, kind, key),
        earlier=queries.versions_before(session),
    )


def _said(part: Part, row: Values) -> list[tuple[str, object]]:
    """The fields of a row as people read them."""
    names = [asked.name for asked in asked_of(part, is_new=True)]
    return [(name, reading(part.name, name, row.get(name))) for name in names]


@bp.route("/tables/<part>/change/<path:key>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form()
def change(part: str, key: str) -> ResponseReturnValue:
    """Change a row; what comes of it is a draft."""
    kind, actor, session = get_part(part), current_actor(), db.session()
    choosing = choosing_of(session, actor, current_language().tag)
    form = row_form(kind, queries.get_row(session, actor, kind, key), choosing)
    if form.validate_on_submit():
        changing.propose_change(form.to_command(), actor=actor)
        return _kept(part)
    return _row_page(kind, key, form)


@bp.route("/tables/<part>/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form()
def new(part: str) -> ResponseReturnValue:
    """Draft a new row."""
    kind, actor = get_part(part), current_actor()
    form = row_form(kind, None, choosing_of(db.session(), actor, current_language().tag))
    if form.validate_on_submit():
        changing.propose_change(form.to_command(), actor=actor)
        return _kept(part)
    return _row_page(kind, "", form)


def _kept(part: str) -> ResponseReturnValue:
    flash(_("Kept as a draft. It holds once it is published."), "success")
    return redirect(url_for("administration.table", part=part), code=303)


def _row_page(part: Part, key: str, form: RowForm) -> ResponseReturnValue:
    """The form, also when it comes back with one more condition."""
    status = 422 if form.is_submitted() and not form.wants_more else 200
    return render_template("administration/change.html", part=part, key=key, form=form), status


@bp.route("/tables/<part>/several", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form("lines")
def several(part: str) -> ResponseReturnValue:
    """Draft new rows, a line each: the holidays of a year."""
    kind = get_part(part)
    form = RowsForm().begin(kind)
    if form.validate_on_submit():
        changing.propose_change(form.to_command(), actor=current_actor())
        return _kept(part)
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


@bp.route("/tables/<part>/put/<path:key>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form()
def put(part: str, key: str) -> ResponseReturnValue:
    """Draft that a row stands before another one."""
    kind, actor = get_part(part), current_actor()
    rows = other_rows(db.session(), actor, kind, key, current_language().tag)
    form = PutForm().offer(rows)
    if form.validate_on_submit():
        order = changing.PutRow(part, key, form.before.data or None)
        changing.put_row(order, actor=actor)
        return _kept(part)
    status = 422 if form.is_submitted() else 200
    return render_template("administration/put.html", part=kind, key=key, form=form), status


@bp.get("/tables/<part>/row-in/<int:number>/<path:key>")
@requires(Permission.READ_PLACE)
def row_in(part: str, number: int, key: str) -> ResponseReturnValue:
    """A row as a version had it."""
    kind = get_part(part)
    found = queries.row_in(db.session(), kind, key, number)
    said = _said(kind, found)
    return render_template(
        "administration/row_in.html", part=kind, key=key, number=number, said=said
    )


@bp.post("/tables/<part>/restore/<int:number>/<path:key>")
@requires(Permission.MANAGE_PLACE)
def restore(part: str, number: int, key: str) -> ResponseReturnValue:
    """Draft a row as a version had it."""
    restoring.restore_row(restoring.RestoreRow(part, key, number), actor=current_actor())
    return _kept(part)


@bp.route("/changes", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form("reason")
def changes() -> ResponseReturnValue:
    """One's drafts and what they would change; publish them, or hand them in to somebody else."""
    form, actor = PublishForm(), current_actor()
    if form.validate_on_submit():
        return _published(publishing.publish_changes(form.to_command(), actor=actor))
    session = db.session()
    review = queries.review_of(session, actor)
    form.seen.data = str(review.base.version)
    text = render_template(
        "administration/changes.html",
        form=form,
        review=review,
        waiting=requests.list_waiting(session, actor),
        returned=requests.list_returned(session, actor),
    )
    return text, 422 if form.is_submitted() else 200


def _published(version: int | None) -> ResponseReturnValue:
    if version is None:
        flash(_("Handed in. It holds once a second person has published it."), "success")
        return redirect(url_for("administration.changes"), code=303)
    flash(_("Version %(version)d is made.", version=version), "success")
    return redirect(url_for("administration.version", number=version), code=303)


@bp.route("/waiting/<uuid:request_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLACE)
@returns_form("answer")
def waiting(request_id: UUID) -> ResponseReturnValue:
    """What somebody handed in, with its effect; give it back with a word why."""
    form, actor, session = ReturnForm(), current_actor(), db.session()
    if form.validate_on_submit():
        publishing.return_changes(form.to_command(request_id), actor=actor)
        flash(_("Given back. Whoever handed it in reads why."), "success")
        return redirect(url_for("administration.changes"), code=303)
    line = requests.get_line(session, actor, request_id)
    review = requests.review_of_request(session, request_id)
    text = render_template("administration/waiting.html", form=form, line=line, review=review)
    return text, 422 if form.is_submitted() else 200


@bp.post("/waiting/<uuid:request_id>/confirm")
@requires(Permission.MANAGE_PLACE)
def confirm(request_id: UUID) -> ResponseReturnValue:
    """Publish what somebody else handed in."""
    order = ConfirmForm().to_command(request_id)
    return _published(publishing.confirm_changes(order, actor=current_actor()))


@bp.post("/waiting/<uuid:request_id>/take-back")
@requires(Permission.MANAGE_PLACE)
def take_back(request_id: UUID) -> ResponseReturnValue:
    """Have back what one handed in."""
    order = publishing.TakeBackChanges(request_id)
    publishing.take_back_changes(order, actor=current_actor())
    return redirect(url_for("administration.changes"), code=303)


@bp.post("/waiting/<uuid:request_id>/try/<int:reports>")
@requires(Permission.MANAGE_PLACE)
def try_handed_in(request_id: UUID, reports: int) -> ResponseReturnValue:
    """Try what somebody handed in on the newest reports."""
    order = service.TryDrafts(reports, request_id)
    preview_id = service.try_drafts(order, actor=current_actor())
    return redirect(url_for("triage.preview", preview_id=preview_id), code=303)


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


@bp.get("/changes/rewards", defaults={"request_id": None})
@bp.get("/waiting/<uuid:request_id>/rewards")
@requires(Permission.MANAGE_PLACE)
def try_schemes(request_id: UUID | None) -> ResponseReturnValue:
    """What the schemes of rewards with one's drafts, or what was handed in, would have given."""
    found = service.try_schemes(request_id, actor=current_actor())
    return render_template("administration/rewards.html", found=found)


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
    return render_template(
        "administration/version.html",
        version=found,
        lines=lines,
        loaded=loaded,
        others=queries.versions_before(session, number) if found.stands else (),
    )


@bp.get("/versions/<int:number>/against/<int:other>")
@requires(Permission.READ_PLACE)
def against(number: int, other: int) -> ResponseReturnValue:
    """What a version changes of any other."""
    found = queries.differences_between(db.session(), other, number)
    return render_template("administration/against.html", number=number, other=other, found=found)


@bp.post("/versions/<int:number>/take-up")
@requires(Permission.MANAGE_PLACE)
def take_up(number: int) -> ResponseReturnValue:
    """Draft again what a version changed."""
    restoring.take_up_version(restoring.TakeUpVersion(number), actor=current_actor())
    return redirect(url_for("administration.changes"), code=303)


@bp.post("/versions/<int:number>/withdraw")
@requires(Permission.MANAGE_PLACE)
def withdraw(number: int) -> ResponseReturnValue:
    """Take a planned version back."""
    publishing.withdraw_version(publishing.WithdrawVersion(number), actor=current_actor())
    flash(_("Version %(version)d is withdrawn.", version=number), "success")
    return redirect(url_for("administration.version", number=number), code=303)
