"""Units that work on a case together, each with its part, as they are stored."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.cases.states import MeetingKind
from portal.infra.database import Base

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_MEMBER = "left_at IS NULL"
_LIVE = text(IS_MEMBER)


class CaseMember(Base):
    """A unit that works on a case with the one that leads it: its part and its end (A6, B21, E17).

    `shared` says what the leading unit tells it, `mandate` what its part is; both, as JSON in
    `words`, under the key of the case. It reads that, its own tasks and who the others are.
    """

    __tablename__ = "case_member"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="signed_by_somebody"),
        Index(
            "ix_case_member_unit",
            "department_code",
            "ends_on",
            "id",
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "ix_case_member_once",
            "case_id",
            "department_code",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_case_member_case_id", "case_id", "joined_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    department_code: Mapped[str]
    words: Mapped[bytes]
    ends_on: Mapped[date]
    joined_at: Mapped[datetime]
    joined_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    signed_at: Mapped[datetime | None] = mapped_column(default=None)
    signed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    left_at: Mapped[datetime | None] = mapped_column(default=None)


class CaseMeeting(Base):
    """A meeting about a case that was held: who was there, and what was said (C15, B19).

    `words` holds subject, those present and minutes as JSON under the key of the case. What was
    decided are tasks, each with its owner and its day (B16): of an officer, or of a member.
    """

    __tablename__ = "case_meeting"
    __table_args__ = (Index("ix_case_meeting_case_id", "case_id", "held_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[MeetingKind]
    held_on: Mapped[date]
    words: Mapped[bytes]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class MemberTask(Base):
    """Something a member does by a day, and what came of it; `words` holds both."""

    __tablename__ = "case_member_task"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
        Index("ix_case_member_task_member_id", "member_id", "due_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("case_member.id"))
    due_on: Mapped[date]
    words: Mapped[bytes]
    given_at: Mapped[datetime]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_meeting.id"), default=None)
