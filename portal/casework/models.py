"""What the desk adds to a report: verifications, instructions; and acts on many at once."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.casework.states import (
    BulkAct,
    Finding,
    FollowActKind,
    MassActKind,
    VerificationMethod,
)
from portal.infra.database import Base


class Verification(Base):
    """One check of what was reported: how, by whom, and what it found (E2).

    `round` is the number of the result it leads to: a contested report is verified again.
    The summary may name people, so it is encrypted under the report's key.
    """

    __tablename__ = "verification"
    __table_args__ = (Index("ix_verification_report", "report_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    round: Mapped[int]
    method: Mapped[VerificationMethod]
    finding: Mapped[Finding]
    summary: Mapped[bytes]
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]


class Instruction(Base):
    """An instruction from above about a report (领导批示): who gave it, when, and its words (B3).

    It stands in the file and moves nothing: the lifecycle and the reporter's protection are the
    same with it. `body` holds author and text as JSON, encrypted under the report's key.
    """

    __tablename__ = "instruction"
    __table_args__ = (Index("ix_instruction_report", "report_id", "entered_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    given_on: Mapped[date]
    body: Mapped[bytes]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    entered_at: Mapped[datetime]


class BulkRun(Base):
    """One act of one person on many reports at once.

    `body` holds what was typed for it as JSON, encrypted under a key of its own; both go once
    every row is done. The id comes with the form, so that sending it twice makes one run.
    """

    __tablename__ = "bulk_run"
    __table_args__ = (
        CheckConstraint("(body IS NULL) = (body_key IS NULL)", name="key_with_body"),
        Index("ix_bulk_run_author_id", "author_id", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    act: Mapped[BulkAct]
    made_at: Mapped[datetime]
    body_key: Mapped[bytes | None]
    body: Mapped[bytes | None]


class BulkRow(Base):
    """One report of a run. Its task says whether it is done; `code` why it was refused."""

    __tablename__ = "bulk_row"
    __table_args__ = (
        UniqueConstraint("run_id", "report_id"),
        Index("ix_bulk_row_place", "run_id", "place", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_run.id"))
    place: Mapped[int]
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    seen_version: Mapped[int]
    code: Mapped[str | None] = mapped_column(default=None)


class SavedFilter(Base):
    """A filter somebody keeps: a view of their own or of their unit, an alert, a rule.

    `chosen` holds what stands in the URL of the list, checked when it was saved and again
    whenever it is used. What a filter finds is always inside the scope of whoever looks: of the
    reader for a view, of the owner for alerts and rules. `off_because` is a code.
    """

    __tablename__ = "saved_filter"
    __table_args__ = (
        CheckConstraint("NOT (shared OR hand_out) OR department IS NOT NULL", name="of_a_unit"),
        Index("ix_saved_filter_owner_id", "owner_id"),
        Index("ix_saved_filter_department", "department"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    department: Mapped[str | None]
    name: Mapped[str]
    chosen: Mapped[dict[str, Any]]
    shared: Mapped[bool] = mapped_column(default=False)
    place: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    # The alert: when, and what was found at the last look. Counts only (U19).
    digest: Mapped[bool] = mapped_column(default=False)
    alert_over: Mapped[int | None] = mapped_column(default=None)
    alert_days: Mapped[int | None] = mapped_column(default=None)
    looked_at: Mapped[datetime | None] = mapped_column(default=None)
    found: Mapped[int] = mapped_column(default=0)
    oldest_on: Mapped[date | None] = mapped_column(default=None)
    # The rule: what comes to the unit and fits goes to this officer, or to all in turn.
    hand_out: Mapped[bool] = mapped_column(default=False)
    hand_to: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    last_given: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    off_because: Mapped[str | None] = mapped_column(default=None)
    # How far the rule has come on its round (`portal.casework.service.rounds`).
    upto_due_on: Mapped[date | None] = mapped_column(default=None)
    upto_id: Mapped[UUID | None] = mapped_column(default=None)


class ClosingRule(Base):
    """That what fits a filter is closed at reception, with a reason of the pack.

    It closes nothing until a second person has switched it on, and nothing after one of the two
    is gone; then it is off, and `off_because` says why.
    """

    __tablename__ = "closing_rule"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_people"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_has_time"),
    )

    filter_id: Mapped[UUID] = mapped_column(ForeignKey("saved_filter.id"), primary_key=True)
    department: Mapped[str]
    reason: Mapped[str]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    off_because: Mapped[str | None] = mapped_column(default=None)
    upto_due_on: Mapped[date | None] = mapped_column(default=None)
    upto_id: Mapped[UUID | None] = mapped_column(default=None)


class ClosedByRule(Base):
    """One closing by a rule, for the daily report; the name of the rule is copied."""

    __tablename__ = "closed_by_rule"
    __table_args__ = (Index("ix_closed_by_rule_at", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    filter_id: Mapped[UUID]
    name: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class HandedOut(Base):
    """That a report was given to an officer by a rule of its unit, once for each routing.

    The name of the rule is copied: the page says why even after the filter is gone.
    """

    __tablename__ = "handed_out"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    routing_version: Mapped[int] = mapped_column(primary_key=True)
    filter_id: Mapped[UUID]
    name: Mapped[str]
    at: Mapped[datetime]


def bulk_context(run_id: UUID) -> str:
    """The one place what was typed for a run may stand in."""
    return f"bulk_run.body:{run_id}"


class MassAct(Base):
    """One thing done to all open reports with the same text at one desk, and how far it has come.

    `first_id` is the first of them. `text` is what every reporter reads besides the sentence of
    the reason, encrypted under the key of that first report.
    """

    __tablename__ = "mass_act"
    __table_args__ = (
        CheckConstraint("(act = 'close') = (reason IS NOT NULL)", name="why_closed"),
        Index("ix_mass_act_first_id", "first_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    first_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    act: Mapped[MassActKind]
    reason: Mapped[str | None]
    text: Mapped[bytes | None]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class FollowAct(Base):
    """One thing done on a leading report that is still done, or was, for the many that follow it.

    `said` is what it says as JSON, encrypted under the key of the leading report until it is over;
    then it stands in the thread of each. The followers
    are taken in the order of their ids up to `upto_id`; `done` is how many of them it concerned.
    """

    __tablename__ = "follow_act"
    __table_args__ = (
        Index(
            "ix_follow_act_waiting",
            "leading_id",
            "asked_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    leading_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    act: Mapped[FollowActKind]
    said: Mapped[bytes]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    upto_id: Mapped[UUID | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


def said_context(act_id: UUID) -> str:
    """The one place what the followers are told may stand in."""
    return f"follow_act.said:{act_id}"


def mass_text_context(act_id: UUID) -> str:
    """The one place what the reporters of a mass are told may stand in."""
    return f"mass_act.text:{act_id}"


def summary_context(verification_id: UUID) -> str:
    """The one place a verification's summary may stand in."""
    return f"verification.summary:{verification_id}"


def instruction_context(instruction_id: UUID) -> str:
    """The one place an instruction's words may stand in."""
    return f"instruction.body:{instruction_id}"
