"""Beginning a new report from the page of an earlier one."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from portal.infra.database import db
from portal.infra.visits import Ticket
from portal.intake.draft import Draft
from portal.intake.drafting import find_draft, keep_draft
from portal.kernel.actor import Actor


def begin_again(report_id: UUID, known: Ticket, *, actor: Actor) -> Ticket | None:
    """Begin a new report about the same matter, to be linked with this one (U35).

    Return the ticket of its draft; None where this browser has begun another report already,
    perhaps about something else and perhaps by somebody else: that one is left as it is.
    """
    draft = find_draft(db.session(), known)
    if draft is not None and draft.begun and draft.follows != report_id.hex:
        return None
    if draft is None or draft.sent:
        draft, known = Draft.new(datetime.now(UTC)), Ticket.new()
    keep_draft(known, replace(draft, follows=report_id.hex), actor=actor)
    return known
