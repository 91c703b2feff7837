"""Decisions of a case, the page of each party, and reviews, as they are stored.

Everything typed is encrypted under the key of the case.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.decisions.states import (
    DECISION_LIFECYCLE,
    REVIEW_LIFECYCLE,
    DecisionAction,
    DecisionSource,
    DecisionState,
    LetterKind,
    ReviewAction,
    ReviewOutcome,
    ReviewState,
    ServiceWay,
)
from portal.infra.database import Base

# Said in the same words by the index and by the query, or the database does not match them.
IS_UNDER_REVIEW = "state IN ('filed', 'admitted')"
IS_LOOKED_AT = "look_on IS NOT NULL"


class Decision(Base):
    """What the office decided in a case, and why; `content` holds its words as JSON.

    `basis` is a provision of the place's list; one that is not on it is typed.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint(
            "(approved_at IS NOT NULL) OR state IN ('drafted', 'withdrawn')", name="approved"
        ),
    )
    lifecycle = DECISION_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    number: Mapped[int]
    source: Mapped[DecisionSource]
    automated: Mapped[bool]
    basis: Mapped[str | None]
    content: Mapped[bytes]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"), default=None)
    state: Mapped[DecisionState] = mapped_column(default=DecisionState.DRAFTED)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[DecisionAction, ...]:
        """What may be done next; the pages show these and no other buttons."""
        return self.lifecycle.actions_from(self.state)


class DecisionMeasure(Base):
    """One measure of a decision, addressed to one party; `last_on` is its last day, if it has one.

    `ended_on` is the day it ended before that, with the decision it rests on.
    """

    __tablename__ = "decision_measure"
    __table_args__ = (Index("ix_decision_measure_decision_id", "decision_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"))
    code: Mapped[str]
    body: Mapped[bytes]
    added_at: Mapped[datetime]
    last_on: Mapped[date | None] = mapped_column(default=None)
    ended_on: Mapped[date | None] = mapped_column(default=None)


class Service(Base):
    """That a paper was served on a party, or an attempt that was refused and left (送达).

    The one record of service: `decision_id` is the decision that the paper carried, and `object_by`
    until when the party may object to it. `body` holds to whom, by whom, witness, consent and note
    as JSON under the key of the case; `proof_id` is the signed proof, a paper of the case. Of a
    decision whose service was noted before papers and decisions shared one record, neither the
    paper nor the way is known.
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("paper_id IS NOT NULL OR decision_id IS NOT NULL", name="of_something"),
        CheckConstraint("(way IS NULL) = (body IS NULL)", name="way_with_words"),
        CheckConstraint("(decision_id IS NULL) = (object_by IS NULL)", name="objection_has_end"),
        Index("ix_service_case_id", "case_id", "recorded_at"),
        Index("ix_service_party_id", "party_id"),
        Index("ix_service_decision_id", "decision_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"))
    paper_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_paper.id"))
    served_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"), default=None)
    object_by: Mapped[date | None] = mapped_column(default=None)
    way: Mapped[ServiceWay | None] = mapped_column(default=None)
    refused: Mapped[bool] = mapped_column(default=False)
    body: Mapped[bytes | None] = mapped_column(default=None)
    proof_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_paper.id"), default=None)
    struck_at: Mapped[datetime | None] = mapped_column(default=None)
    struck_because: Mapped[bytes | None] = mapped_column(default=None)
    # `object_by` runs into a year that is not announced yet.
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())


class PartyAccess(Base):
    """The page of a party: what opens it, and what the office says there is held against them.

    Of the code there is no more here than of a receipt: a keyed hash of its locator to find it,
    and a slow hash of its secret.
    """

    __tablename__ = "party_access"

    party_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"), primary_key=True)
    locator_mac: Mapped[bytes] = mapped_column(unique=True)
    verifier: Mapped[bytes]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    alleged: Mapped[bytes | None] = mapped_column(default=None)
    answer_by: Mapped[date | None] = mapped_column(default=None)
    opened_on: Mapped[date | None] = mapped_column(default=None)
    # The day from which `answer_by` was counted, and whether it runs into a year to be announced.
    answer_from: Mapped[date | None] = mapped_column(default=None)
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())


class PartyHearing(Base):
    """That a party asked to be heard in person about what it was told, and what became of it.

    `entered_by` wrote down what it asked on paper, or told it a day. `place` is where it is heard,
    and `refused` why it is not. The first of a party has the id of the party: its words are bound
    to that.
    """

    __tablename__ = "party_hearing"
    __table_args__ = (
        CheckConstraint("(refused IS NULL) = (refused_on IS NULL)", name="refused_has_day"),
        Index("ix_party_hearing_party_id", "party_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"))
    asked_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    held_on: Mapped[date | None] = mapped_column(default=None)
    place: Mapped[bytes | None] = mapped_column(default=None)
    refused: Mapped[bytes | None] = mapped_column(default=None)
    refused_on: Mapped[date | None] = mapped_column(default=None)


class PartyLetter(Base):
    """Something a party sent, or was told; of a notice `body` has the text in both languages."""

    __tablename__ = "party_letter"
    __table_args__ = (Index("ix_party_letter_party_id", "party_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"))
    kind: Mapped[LetterKind]
    body: Mapped[bytes]
    at: Mapped[datetime]


class PartyFile(Base):
    """A file a party sent with a letter."""

    __tablename__ = "party_file"
    __table_args__ = (Index("ix_party_file_letter_id", "letter_id"),)

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("party_letter.id"))


class Review(Base):
    """An objection of a party to a decision, or a reporter's request about "no action" (F11).

    A reporter's words stay in the thread of the report, a party's in a letter. `reasons` are what
    the outcome rests on. `due_on` is the last day to say whether it is admissible, then to decide
    it, and `due_before` the one that was told before more time was given; `look_on` is the day on
    which somebody has to look at that time next.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("(party_id IS NULL) <> (report_id IS NULL)", name="one_side"),
        CheckConstraint("(party_id IS NULL) = (decision_id IS NULL)", name="against_what"),
        CheckConstraint("(state = 'decided') = (outcome IS NOT NULL)", name="outcome"),
        UniqueConstraint("decision_id", "party_id"),
        Index("ix_review_case_id", "case_id", "filed_at"),
        Index(
            "ix_review_open",
            "due_on",
            "id",
            sqlite_where=text(IS_UNDER_REVIEW),
            postgresql_where=text(IS_UNDER_REVIEW),
        ),
        Index(
            "ix_review_look",
            "look_on",
            "id",
            sqlite_where=text(IS_LOOKED_AT),
            postgresql_where=text(IS_LOOKED_AT),
        ),
    )
    lifecycle = REVIEW_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"))
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_party.id"))
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("report.id"))
    filed_at: Mapped[datetime]
    due_on: Mapped[date]
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.FILED)
    reasons: Mapped[bytes | None] = mapped_column(default=None)
    admitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[ReviewOutcome | None] = mapped_column(default=None)
    due_before: Mapped[date | None] = mapped_column(default=None)
    look_on: Mapped[date | None] = mapped_column(default=None)
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    breached_at: Mapped[datetime | None] = mapped_column(default=None)
    # What `due_on` is counted from, the days that were added, and whether its year is announced.
    starts_on: Mapped[date | None] = mapped_column(default=None)
    extended_days: Mapped[int] = mapped_column(default=0, server_default="0")
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def open_actions(self) -> tuple[ReviewAction, ...]:
        """What may be done next; the pages show these and no other buttons."""
        return self.lifecycle.actions_from(self.state)
