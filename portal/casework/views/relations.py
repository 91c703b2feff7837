"""Two reports side by side, and what is decided about them."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries import board
from portal.casework.queries.masses import get_mass
from portal.casework.relation_forms import MassForm, RelationForm
from portal.casework.service import masses, merging, opening
from portal.casework.service.merging import UndoRelation
from portal.casework.views.blueprint import bp, done, page
from portal.infra.database import db
from portal.intake.queries import get_report
from portal.jurisdiction.queries import current_place
from portal.triage.states import RelationKind
from portal.web.language import current_language
from portal.web.pagination import requested_window

DECISIONS: Mapping[str, Callable[..., object]] = {
    RelationKind.MERGED: merging.merge_reports,
    RelationKind.LINKED: merging.link_reports,
    RelationKind.APART: merging.keep_apart,
}
SAID = {
    RelationKind.MERGED: _l("Merged. Both reporters keep their receipt and their date."),
    RelationKind.LINKED: _l("Linked."),
    RelationKind.APART: _l("Kept apart. They are not offered to each other again."),
}


@bp.route("/reports/<reference>/compare/<other>", methods=["GET", "POST"])
@requires(Permission.RELATE_REPORTS)
def compare(reference: str, other: str) -> ResponseReturnValue:
    """Two reports side by side, with the buttons to decide what they are to each other."""
    found = opening.open_comparison(reference, other, actor=current_actor())
    form = RelationForm().of(found)
    if form.validate_on_submit():
        decide = DECISIONS[form.decision.data]
        decide(form.to_command(reference, other), actor=current_actor())
        return done(reference, SAID[form.decision.data])
    status = 422 if form.is_submitted() else 200
    return page("compare", status=status, form=form, found=found, kinds=tuple(RelationKind))


@bp.post("/reports/<reference>/relations/<uuid:relation_id>/undo")
@requires(Permission.RELATE_REPORTS)
def undo_relation(reference: str, relation_id: UUID) -> ResponseReturnValue:
    """Take back what was decided about this report and another."""
    merging.undo_relation(UndoRelation(reference, relation_id), actor=current_actor())
    return done(reference, _("Undone. Each report is where it was, with time to act on it."))


@bp.route("/reports/<reference>/mass", methods=["GET", "POST"])
@requires(Permission.RELATE_REPORTS)
def mass(reference: str) -> ResponseReturnValue:
    """All reports with the text of this one, and what can be done with them together."""
    first = get_report(db.session(), reference, current_actor())
    found = get_mass(db.session(), first, current_actor())
    form = MassForm().of(found, current_place(), current_language().tag)
    if form.validate_on_submit():
        masses.order_mass_act(form.to_command(reference), actor=current_actor())
        flash(_("Done, or on its way: this page shows how far it has come."), "success")
        return redirect(url_for("casework.mass", reference=reference), 303)
    status, view = 422 if form.is_submitted() else 200, board.viewpoint(current_actor())
    lines = board.list_mass(db.session(), first, view, requested_window(*board.NEWEST_KEY))
    return page("mass", status=status, form=form, first=first, mass=found, lines=lines)
