"""Papers as they are stored: their words and their numbers; and bound files."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.papers.states import (
    BOUND_LIFECYCLE,
    PAPER_LIFECYCLE,
    BoundAction,
    BoundState,
    NotBound,
    PaperAction,
    PaperState,
)

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_TO_SERVE = "state = 'issued' AND to_serve AND served_on IS NULL"
IS_BOUND = "state = 'bound'"


class PaperCounter(Base):
    """The last number that a unit has given a kind of paper in a year, so that none is missing."""

    __tablename__ = "paper_counter"

    department_code: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class MadePaper(Base):
    """A paper made from the record: a draft without a number, or final and in the file of its case.

    `words` is what people wrote on it, as JSON under the key of the case. `case_paper_id` is its
    place in the case, and `to_serve` whether it goes to a party; `served_on` is the first day on
    which it counts as served, by the entries of service that are not struck out.
    """

    __tablename__ = "made_paper"
    __table_args__ = (
        CheckConstraint("(state = 'issued') = (number IS NOT NULL)", name="issued_has_number"),
        CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name="issued_has_time"),
        CheckConstraint("(state = 'issued') = (case_paper_id IS NOT NULL)", name="issued_in_case"),
        Index("ix_made_paper_case_id", "case_id", "drafted_at"),
        Index(
            "ix_made_paper_to_serve",
            "issued_at",
            "id",
            sqlite_where=text(IS_TO_SERVE),
            postgresql_where=text(IS_TO_SERVE),
        ),
    )
    lifecycle = PAPER_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    form: Mapped[str]
    language: Mapped[str]
    words: Mapped[bytes]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_party.id"), default=None)
    state: Mapped[PaperState] = mapped_column(default=PaperState.DRAFTED)
    number: Mapped[str | None] = mapped_column(unique=True, default=None)
    issued_at: Mapped[datetime | None] = mapped_column(default=None)
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    case_paper_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("case_paper.id"), unique=True, default=None
    )
    to_serve: Mapped[bool] = mapped_column(default=False)
    served_on: Mapped[date | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[PaperAction, ...]:
        """What may become of it next."""
        return self.lifecycle.actions_from(self.state)


class BoundFile(Base):
    """The file of a case bound at one moment: all papers as one PDF, and as a bag with hashes.

    `reported` says whether the case rests on reports, whose files are kept apart from those of
    patrols (B7). `made` of `pieces` are read so far.
    """

    __tablename__ = "bound_file"
    __table_args__ = (
        CheckConstraint("(state = 'bound') = (bound_at IS NOT NULL)", name="bound_has_time"),
        CheckConstraint("(state = 'bound') = (paper_file_id IS NOT NULL)", name="bound_has_paper"),
        CheckConstraint("(state = 'bound') = (bag_id IS NOT NULL)", name="bound_has_bag"),
        CheckConstraint("(state = 'failed') = (why_not IS NOT NULL)", name="why_failed"),
        Index("ix_bound_file_case_id", "case_id", "asked_at"),
        Index(
            "ix_bound_file_kept",
            "reported",
            "bound_at",
            "id",
            sqlite_where=text(IS_BOUND),
            postgresql_where=text(IS_BOUND),
        ),
    )
    lifecycle = BOUND_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    language: Mapped[str]
    reported: Mapped[bool]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    pieces: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    state: Mapped[BoundState] = mapped_column(default=BoundState.ASKED)
    bound_at: Mapped[datetime | None] = mapped_column(default=None)
    paper_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("made_file.id"), default=None)
    bag_id: Mapped[UUID | None] = mapped_column(ForeignKey("made_file.id"), default=None)
    why_not: Mapped[NotBound | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[BoundAction, ...]:
        """What may become of it next."""
        return self.lifecycle.actions_from(self.state)


class ReportPaper(Base):
    """A paper made of a report that is in no case: final at once, with a number of its unit (F22).

    What stands on it is in its file only.
    """

    __tablename__ = "report_paper"
    __table_args__ = (Index("ix_report_paper_report_id", "report_id", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    form: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("made_file.id"))
    struck_at: Mapped[datetime | None] = mapped_column(default=None)
    struck_because: Mapped[bytes | None] = mapped_column(default=None)
