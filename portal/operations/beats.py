"""Which processes live: each says so every few seconds, in a row of its own.

The queue server says nothing here by itself: the dispatcher looks at it and notes what it saw, so
that no page has to ask it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.infra.database import WRITING, db
from portal.operations.models import ProcessBeat, ProcessKind, QueueSight

# Four times the longest a worker that has nothing to do is silent.
SILENT_AFTER: Final = timedelta(minutes=3)


def note_beat(kind: ProcessKind, pid: int) -> None:
    """Note that a process lives; the first time, forget those of its kind that do not."""
    now = datetime.now(UTC)
    session = db.session()
    session.commit()
    session.connection(execution_options={WRITING: True})
    seen = session.execute(
        update(ProcessBeat)
        .where(ProcessBeat.kind == kind, ProcessBeat.pid == pid)
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]  # a CursorResult for an UPDATE
    if not seen:
        silent = ProcessBeat.seen_at < now - SILENT_AFTER
        session.execute(delete(ProcessBeat).where(ProcessBeat.kind == kind, silent))
        session.add(ProcessBeat(kind=kind, pid=pid, started_at=now, seen_at=now))
    session.commit()


def note_queue(sight: QueueSight) -> None:
    """Note what was seen of the queue server, in place of what was seen before."""
    session = db.session()
    session.commit()
    session.connection(execution_options={WRITING: True})
    session.execute(delete(QueueSight))
    session.add(sight)
    session.commit()


def find_queue(session: Session) -> QueueSight | None:
    """What was last seen of the queue server; None before anybody has looked."""
    return session.scalar(select(QueueSight))


def last_seen(session: Session) -> Mapping[ProcessKind, datetime]:
    """When each kind of process was last heard of; left out is what was never there."""
    seen = select(ProcessBeat.kind, func.max(ProcessBeat.seen_at)).group_by(ProcessBeat.kind)
    return dict(session.execute(seen).all())


def living(session: Session, now: datetime) -> Sequence[ProcessBeat]:
    """The processes that said so lately, by kind."""
    return session.scalars(
        select(ProcessBeat)
        .where(ProcessBeat.seen_at >= now - SILENT_AFTER)
        .order_by(ProcessBeat.kind, ProcessBeat.started_at)
    ).all()
