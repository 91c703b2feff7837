"""Reports as they are stored, and what belongs to them: receipt, identity, messages, clocks."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.intake.states import REPORT_LIFECYCLE, ReportAction, ReportState
from portal.jurisdiction.place import Stage, Suspension, Urgency
from portal.kernel.ids import ordered_id


class ReportKind(StrEnum):
    """Three sources, each with clocks of its own (B2, B3)."""

    TIP = "tip"
    COMPLAINT = "complaint"
    INSTRUCTION = "instruction"


class Channel(StrEnum):
    WEB = "web"
    TELEPHONE = "telephone"
    LETTER = "letter"
    VISIT = "visit"
    HAND_OVER = "hand-over"
    INSTRUCTION = "instruction"


class Stream(StrEnum):
    """Two streams of leads, never counted together (C1): what people report, what staff find."""

    REPORTED = "reported"
    PATROL = "patrol"


class ContactMode(StrEnum):
    ANONYMOUS = "anonymous"
    CONFIDENTIAL = "confidential"
    NAMED = "named"


class RegionState(StrEnum):
    """How sure we are of the place; `ambiguous` is a state and not a guess."""

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    ONLINE = "online"
    UNKNOWN = "unknown"


class MessageKind(StrEnum):
    QUESTION = "question"
    REPLY = "reply"
    SUPPLEMENT = "supplement"
    ANSWER = "answer"
    NOTICE = "notice"
    NOTE = "note"


class Author(StrEnum):
    REPORTER = "reporter"
    STAFF = "staff"
    SYSTEM = "system"


class Notice(StrEnum):
    """Whom the clocks of a report have made aware of it, from least to most."""

    WARNED = "warned"
    TOLD = "told"
    ESCALATED = "escalated"


# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_PROVISIONAL = "provisional AND met_at IS NULL"
IS_NOTICED = "notice IS NOT NULL"
IS_ESCALATED = "notice = 'escalated'"
# What is merged into another report is worked on there, and is in no heap of its own.
IS_OPEN = "state NOT IN ('declined', 'closed') AND merged_into IS NULL"


IS_PATROL = "stream = 'patrol'"
IS_WRITTEN_TO = "written_at IS NOT NULL"
IS_FIRST_RESULT = "result_number = 1 AND kind = 'answer'"


def _open(name: str, *columns: str) -> Index:
    return _where(name, IS_OPEN, *columns)


def _where(name: str, condition: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


class Report(Base):
    """One submission: a tip, a complaint or an instruction from above.

    Who sent it is not here: see ReporterIdentity, which the server itself cannot open. What it
    says is in `content`, encrypted under the report's own key: erasing the key erases it.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint(
            "state IN ('received', 'closed') OR department_code IS NOT NULL", name="has_desk"
        ),
        CheckConstraint("state <> 'received' OR department_code IS NULL", name="not_yet_routed"),
        CheckConstraint("state <> 'declined' OR decline_reason IS NOT NULL", name="why_declined"),
        CheckConstraint("state <> 'closed' OR close_reason IS NOT NULL", name="why_closed"),
        CheckConstraint("(content IS NULL) = (content_key IS NULL)", name="key_with_content"),
        # The lists of the desk: open work by nearest deadline, for a unit, a person, everybody.
        _open("ix_report_open_unit", "department_code", "next_due_on", "id"),
        # Without those that nobody has: the database would take them for few, and they are most.
        Index(
            "ix_report_open_handler",
            "handler_id",
            "next_due_on",
            "id",
            sqlite_where=text(f"{IS_OPEN} AND handler_id IS NOT NULL"),
            postgresql_where=text(f"{IS_OPEN} AND handler_id IS NOT NULL"),
        ),
        _open("ix_report_open", "next_due_on", "id"),
        _open("ix_report_open_category", "category", "next_due_on", "id"),
        _open("ix_report_open_region", "region", "next_due_on", "id"),
        # Open work that has had no step for long, the oldest first: of a unit, and of everybody.
        _open("ix_report_open_unit_standing", "department_code", "state", "changed_at", "id"),
        _open("ix_report_open_standing", "state", "changed_at", "id"),
        # Findings of patrols, few beside the reports.
        Index(
            "ix_report_patrol",
            "next_due_on",
            "id",
            sqlite_where=text(IS_PATROL),
            postgresql_where=text(IS_PATROL),
        ),
        # What a reporter has written to and nobody who has it has read since.
        _where("ix_report_written_unit", IS_WRITTEN_TO, "department_code", "next_due_on", "id"),
        # What a clock has warned of, or reported as late.
        _where("ix_report_noticed_unit", IS_NOTICED, "department_code", "next_due_on", "id"),
        _where("ix_report_escalated", IS_ESCALATED, "next_due_on", "id"),
        # Everything, newest first, open or not.
        Index("ix_report_unit_received", "department_code", "received_at", "id"),
        Index("ix_report_received", "received_at", "id"),
        Index("ix_report_category_received", "category", "received_at", "id"),
        # Those near a school, newest first.
        Index(
            "ix_report_near_school",
            *("received_at", "id"),
            sqlite_where=text("near_school = 1"),
            postgresql_where=text("near_school"),
        ),
        # Open work of priority territories.
        Index(
            "ix_report_priority_region",
            *("next_due_on", "id"),
            sqlite_where=text(f"{IS_OPEN} AND priority_region = 1"),
            postgresql_where=text(f"{IS_OPEN} AND priority_region"),
        ),
        # Which reports repeat this one. Only those that do: with the others in it, the database
        # would take every look-up for one that finds most of the table.
        *(
            _where(f"ix_report_{name}", f"{name} IS NOT NULL", name)
            for name in ("duplicate_of", "merged_into", "mass_of")
        ),
    )
    lifecycle = REPORT_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[ReportKind] = mapped_column(default=ReportKind.TIP)
    stream: Mapped[Stream] = mapped_column(default=Stream.REPORTED)
    channel: Mapped[Channel] = mapped_column(default=Channel.WEB)
    language: Mapped[str]
    contact_mode: Mapped[ContactMode]
    wants_feedback: Mapped[bool]
    wants_reward: Mapped[bool]
    received_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)

    content_key: Mapped[bytes | None]
    content: Mapped[bytes | None]
    chosen_category: Mapped[str | None]
    chosen_region: Mapped[str | None]

    category: Mapped[str]
    region: Mapped[str | None] = mapped_column(default=None)
    region_state: Mapped[RegionState] = mapped_column(default=RegionState.UNKNOWN)
    region_candidates: Mapped[list[str]] = mapped_column(default_factory=list)
    urgency: Mapped[Urgency] = mapped_column(default=Urgency.NORMAL)
    flags: Mapped[list[str]] = mapped_column(default_factory=list)
    near_school: Mapped[bool] = mapped_column(default=False, server_default=false())
    priority_region: Mapped[bool] = mapped_column(default=False, server_default=false())
    duplicate_of: Mapped[UUID | None] = mapped_column(ForeignKey("report.id"), default=None)
    # The report that leads, while this one is merged: never one that is merged itself. Why and by
    # whom is in `report_relation`. (No foreign key here and below: SQLite cannot add one later.)
    merged_into: Mapped[UUID | None] = mapped_column(default=None)
    # The first open report at the same desk with the very same text, if there was one.
    mass_of: Mapped[UUID | None] = mapped_column(default=None)
    # The earlier report whose code its reporter used to send this one (U35).
    follows: Mapped[UUID | None] = mapped_column(default=None)
    # The kind of unit that its reporter asked for, where they said so (U18).
    wished_kind: Mapped[str | None] = mapped_column(default=None)
    # Need-to-know: only the responsible unit sees it (F21), or only supervision (F13).
    restricted: Mapped[bool] = mapped_column(default=False)
    conflict: Mapped[bool] = mapped_column(default=False)
    excluded_units: Mapped[list[str]] = mapped_column(default_factory=list)

    state: Mapped[ReportState] = mapped_column(default=ReportState.RECEIVED)
    version: Mapped[int] = mapped_column(default=1)
    routing_version: Mapped[int] = mapped_column(default=0)
    department_code: Mapped[str | None] = mapped_column(default=None)
    handler_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    decline_reason: Mapped[str | None] = mapped_column(default=None)
    close_reason: Mapped[str | None] = mapped_column(default=None)
    # When the reporter was last asked and has not yet replied.
    waiting_since: Mapped[datetime | None] = mapped_column(default=None)
    # Every clock that has not been met stands still, whatever for.
    paused: Mapped[bool] = mapped_column(default=False)
    notice: Mapped[Notice | None] = mapped_column(default=None)
    result_number: Mapped[int] = mapped_column(default=0)
    contested_result: Mapped[int] = mapped_column(default=0)
    next_due_on: Mapped[date]
    changed_at: Mapped[datetime]
    # When its reporter last wrote, until whoever has it opens the page.
    written_at: Mapped[datetime | None] = mapped_column(default=None)
    # Since when a legal hold keeps it, and since when nothing is left of it but this row.
    held_at: Mapped[datetime | None] = mapped_column(default=None)
    disposed_at: Mapped[datetime | None] = mapped_column(default=None)
    rating_answered: Mapped[int | None] = mapped_column(default=None)
    rating_treated: Mapped[int | None] = mapped_column(default=None)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy

    @property
    def open_actions(self) -> tuple[ReportAction, ...]:
        """What may be done next; the pages show these and no other buttons.

        A report about an office is not returned: reception may be that office.
        """
        moves = self.lifecycle.actions_from(self.state)
        return tuple(one for one in moves if not (self.conflict and one is ReportAction.RETURN))


