"""The page of a report, and its files."""

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.forms import OriginalForm
from portal.casework.offers import offers_of
from portal.casework.queries.dossier import get_heading
from portal.casework.service import opening
from portal.casework.views.blueprint import bp, page
from portal.casework.words import ACTS, flag_sentences, timeline
from portal.evidence.names import download_headers
from portal.evidence.queries import OpenedFile
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language


@bp.get("/reports/<reference>")
@requires(Permission.READ_REPORTS)
def report(reference: str) -> ResponseReturnValue:
    """Everything about one report, and what may be done with it now."""
    dossier = opening.open_dossier(reference, actor=current_actor())
    return page(
        "report",
        dossier=dossier,
        facts=dossier.facts,
        offers=offers_of(dossier.facts, current_actor()),
        acts=ACTS,
        flags=flag_sentences(dossier.facts.flags),
        entries=timeline(dossier, current_place(), current_language().tag),
        shown=request.args.get("show", ""),
    )


@bp.get("/reports/<reference>/files/<uuid:evidence_id>/preview")
@requires(Permission.READ_REPORTS)
def preview(reference: str, evidence_id: UUID) -> ResponseReturnValue:
    """The small grey blurred picture of an image."""
    return _sent(opening.open_preview(reference, evidence_id, actor=current_actor()))


@bp.get("/reports/<reference>/files/<uuid:evidence_id>/rendition")
@requires(Permission.READ_REPORTS)
def rendition(reference: str, evidence_id: UUID) -> ResponseReturnValue:
    """The copy without metadata."""
    return _sent(opening.open_rendition(reference, evidence_id, actor=current_actor()))


@bp.route("/reports/<reference>/files/<uuid:evidence_id>/original", methods=["GET", "POST"])
@requires(Permission.OPEN_ORIGINALS)
def original(reference: str, evidence_id: UUID) -> ResponseReturnValue:
    """The file as it was sent, for a reason that is kept."""
    form = OriginalForm()
    if form.validate_on_submit():
        command = form.to_command(reference, evidence_id)
        return _sent(opening.open_original(command, actor=current_actor()))
    heading = get_heading(db.session(), reference, current_actor())
    status = 422 if form.is_submitted() else 200
    return page(
        "act", status=status, form=form, heading=heading, act="original", words=ACTS["original"]
    )


def _sent(opened: OpenedFile) -> Response:
    """Hand a file out as it is read, inert whatever it is."""
    return Response(opened.chunks, headers=download_headers(opened.kind, opened.filename))
