"""Cases as they are stored: the case, its reports, parties, papers, tasks and notes.

Everything typed about a case is encrypted under the key of the case. The reporter is nowhere in
it: a case knows its reports, and who sent those is sealed with them.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.cases.states import (
    CASE_LIFECYCLE,
    Audience,
    CaseAction,
    CaseEnding,
    CaseState,
    PartyRole,
    Severity,
)
from portal.casework.states import Finding, VerificationMethod
from portal.infra.database import Base

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_OPEN_CASE = "state <> 'closed'"
IS_IN_CASE = "left_at IS NULL"
IS_TO_DO = "done_at IS NULL"
IS_TO_REMIND_OF = "done_at IS NULL AND reminded_at IS NULL"
IS_REMINDED_OF = "done_at IS NULL AND reminded_at IS NOT NULL"
# The day of a task that goes on as long as its case does: behind all others, and never over (E13).
THROUGHOUT = date(9999, 12, 31)
IS_PROVISIONAL = "provisional AND met_at IS NULL"
IS_RUNNING = "met_at IS NULL"
IS_LOOKED_AT = "met_at IS NULL AND look_on IS NOT NULL"
IS_ASKED = "answered_at IS NULL"


def _some(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class CaseCounter(Base):
    """The last number that a unit has given a case in a year, so that numbers have no gaps."""

    __tablename__ = "case_counter"

    department_code: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Case(Base):
    """What an office investigates: one matter at one place, whatever number of reports told of it.

    Its number is that of where it was filed and stays (A7); region and unit do so too, unless the
    whole case is handed to another unit, which accepts it (ADR 0043). `content` holds title
    and summary as JSON under the case's own key. `restricted` and `conflict` are never less than
    those of its reports.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint("(state = 'closed') = (ending IS NOT NULL)", name="why_closed"),
        _some("ix_case_file_open_unit", IS_OPEN_CASE, "department_code", "next_due_on", "id"),
        _some("ix_case_file_open", IS_OPEN_CASE, "next_due_on", "id"),
        _some(
            "ix_case_file_open_handler",
            f"{IS_OPEN_CASE} AND handler_id IS NOT NULL",
            *("handler_id", "next_due_on", "id"),
        ),
        _some("ix_case_file_open_category", IS_OPEN_CASE, "category", "next_due_on", "id"),
        _some("ix_case_file_open_region", IS_OPEN_CASE, "region", "next_due_on", "id"),
        Index("ix_case_file_category_opened", "category", "opened_at", "id"),
        Index("ix_case_file_state_opened", "state", "opened_at", "id"),
        Index("ix_case_file_handler_opened", "handler_id", "opened_at", "id"),
        _some("ix_case_file_open_changed", IS_OPEN_CASE, "changed_at", "id"),
        Index("ix_case_file_unit_opened", "department_code", "opened_at", "id"),
        Index("ix_case_file_opened", "opened_at", "id"),
    )
    lifecycle = CASE_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    number: Mapped[str] = mapped_column(unique=True)
    department_code: Mapped[str]
    region: Mapped[str]
    category: Mapped[str]
    place_version: Mapped[int]
    content_key: Mapped[bytes]
    content: Mapped[bytes]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    next_due_on: Mapped[date]
    changed_at: Mapped[datetime]
    restricted: Mapped[bool] = mapped_column(default=False)
    conflict: Mapped[bool] = mapped_column(default=False)
    state: Mapped[CaseState] = mapped_column(default=CaseState.PROPOSED)
    version: Mapped[int] = mapped_column(default=1)
    handler_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    severity: Mapped[Severity | None] = mapped_column(default=None)
    factors: Mapped[list[str]] = mapped_column(default_factory=list)
    ending: Mapped[CaseEnding | None] = mapped_column(default=None)
    # Since when its time stands still.
    paused_on: Mapped[date | None] = mapped_column(default=None)
    # Since when an office above supervises it.
    supervised_at: Mapped[datetime | None] = mapped_column(default=None)
    # Since when it waits for the police, to whom it is transferred.
    referred_at: Mapped[datetime | None] = mapped_column(default=None)
    # Since when a legal hold keeps it, and since when nothing is left of it but this row.
    held_at: Mapped[datetime | None] = mapped_column(default=None)
    disposed_at: Mapped[datetime | None] = mapped_column(default=None)
    # Since when it is offered to another unit, which has it once it accepts.
    offered_at: Mapped[datetime | None] = mapped_column(default=None)
    # What it is about: money in the smallest unit of the currency, copies in pieces.
    amount: Mapped[int | None] = mapped_column(BigInteger, default=None)
    copies: Mapped[int | None] = mapped_column(BigInteger, default=None)
    # Kept by `portal.decisions`: whether an approved decision of the case stands.
    decision_stands: Mapped[bool] = mapped_column(default=False)
    # Raised by each move, and when what was decided ends: papers prove a step in their own round.
    round: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy

    @property
    def open_actions(self) -> tuple[CaseAction, ...]:
        """What may be done next; the pages show these and no other buttons."""
        return self.lifecycle.actions_from(self.state)