class Receipt(Base):
    """What lets the reporter come back: never the code itself.

    `locator_mac` finds the row; `verifier` proves the secret: a peppered HMAC at first and,
    seconds later, its Argon2id (`hardened`). The code can be shown again until `shown_until`
    to whoever holds the submission token of which only the hash is here.
    """

    __tablename__ = "receipt"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    locator_mac: Mapped[bytes] = mapped_column(unique=True)
    verifier: Mapped[bytes]
    hardened: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    counter: Mapped[int]
    commitment: Mapped[str]
    shown_until: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    first_return_at: Mapped[datetime | None] = mapped_column(default=None)
    # When the reporter put a code of their own in the place of the one on the receipt.
    replaced_at: Mapped[datetime | None] = mapped_column(default=None)


class ReporterIdentity(Base):
    """Name and contact, sealed to both custodian groups; the server holds no key to it.

    `fields` names what was given ("phone"), so that a custodian can ask for that field only.
    `layers` are the later versions of the keys it was wrapped in again, `wrap_version` the last.
    """

    __tablename__ = "reporter_identity"
    __table_args__ = (Index("ix_reporter_identity_wrap_version", "wrap_version"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    body: Mapped[bytes]
    wrap: Mapped[bytes]
    key_version: Mapped[int]
    wrap_version: Mapped[int]
    fields: Mapped[list[str]]
    sealed_at: Mapped[datetime]
    layers: Mapped[list[int]] = mapped_column(JSON, default_factory=list)


class ReporterMail(Base):
    """Where to write that there is news, sealed to the post; for those who wanted it only (U6).

    `key_id` is the pair of the post that the address is sealed to.
    `asked_at` is set while a letter is to go out; with `letter_id` it names one, and no report.
    """

    __tablename__ = "reporter_mail"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("custody_post_key.id"), index=True)
    address: Mapped[bytes]
    language: Mapped[str]
    kept_at: Mapped[datetime]
    letter_id: Mapped[UUID] = mapped_column(default_factory=uuid4)
    asked_at: Mapped[datetime | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    refused_at: Mapped[datetime | None] = mapped_column(default=None)


class Message(Base):
    """One entry of the two-way thread, or an internal note; encrypted under the report's key.

    `contest_by` is the last day on which a result can be called not resolved, as its reporter was
    told when they first read it.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("(author = 'staff') = (account_id IS NOT NULL)", name="staff_is_named"),
        Index("ix_message_report", "report_id", "sent_at"),
        # The first results, by when they were told: what the figures of a month are made of.
        _where("ix_message_first_result", IS_FIRST_RESULT, "sent_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    kind: Mapped[MessageKind]
    author: Mapped[Author]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    body: Mapped[bytes]
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    result_number: Mapped[int] = mapped_column(default=0)
    contest_by: Mapped[date | None] = mapped_column(default=None)


class ReportFile(Base):
    """Which file came with which report, or with which message of it."""

    __tablename__ = "report_file"
    __table_args__ = (Index("ix_report_file_report", "report_id"),)

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"), default=None)


class Clock(Base):
    """One promise about a report: a stage must be over by `due_on`.

    It keeps the rule of the version under which it started. `promised_on` is what the reporter
    was told; it never moves later. While `paused_at` is set the clock stands still; the days it
    stood are added on resuming, up to the rule's cap. `look_on` is the day on which somebody
    must look at it: to warn, to find it late, to let it run on; None once it was found late.
    """

    __tablename__ = "clock"
    __table_args__ = (
        UniqueConstraint("report_id", "stage", "round"),
        CheckConstraint("paused_at IS NULL OR met_at IS NULL", name="met_is_not_paused"),
        CheckConstraint("(paused_at IS NULL) = (paused_for IS NULL)", name="paused_for_what"),
        _where("ix_clock_look", "met_at IS NULL", "look_on"),
        _where("ix_clock_provisional", IS_PROVISIONAL, "report_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=ordered_id)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    stage: Mapped[Stage]
    round: Mapped[int] = mapped_column(default=1)
    rule_id: Mapped[str]
    place_version: Mapped[int]
    starts_on: Mapped[date]
    due_on: Mapped[date]
    warn_on: Mapped[date]
    promised_on: Mapped[date]
    provisional: Mapped[bool] = mapped_column(default=False)
    look_on: Mapped[date | None]
    paused_at: Mapped[datetime | None] = mapped_column(default=None)
    paused_for: Mapped[Suspension | None] = mapped_column(default=None)
    paused_days: Mapped[int] = mapped_column(default=0)
    extended_days: Mapped[int] = mapped_column(default=0)
    extensions: Mapped[int] = mapped_column(default=0)
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    breached_at: Mapped[datetime | None] = mapped_column(default=None)
    notice: Mapped[Notice | None] = mapped_column(default=None)
    met_at: Mapped[datetime | None] = mapped_column(default=None)
    # The territory by whose calendar it runs, where that is another one than the whole place's.
    territory: Mapped[str] = mapped_column(default="", server_default="")
