"""Beginning a new report from the page of an earlier one."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from portal.infra.database import db
from portal.infra.visits import Ticket
from portal.intake.draft import Draft
from portal.intake.drafting import find_draft, keep_draft
from portal.kernel.actor import Actor


def begin_again(report_id: UUID, known: Ticket, *, actor: Actor) -> Ticket:
    """Begin a new report about the same matter, to be linked with this one (U35).

    What this browser has begun already is gone on with; return the ticket of the draft.
    """
    draft = find_draft(db.session(), known)
    if draft is None or draft.sent:
        draft, known = Draft.new(datetime.now(UTC)), Ticket.new()
    keep_draft(known, replace(draft, follows=report_id.hex), actor=actor)
    return known
