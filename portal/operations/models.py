"""What the installation knows of itself: which processes live, and whether its records agree."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class ProcessKind(StrEnum):
    """The processes beside the web server."""

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


class Reconciliation(Base):
    """One nightly comparison of the records with each other, and what did not agree.

    `findings` maps the name of a check to a number of faults; `sound` when all are 0.
    """

    __tablename__ = "reconciliation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    made_at: Mapped[datetime] = mapped_column(index=True)
    sound: Mapped[bool]
    findings: Mapped[dict[str, Any]]
