"""What the desk adds to a report: verifications, and instructions from above."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.casework.states import Finding, MassActKind, VerificationMethod
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


def mass_text_context(act_id: UUID) -> str:
    """The one place what the reporters of a mass are told may stand in."""
    return f"mass_act.text:{act_id}"


def summary_context(verification_id: UUID) -> str:
    """The one place a verification's summary may stand in."""
    return f"verification.summary:{verification_id}"


def instruction_context(instruction_id: UUID) -> str:
    """The one place an instruction's words may stand in."""
    return f"instruction.body:{instruction_id}"
