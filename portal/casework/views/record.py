"""The page of a report, and its files."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.forms import OriginalForm
from portal.casework.lead_words import LEAD_ACTS
from portal.casework.offers import offers_of
from portal.casework.queries.dossier import MOST_OF_MERGED, get_file_heading
from portal.casework.queries.lines import LeadFile
from portal.casework.service import opening
from portal.casework.suggesting import suggestion_on
from portal.casework.timeline import timeline
from portal.casework.views.blueprint import bp, page
from portal.casework.words import ACTS, flag_sentences
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.jurisdiction.directory import find_partner
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.returned import returns_form


@bp.get("/reports/<reference>")
@requires(Permission.READ_REPORTS)
def report(reference: str) -> ResponseReturnValue:
    """Everything about one report, and what may be done with it now."""
    dossier = opening.open_dossier(reference, actor=current_actor())
    shown = request.args.get("show", "")
    if isinstance(dossier, LeadFile):
        mind = flag_sentences(dossier.flags)
        return page("lead", file=dossier, flags=mind, shown=shown, lead_acts=LEAD_ACTS)
    return page(
        "report",
        dossier=dossier,
        most_of_merged=MOST_OF_MERGED,
        facts=dossier.facts,
        offers=offers_of(dossier, current_actor()),
        partner=find_partner(current_place(), dossier.facts.department_code),
        acts=ACTS,
        lead_acts=LEAD_ACTS,
        flags=flag_sentences(dossier.facts.flags),
        suggestion=suggestion_on(db.session(), dossier, current_actor()),
        entries=timeline(dossier, current_place(), current_language().tag),
        shown=shown,
    )


@bp.get("/reports/<reference>/files/<uuid:evidence_id>/preview")
@requires(Permission.READ_REPORTS)
def preview(reference: str, evidence_id: UUID) -> ResponseReturnValue:
    """The small grey blurred picture of an image."""
    opened = opening.open_preview(reference, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "preview")


@bp.get("/reports/<reference>/files/<uuid:evidence_id>/rendition")
@requires(Permission.READ_REPORTS)
def rendition(reference: str, evidence_id: UUID) -> ResponseReturnValue:
    """The copy without metadata."""
    opened = opening.open_rendition(reference, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "rendition")


@bp.route("/reports/<reference>/files/<uuid:evidence_id>/original", methods=["GET", "POST"])
@requires(Permission.OPEN_ORIGINALS)
@returns_form("reason")
def original(reference: str, evidence_id: UUID) -> ResponseReturnValue:
    """The file as it was sent, for a reason that is kept."""
    form = OriginalForm()
    if form.validate_on_submit():
        command = form.to_command(reference, evidence_id)
        opened = opening.open_original(command, actor=current_actor())
        return hand_out(opened, evidence_id, "original")
    heading = get_file_heading(db.session(), reference, evidence_id, current_actor())
    status = 422 if form.is_submitted() else 200
    words = ACTS["original"]
    return page("act", status=status, form=form, heading=heading, act="original", words=words)
