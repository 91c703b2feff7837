"""What the trail says of a report, as its page shows it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.casework.queries.board import viewpoint
from portal.casework.queries.filters import Viewpoint
from portal.casework.queries.lines import EventLine
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.kernel.actor import Actor

OPENING: Final = "report.open"
NOTED_EVERY: Final = timedelta(hours=1)
MOST_EVENTS: Final = 200


def list_events(
    session: Session, report: Report, view: Viewpoint
) -> tuple[tuple[EventLine, ...], bool]:
    """The newest of what was done, oldest first, and whether the actor opened it this hour.

    What was done about this report and another one that the reader may not see is left out: that
    there is one may be what they must not learn (F13).
    """
    own = and_(AuditEvent.actor_id == view.actor.id, AuditEvent.at > view.now - NOTED_EVERY)
    rows = session.execute(
        select(AuditEvent, Account.display_name)
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .where(
            AuditEvent.subject_id == report.id,
            or_(AuditEvent.action != OPENING, own),
        )
        .order_by(AuditEvent.seq.desc())
        .limit(MOST_EVENTS)
    ).all()
    opened = any(event.action == OPENING for event, _name in rows)
    lines = [
        EventLine(event.action, event.at, name, dict(event.details))
        for event, name in reversed(rows)
        if event.action != OPENING
    ]
    return tuple(_without_unseen(session, lines, view)), opened


def _without_unseen(
    session: Session, lines: list[EventLine], view: Viewpoint
) -> Iterable[EventLine]:
    others = {UUID(hex=line.details["other"]) for line in lines if "other" in line.details}
    if not others:
        return lines
    in_scope = select(Report.id).where(Report.id.in_(others), reports.in_scope(view.actor))
    seen = {other.hex for other in session.scalars(in_scope)}
    return (line for line in lines if line.details.get("other", "") in {"", *seen})


def opened_lately(session: Session, report_id: UUID, actor: Actor) -> bool:
    """Whether it is on the trail that the actor opened the report within the hour."""
    noted = select(AuditEvent.seq).where(
        AuditEvent.subject_id == report_id,
        AuditEvent.action == OPENING,
        AuditEvent.actor_id == actor.id,
        AuditEvent.at > viewpoint(actor).now - NOTED_EVERY,
    )
    return session.scalar(noted.limit(1)) is not None
