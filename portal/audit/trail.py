"""Writing the trail, and moving records along their lifecycles: the only writer of `.state`."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.infra.uow import UnitOfWork
from portal.kernel.lifecycle import Lifecycle

GENESIS = "0" * 64
# Any constant will do, as long as nothing else takes the same advisory lock.
LOCK_NUMBER = 7_265_001
PAGE = 1000
# Made once: every write of the product goes through these two.
_NEWEST = select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
_INSERT = cast("Table", AuditEvent.__table__).insert()


@dataclass(frozen=True, slots=True)
class _Entry:
    action: str
    subject_kind: str
    subject_id: UUID | None
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first place where the chain does not hold."""

    seq: int
    what: str


def record(
    uow: UnitOfWork,
    action: str,
    subject_kind: str,
    subject_id: UUID | None,
    **details: str | int | bool | None,
) -> None:
    """Put what is being done on the trail; it is chained and stored when the work commits.

    The place in the chain is taken last, so that the lock it needs is held for an instant.
    """
    clean = {name: str(value) for name, value in details.items() if value is not None}
    uow.at_the_end(_append, _Entry(action, subject_kind, subject_id, clean))


def advance(uow: UnitOfWork, subject: Any, action: StrEnum, **details: str | int | None) -> None:  # noqa: ANN401
    """Move `subject` along its lifecycle and put the move on the trail.

    Raises MoveRefused, and changes nothing, if the action leads nowhere from its state.
    """
    lifecycle: Lifecycle[Any, Any] = subject.lifecycle
    before = subject.state
    subject.state = lifecycle.after(before, action)
    record(
        uow,
        f"{lifecycle.subject}.{action}",
        lifecycle.subject,
        subject.id,
        before=str(before),
        after=str(subject.state),
        **details,
    )


def _append(uow: UnitOfWork, entries: list[_Entry]) -> None:
    """Chain the entries behind the newest one, under a lock that the commit releases."""
    connection = uow.connection
    if connection.dialect.name == "postgresql":
        # On SQLite the write transaction itself is the lock.
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
    newest = connection.execute(_NEWEST).first()
    seq, prev = (newest.seq, newest.hash) if newest else (0, GENESIS)
    rows = []
    for entry in entries:
        seq += 1
        row = {
            "seq": seq,
            "at": uow.now.astimezone(UTC),
            "actor_kind": str(uow.actor.kind),
            "actor_id": uow.actor.id,
            "actor_name": uow.actor.name if uow.actor.id is None else "",
            "action": entry.action,
            "subject_kind": entry.subject_kind,
            "subject_id": entry.subject_id,
            "details": entry.details,
            "prev": prev,
        }
        row["hash"] = prev = entry_hash(row)
        rows.append(row)
    connection.execute(_INSERT, rows)


def entry_hash(row: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of an entry and the hash of the one before it."""
    at: datetime = row["at"]
    canonical = json.dumps(
        [
            row["seq"],
            at.astimezone(UTC).isoformat(timespec="microseconds"),
            row["actor_kind"],
            row["actor_id"].hex if row["actor_id"] else "",
            row["actor_name"],
            row["action"],
            row["subject_kind"],
            row["subject_id"].hex if row["subject_id"] else "",
            row["details"],
            row["prev"],
        ],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def position_of(session: Session, action: str, subject_id: UUID) -> tuple[int, str] | None:
    """Where `action` on the subject stands in the chain, as (seq, hash), or None."""
    row = session.execute(
        select(AuditEvent.seq, AuditEvent.hash)
        .where(AuditEvent.subject_id == subject_id, AuditEvent.action == action)
        .order_by(AuditEvent.seq)
        .limit(1)
    ).first()
    return (row.seq, row.hash) if row else None


def _entries(session: Session) -> Iterator[AuditEvent]:
    last = 0
    while True:
        page = session.scalars(
            select(AuditEvent).where(AuditEvent.seq > last).order_by(AuditEvent.seq).limit(PAGE)
        ).all()
        if not page:
            return
        yield from page
        last = page[-1].seq
        session.expunge_all()


def verify(session: Session) -> tuple[int, str, ChainFault | None]:
    """Walk the whole chain; return (entries, head hash, the first fault or None).

    Finds an edit, an insertion and a removal in the middle. The removal of the newest
    entries is found by comparing with a checkpoint kept elsewhere, or with a receipt.
    """
    count, prev = 0, GENESIS
    for event in _entries(session):
        if event.seq != count + 1:
            return count, prev, ChainFault(count + 1, "missing")
        if event.prev != prev:
            return count, prev, ChainFault(event.seq, "not chained to the entry before")
        row = {column.key: getattr(event, column.key) for column in AuditEvent.__table__.columns}
        if entry_hash(row) != event.hash:
            return count, prev, ChainFault(event.seq, "altered")
        count, prev = event.seq, event.hash
    return count, prev, None
