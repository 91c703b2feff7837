"""What rules that are not in force yet would do."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.triage.preview import MOVED_KEY, count_moved, get_preview, list_moved
from portal.triage.states import PreviewState
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.progress import watched

bp = Blueprint("triage", __name__, url_prefix="/desk/triage")


@bp.get("/preview/<uuid:preview_id>")
@requires(Permission.PREVIEW_ROUTING)
def preview(preview_id: UUID) -> ResponseReturnValue:
    """How far a preview is, what would move from where to where, and the reports themselves."""
    actor, session = current_actor(), db.session()
    shown = get_preview(session, preview_id, actor)
    text = render_template(
        "triage/preview.html",
        preview=shown,
        lines=list_moved(session, preview_id, actor, requested_window(*MOVED_KEY)),
        reads=may(actor, Permission.READ_REPORTS),
        seen=count_moved(session, preview_id, actor),
        place=current_place(),
        language=current_language().tag,
    )
    return watched(text, running=shown.state is PreviewState.RUNNING)
