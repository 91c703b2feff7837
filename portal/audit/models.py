"""The trail as it is stored: append-only, each entry chained to the one before."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class AuditEvent(Base):
    """One entry: who did what to what.

    `details` hold ids, states, names of fields and short codes; never narratives, contacts
    or values of sealed fields. Triggers in both databases refuse UPDATE and DELETE.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_id", "seq"),
        Index("ix_audit_event_actor", "actor_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]
    prev: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class Checkpoint(Base):
    """What the trail was at one moment, signed: its length and head, and the custodians' keys.

    Kept here and, a line each, in `var/checkpoints`, from where it is to be copied to a machine
    that the operators of the database do not control. Append-only, as the trail itself.
    """

    __tablename__ = "trail_checkpoint"

    count: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    head: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)
    fingerprints: Mapped[list[str]]
    signature: Mapped[bytes]
