"""What the installation knows of itself: what lives, and whether its records agree."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class ProcessKind(StrEnum):
    """The processes of an installation, beside the queue server."""

    WEB = "web"
    DISPATCHER = "dispatcher"
    WORKER = "worker"
    CLOCK = "clock"


class ProcessBeat(Base):
    """A process and when it last said that it lives."""

    __tablename__ = "process_beat"

    kind: Mapped[ProcessKind] = mapped_column(primary_key=True)
    pid: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class QueueSight(Base):
    """What the dispatcher saw of the queue server when it last looked; there is one row.

    It works if it answers and can write what it is sent. `memory` is in bytes, `length` the
    messages that wait; both are None when it did not answer.
    """

    __tablename__ = "queue_sight"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, init=False, default_factory=lambda: 1
    )
    seen_at: Mapped[datetime]
    embedded: Mapped[bool]
    works: Mapped[bool]
    version: Mapped[str | None] = mapped_column(default=None)
    memory: Mapped[int | None] = mapped_column(BigInteger, default=None)
    length: Mapped[int | None] = mapped_column(default=None)


class Reconciliation(Base):
    """One nightly comparison of the records with each other, and what did not agree.

    `findings` maps the name of a check to a number of faults; `sound` when all are 0.
    """

    __tablename__ = "reconciliation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    made_at: Mapped[datetime] = mapped_column(index=True)
    sound: Mapped[bool]
    findings: Mapped[dict[str, Any]]