class CaseReport(Base):
    """That a report is, or was, in a case; it is in one at a time."""

    __tablename__ = "case_report"
    __table_args__ = (
        CheckConstraint("(left_at IS NULL) = (left_because IS NULL)", name="why_left"),
        _some("ix_case_report_in_case", IS_IN_CASE, "report_id", unique=True),
        Index("ix_case_report_case_id", "case_id", "added_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    left_because: Mapped[bytes | None] = mapped_column(default=None)


class CaseParty(Base):
    """Somebody whose part in a case is looked into, never a reporter.

    `body` holds name, address and contact as JSON.
    """

    __tablename__ = "case_party"
    __table_args__ = (Index("ix_case_party_case_id", "case_id", "added_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    role: Mapped[PartyRole]
    body: Mapped[bytes]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    struck_at: Mapped[datetime | None] = mapped_column(default=None)


class CasePaper(Base):
    """A paper of a case: a file, or a waiver that says why there is none (B6).

    `round` is that of the case when it was put in, and the only one whose step it proves.
    """

    __tablename__ = "case_paper"
    __table_args__ = (
        CheckConstraint("(evidence_id IS NULL) = (waiver IS NOT NULL)", name="file_or_waiver"),
        UniqueConstraint("evidence_id"),
        Index("ix_case_paper_case_id", "case_id", "added_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    form: Mapped[str]
    dated: Mapped[date]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"), default=None)
    waiver: Mapped[bytes | None] = mapped_column(default=None)
    struck_at: Mapped[datetime | None] = mapped_column(default=None)
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    # Kept by `portal.papers`: whether an entry that is not struck out says that it was served.
    served: Mapped[bool] = mapped_column(default=False, server_default=false())


class CaseTask(Base):
    """Something one person does by a day; there is none without an owner and a date (B16).

    What goes on throughout the case has the day THROUGHOUT.
    """

    __tablename__ = "case_task"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
        Index("ix_case_task_case_id", "case_id", "due_on"),
        _some("ix_case_task_owner_id", IS_TO_DO, "owner_id", "due_on", "id"),
        _some("ix_case_task_to_do", IS_TO_DO, "due_on", "id"),
        _some("ix_case_task_remind", IS_TO_REMIND_OF, "due_on", "id"),
        _some("ix_case_task_reminded", IS_REMINDED_OF, "owner_id", "due_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    due_on: Mapped[date]
    body: Mapped[bytes]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    # The meeting that decided it.
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_meeting.id"), default=None)
    # Since when its owner is reminded that its day is near.
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)


class CaseNote(Base):
    """A note in a case, for the handler, for the unit, or told to every reporter of the case."""

    __tablename__ = "case_note"
    __table_args__ = (Index("ix_case_note_case_id", "case_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    audience: Mapped[Audience]
    body: Mapped[bytes]
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class CaseClock(Base):
    """How long a step of a case may take: one runs at a time, those before stay in the file.

    It keeps the numbers of its step as they were when it began. `promised_on` is its first end;
    `look_on` the day on which somebody has to look at it next.
    """

    __tablename__ = "case_clock"
    __table_args__ = (
        CheckConstraint("paused_on IS NULL OR met_at IS NULL", name="met_stands_no_more"),
        _some("ix_case_clock_running", IS_RUNNING, "case_id", unique=True),
        _some("ix_case_clock_look", IS_LOOKED_AT, "look_on", "id"),
        Index("ix_case_clock_case_id", "case_id", "starts_on"),
        _some("ix_case_clock_provisional", IS_PROVISIONAL, "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    move: Mapped[str]
    days: Mapped[int]
    warn_days: Mapped[int]
    extension_days: Mapped[int | None]
    pause_cap: Mapped[int]
    starts_on: Mapped[date]
    due_on: Mapped[date]
    promised_on: Mapped[date]
    look_on: Mapped[date | None]
    extended_days: Mapped[int] = mapped_column(default=0)
    paused_on: Mapped[date | None] = mapped_column(default=None)
    paused_days: Mapped[int] = mapped_column(default=0)
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    breached_at: Mapped[datetime | None] = mapped_column(default=None)
    met_at: Mapped[datetime | None] = mapped_column(default=None)
    # It runs into a year that is not announced yet, and is dated again once that is loaded.
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())


class CaseQuestion(Base):
    """A legal question to an adviser, and the answer (C12); `body` holds adviser and question."""

    __tablename__ = "case_question"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer_has_time"),
        Index("ix_case_question_case_id", "case_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    body: Mapped[bytes]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[bytes | None] = mapped_column(default=None)
    answered_on: Mapped[date | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class CaseAnswer(Base):
    """One answer to every reporter of a case who has none, given to each in their own thread.

    `body` holds the text; `answered` and `refused` are counted as it goes on, and the words go once
    it is done: each reporter has them in a thread of their own then.
    """

    __tablename__ = "case_answer"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (body IS NOT NULL)", name="words_until_done"),
        Index("ix_case_answer_case_id", "case_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    body: Mapped[bytes | None]
    method: Mapped[VerificationMethod]
    finding: Mapped[Finding]
    at: Mapped[datetime]
    by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    answered: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
