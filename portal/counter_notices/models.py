"""Counter-notices of parties, and whom of those who complained they were passed on to.

Everything typed is encrypted under the key of the case.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.counter_notices.states import (
    COUNTER_LIFECYCLE,
    ComplainantAnswer,
    ComplaintFinding,
    CounterAction,
    CounterState,
)
from portal.infra.database import Base
from portal.jurisdiction.tables import CounterReason

# Said in the same words by the index and by the query, or the database does not match them.
IS_WAITING: Final = "state IN ('filed', 'passed-on')"
IS_MISUSE: Final = "finding IN ('false', 'repeated')"
IS_UNANSWERED: Final = "answer IS NULL"


class CounterNotice(Base):
    """What a party says against the removal of something, until the office decides.

    `body` holds the addresses, the work, the words and who says it, as JSON. `due_on` is until when
    the office decides, `answer_by` until when whoever complained may answer. `reasons` are what the
    decision rests on. `passed_on` and `told_reasons` are what whoever complained reads in their
    place.
    """

    __tablename__ = "counter_notice"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint(
            "(state IN ('filed', 'passed-on', 'withdrawn')) = (decided_at IS NULL)",
            name="decided_once",
        ),
        CheckConstraint("(state = 'reinstated') = (reinstated_on IS NOT NULL)", name="back_on"),
        Index("ix_counter_notice_party_id", "party_id"),
        Index(
            "ix_counter_notice_waiting",
            *("due_on", "id"),
            sqlite_where=text(IS_WAITING),
            postgresql_where=text(IS_WAITING),
        ),
    )
    lifecycle = COUNTER_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"))
    number: Mapped[int]
    reason: Mapped[CounterReason]
    body: Mapped[bytes]
    filed_at: Mapped[datetime]
    due_on: Mapped[date]
    state: Mapped[CounterState] = mapped_column(default=CounterState.FILED)
    answer_by: Mapped[date | None] = mapped_column(default=None)
    reasons: Mapped[bytes | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    reinstated_on: Mapped[date | None] = mapped_column(default=None)
    passed_on: Mapped[bytes | None] = mapped_column(default=None)
    told_reasons: Mapped[bytes | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[CounterAction, ...]:
        """What may be done next; the pages show these and no other buttons."""
        return self.lifecycle.actions_from(self.state)


class CounterNoticeFile(Base):
    """A file that came with a counter-notice."""

    __tablename__ = "counter_notice_file"
    __table_args__ = (Index("ix_counter_notice_file_notice", "notice_id"),)

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("counter_notice.id"))


class CounterNoticeComplaint(Base):
    """That whoever filed a complaint was told of a counter-notice, and what they said to it.

    `finding` is what the office found of the complaint; it is final after `final_on`.
    """

    __tablename__ = "counter_notice_complaint"
    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_once"),
        CheckConstraint("(finding IS NULL) = (final_on IS NULL)", name="finding_becomes_final"),
        Index("ix_counter_notice_complaint_complaint", "complaint_id"),
        Index(
            "ix_counter_notice_complaint_misuse",
            "organisation_id",
            sqlite_where=text(IS_MISUSE),
            postgresql_where=text(IS_MISUSE),
        ),
        Index(
            "ix_counter_notice_complaint_unanswered",
            "organisation_id",
            sqlite_where=text(IS_UNANSWERED),
            postgresql_where=text(IS_UNANSWERED),
        ),
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("counter_notice.id"), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    told_at: Mapped[datetime]
    answer: Mapped[ComplainantAnswer | None] = mapped_column(default=None)
    answer_words: Mapped[bytes | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    finding: Mapped[ComplaintFinding | None] = mapped_column(default=None)
    final_on: Mapped[date | None] = mapped_column(default=None)
