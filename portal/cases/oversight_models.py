"""What an office above has to do with a case, as it is stored: dated records, no states."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_SUPERVISED = "released_at IS NULL"
AWAITS_RECEIPT = "sent_at IS NOT NULL AND received_at IS NULL"
_LIVE, _AWAITED = text(IS_SUPERVISED), text(AWAITS_RECEIPT)


class Supervision(Base):
    """That an office above supervises a case (挂牌督办), from a reason to a release (C10, F8).

    `next_due_on` is the nearest date that it still waits for. `reason` and `outcome` are encrypted
    under the key of the case.
    """

    __tablename__ = "case_supervision"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (outcome IS NULL)", name="release_says_why"),
        Index(
            "ix_case_supervision_live",
            "case_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "ix_case_supervision_board",
            "next_due_on",
            "id",
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_case_supervision_case_id", "case_id", "placed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    unit_code: Mapped[str]
    reason: Mapped[bytes]
    placed_at: Mapped[datetime]
    placed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    next_due_on: Mapped[date]
    report_every: Mapped[int | None] = mapped_column(default=None)
    next_report_on: Mapped[date | None] = mapped_column(default=None)
    outcome: Mapped[bytes | None] = mapped_column(default=None)
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class Milestone(Base):
    """What a supervising office wants done in a case by a day."""

    __tablename__ = "case_milestone"
    __table_args__ = (
        CheckConstraint("(met_at IS NULL) = (met_by IS NULL)", name="met_by_somebody"),
        Index("ix_case_milestone_supervision_id", "supervision_id", "due_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    supervision_id: Mapped[UUID] = mapped_column(ForeignKey("case_supervision.id"))
    due_on: Mapped[date]
    body: Mapped[bytes]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    met_at: Mapped[datetime | None] = mapped_column(default=None)
    met_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class ProgressReport(Base):
    """What a unit told the supervising office in between; `due_on` is the day it was due."""

    __tablename__ = "case_progress"
    __table_args__ = (
        CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name="read_by_somebody"),
        Index("ix_case_progress_supervision_id", "supervision_id", "sent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    supervision_id: Mapped[UUID] = mapped_column(ForeignKey("case_supervision.id"))
    due_on: Mapped[date | None]
    body: Mapped[bytes]
    sent_at: Mapped[datetime]
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    read_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class FlashReport(Base):
    """A report upward that a rule of the place asks for in a major case (A9, D18).

    `grounds` are the codes of the rules; when it was sent, received and read stands on it.
    """

    __tablename__ = "case_flash"
    __table_args__ = (
        CheckConstraint("(sent_at IS NULL) = (body IS NULL)", name="sent_says_something"),
        CheckConstraint("received_at IS NULL OR sent_at IS NOT NULL", name="sent_first"),
        CheckConstraint("read_at IS NULL OR received_at IS NOT NULL", name="received_first"),
        Index("ix_case_flash_case_id", "case_id", "demanded_at"),
        Index(
            "ix_case_flash_awaited",
            "sent_at",
            "id",
            sqlite_where=_AWAITED,
            postgresql_where=_AWAITED,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    grounds: Mapped[list[str]]
    demanded_at: Mapped[datetime]
    body: Mapped[bytes | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    received_at: Mapped[datetime | None] = mapped_column(default=None)
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    read_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class CaseDirective(Base):
    """An instruction from above about a case, with author, day and words (批示, B3).

    It stands in the file and moves nothing; `body` holds author and text.
    """

    __tablename__ = "case_directive"
    __table_args__ = (Index("ix_case_directive_case_id", "case_id", "entered_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    given_on: Mapped[date]
    body: Mapped[bytes]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
