"""What was done in a case, for its timeline: every entry of its trail but who opened its page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.casework.queries.filters import Viewpoint
from portal.infra.keyset import in_window
from portal.kernel.page import Page, Window, page_of

OPENING: Final = "case.open-page"
NOTED_EVERY: Final = timedelta(hours=1)
EVENT_KEY: Final = (int,)
# So many stand on the page of the case; the others are on a page of their own.
NEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class CaseEvent:
    seq: int
    action: str
    at: datetime
    by: str | None = field(repr=False)
    details: Mapping[str, Any]


def list_events(session: Session, case: Case, window: Window) -> Page[CaseEvent]:
    """What was done, the newest first."""
    told = (
        select(
            AuditEvent.seq,
            AuditEvent.action,
            AuditEvent.at,
            Account.display_name,
            AuditEvent.details,
        )
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_id == case.id, AuditEvent.action != OPENING)
    )
    rows = session.execute(in_window(told, window, AuditEvent.seq, newest_first=True)).all()
    return page_of([CaseEvent(*row) for row in rows], window, lambda event: (event.seq,))


def was_opened_lately(session: Session, case: Case, view: Viewpoint) -> bool:
    """Whether it is on the trail that the reader has opened the page within the hour."""
    own = select(AuditEvent.seq).where(
        AuditEvent.subject_id == case.id,
        AuditEvent.action == OPENING,
        AuditEvent.actor_id == view.actor.id,
        AuditEvent.at > view.now - NOTED_EVERY,
    )
    return session.scalar(own.limit(1)) is not None
