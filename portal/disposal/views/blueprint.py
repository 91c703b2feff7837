"""The blueprint of disposal, what its pages share, and what stands where a record was."""

from datetime import date
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.cases.queries.page import CaseFacts
from portal.cases.states import CaseState
from portal.casework.queries.board import viewpoint
from portal.casework.queries.lines import Facts
from portal.disposal.queries import holds, lists
from portal.infra.database import db
from portal.intake.states import OPEN_STATES
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import RecordKind
from portal.kernel.errors import Disposed
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("disposal", __name__, url_prefix="/desk")
offer_on_desk(bp, "due", _l("Retention"), Permission.DISPOSE_RECORDS, order=60)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    language = current_language().tag
    shown = {"place": current_place(), "language": language, **context}
    return render_template(f"disposal/{template}.html", **shown), status


@bp.app_errorhandler(Disposed)
def disposed(gone: Disposed) -> ResponseReturnValue:
    """Tell staff what became of a record, at every address that it had (U43)."""
    record_id = UUID(str(gone.params["record"]))
    stone = lists.get_tombstone(db.session(), record_id, current_actor())
    return page("tombstone", status=410, stone=stone)


@bp.app_template_global("keeping_of")
def _keeping_of(facts: Facts | CaseFacts) -> holds.Keeping:
    """Until when a record is kept, for its page."""
    is_case = isinstance(facts, CaseFacts)
    ended = facts.state is CaseState.CLOSED if is_case else facts.state not in OPEN_STATES
    return holds.keeping_of(
        db.session(),
        RecordKind.CASE if is_case else RecordKind.REPORT,
        facts.id,
        viewpoint(current_actor()),
        held=facts.held_at is not None,
        ended=ended,
    )


@bp.app_template_global("kept_until")
def _kept_until(reference: str) -> date | None:
    """Until when a report is kept, for the page of its reporter."""
    return holds.kept_until(db.session(), reference)
