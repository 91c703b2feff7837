"""Every background task by name, and the table that is the queue of record.

The row is written in the transaction of whatever causes it. Redis holds ids of rows and
nothing else, and may be emptied at any time.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class TaskKind(StrEnum):
    """What may be left to be done later; `workers.kinds` says which service does it."""

    TRIAGE_REPORT = "triage_report"
    HARDEN_RECEIPT = "harden_receipt"
    INDEX_REPORT = "index_report"
    SCAN_FILE = "scan_file"
    MAKE_RENDITION = "make_rendition"


class TaskState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Task(Base):
    """One thing to be done later to one subject.

    `dedupe` is unique, so that the same cause asked for twice leaves one task. A worker owns
    the task while `lease_token` is its own and `lease_until` is in the future.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("(state = 'pending') = (done_at IS NULL)", name="done_has_time"),
        Index(
            "ix_task_due",
            "not_before",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_task_state_kind", "state", "kind"),
        Index("ix_task_subject_id", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    kind: Mapped[TaskKind]
    subject_id: Mapped[UUID]
    dedupe: Mapped[str] = mapped_column(unique=True)
    state: Mapped[TaskState] = mapped_column(default=TaskState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    lease_token: Mapped[UUID | None] = mapped_column(default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    last_error: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(default=None)
