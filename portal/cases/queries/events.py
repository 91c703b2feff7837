"""What the trail says of a case, as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.casework.queries.filters import Viewpoint

OPENING: Final = "case.open-page"
NOTED_EVERY: Final = timedelta(hours=1)
MOST_EVENTS: Final = 200


@dataclass(frozen=True, slots=True)
class CaseEvent:
    action: str
    at: datetime
    by: str | None = field(repr=False)
    details: Mapping[str, Any]


def list_events(
    session: Session, case: Case, view: Viewpoint
) -> tuple[tuple[CaseEvent, ...], bool]:
    """The newest of what was done, newest first, and whether the actor opened it this hour."""
    own = and_(AuditEvent.actor_id == view.actor.id, AuditEvent.at > view.now - NOTED_EVERY)
    rows = session.execute(
        select(AuditEvent, Account.display_name)
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_id == case.id, or_(AuditEvent.action != OPENING, own))
        .order_by(AuditEvent.seq.desc())
        .limit(MOST_EVENTS)
    ).all()
    lines = tuple(
        CaseEvent(event.action, event.at, name, dict(event.details))
        for event, name in rows
        if event.action != OPENING
    )
    return lines, any(event.action == OPENING for event, _name in rows)
