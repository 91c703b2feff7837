"""Reading the trail: its entries for auditors, its daily roots for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent, Checkpoint
from portal.infra.keyset import in_window
from portal.kernel.page import Page, Window, page_of

ROOTS_SHOWN = 30
_CHECKPOINTS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which entries are wanted; every part that is given must hold.

    `action` is the beginning of one, `report.` say.
    """

    action: str = ""
    actor_id: UUID | None = None
    subject_id: UUID | None = None


def list_entries(session: Session, wanted: TrailFilter, window: Window) -> Page[AuditEvent]:
    """A page of entries, the newest first; its key is the position."""
    chosen = _only(select(AuditEvent), wanted)
    rows = session.scalars(in_window(chosen, window, AuditEvent.seq, newest_first=True)).all()
    return page_of(rows, window, lambda event: (event.seq,))


def _only(chosen: Select[AuditEvent], wanted: TrailFilter) -> Select[AuditEvent]:
    if wanted.action:
        chosen = chosen.where(AuditEvent.action.startswith(wanted.action, autoescape=True))
    if wanted.actor_id is not None:
        chosen = chosen.where(AuditEvent.actor_id == wanted.actor_id)
    if wanted.subject_id is not None:
        chosen = chosen.where(AuditEvent.subject_id == wanted.subject_id)
    return chosen


def is_on_trail(session: Session, position: int, entry_hash: str) -> bool:
    """Whether the entry at this position has this hash; tells nothing else about it."""
    there = session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == position))
    return there is not None and there == entry_hash


def daily_roots(session: Session) -> Sequence[Checkpoint]:
    """The last checkpoint of each of the latest days (UTC), the newest first."""
    rows = session.scalars(
        select(Checkpoint)
        .order_by(Checkpoint.made_at.desc())
        .limit(ROOTS_SHOWN * _CHECKPOINTS_A_DAY)
    )
    newest = {row.made_at.date(): row for row in reversed(rows.all())}
    return sorted(newest.values(), key=lambda row: row.made_at, reverse=True)[:ROOTS_SHOWN]
