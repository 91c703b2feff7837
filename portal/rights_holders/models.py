"""Organisations of rights-holders, their people and works, and what they complain about."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.rights_holders.rules.domains import DomainFailure
from portal.rights_holders.rules.identifiers import Scheme
from portal.rights_holders.rules.people import FilePurpose, MemberRole, OrganisationKind
from portal.rights_holders.rules.works import WorkKind
from portal.rights_holders.states import (
    COMPLAINT_LIFECYCLE,
    ORGANISATION_LIFECYCLE,
    ComplaintState,
    OrganisationReason,
    OrganisationState,
)

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_MEMBER = "ended_at IS NULL"
NEEDS_INFORMATION = "state = 'needs-information'"
UNFILED = "state IN ('lapsed', 'repeated') AND body IS NOT NULL"


class Organisation(Base):
    """Who owns rights. Contact and what the office wrote are encrypted under a key of its own.

    `works`, `sheets`, `complaints` and `files` are the last numbers given; whoever gives the next
    one holds the row locked. `region` is where it has its seat: "" for one abroad, or that has not
    said. `digest_month` is the last month (`2026-10`) of whose news somebody has thought.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="why_refused"),
        Index("ix_organisation_state_registered", "state", "registered_at", "id"),
        Index("ix_organisation_registered", "registered_at", "id"),
    )
    lifecycle = ORGANISATION_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[OrganisationKind]
    registration: Mapped[str]
    content_key: Mapped[bytes]
    details: Mapped[bytes]
    state: Mapped[OrganisationState] = mapped_column(default=OrganisationState.WAITING)
    reason: Mapped[OrganisationReason | None] = mapped_column(default=None)
    said: Mapped[bytes | None] = mapped_column(default=None)
    registered_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    region: Mapped[str] = mapped_column(default="", server_default="")
    digest_month: Mapped[str] = mapped_column(default="", server_default="")
    works: Mapped[int] = mapped_column(default=0)
    sheets: Mapped[int] = mapped_column(default=0)
    complaints: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0, server_default="0")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy


class Membership(Base):
    """What somebody is for an organisation, until it is ended or a power of attorney runs out.

    Before `accepted_at` it is an invitation: it gives nothing, and whoever it is for may decline.
    """

    __tablename__ = "organisation_member"
    __table_args__ = (
        Index(
            "uq_organisation_member_current",
            *("organisation_id", "account_id"),
            unique=True,
            sqlite_where=text(IS_MEMBER),
            postgresql_where=text(IS_MEMBER),
        ),
        Index("ix_organisation_member_account", "account_id"),
        CheckConstraint("role <> 'agent' OR power_until IS NOT NULL", name="a_power_ends"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[MemberRole]
    power_until: Mapped[date | None] = mapped_column(default=None)
    joined_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class ApiToken(Base):
    """What lets a program of an organisation work in the name of the owner who made it.

    Of the token there is its SHA-256 only: it has 256 random bits, so that no slow hash is needed.
    """

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_organisation", "organisation_id", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    expires_on: Mapped[date]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class ApiRequest(Base):
    """What a request with a key of its own came to, written with its effect.

    `key` and `request` are SHA-256; `result` is the number of what was made.
    """

    __tablename__ = "api_request"
    __table_args__ = (Index("ix_api_request_answered_at", "answered_at"),)

    token_id: Mapped[UUID] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    request: Mapped[bytes]
    result: Mapped[int]
    answered_at: Mapped[datetime]


class OrganisationFile(Base):
    """A file handed in to show that somebody owns the rights, or may act for the owner."""

    __tablename__ = "organisation_file"
    __table_args__ = (Index("ix_organisation_file_organisation", "organisation_id"),)

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    purpose: Mapped[FilePurpose]


class OrganisationDomain(Base):
    """A name on the net that an organisation says is its own, and the file that shows it.

    It is proved until `proved_until`, and looked at again before; `failure` is why the last look
    showed nothing.
    """

    __tablename__ = "organisation_domain"
    __table_args__ = (
        UniqueConstraint("organisation_id", "domain"),
        Index("ix_organisation_domain_proved", "proved_until", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    domain: Mapped[str]
    token: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    looks: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime | None] = mapped_column(default=None)
    failure: Mapped[DomainFailure | None] = mapped_column(default=None)
    proved_until: Mapped[date | None] = mapped_column(default=None)


class Work(Base):
    """A work in the register of an organisation, known by number, title and identifiers."""

    __tablename__ = "protected_work"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "kind", "folded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    title: Mapped[str]
    folded: Mapped[str]
    kind: Mapped[WorkKind]
    author: Mapped[str]
    sellers: Mapped[list[str]]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))


class WorkVersion(Base):
    """What the register said of a work before it was changed; `number` counts from 1."""

    __tablename__ = "work_version"

    work_id: Mapped[UUID] = mapped_column(ForeignKey("protected_work.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[WorkKind]
    author: Mapped[str]
    sellers: Mapped[list[str]]
    identifiers: Mapped[dict[str, Any]]
    ended_at: Mapped[datetime]
    ended_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))


class WorkIdentifier(Base):
    """A number that a work is known by; within an organisation it is one work's only."""

    __tablename__ = "work_identifier"
    __table_args__ = (Index("ix_work_identifier_work", "work_id"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    scheme: Mapped[Scheme] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    work_id: Mapped[UUID] = mapped_column(ForeignKey("protected_work.id"))


class WorkFile(Base):
    """A file that proves the right in a work; one file may prove it for many."""

    __tablename__ = "work_file"
    __table_args__ = (Index("ix_work_file_evidence", "evidence_id"),)

    work_id: Mapped[UUID] = mapped_column(ForeignKey("protected_work.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)


class ComplaintSheet(Base):
    """Complaints that came in one sheet; they are filed once what is declared was declared."""

    __tablename__ = "complaint_sheet"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    encoding: Mapped[str]
    rows: Mapped[int]
    language: Mapped[str]
    received_at: Mapped[datetime]
    received_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    declared_at: Mapped[datetime | None] = mapped_column(default=None)


class Complaint(Base):
    """One complaint: one work, one target. It becomes a report of its own once it is complete.

    What was typed is in `body`, under the organisation's key. `problems` name columns and faults.
    `digest` is keyed: it is the same for the same work, target and day.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("(state = 'filed') = (report_id IS NOT NULL)", name="filed_has_report"),
        CheckConstraint("(state = 'repeated') = (repeats IS NOT NULL)", name="repeats_another"),
        CheckConstraint("state <> 'needs-information' OR due_on IS NOT NULL", name="has_deadline"),
        Index("ix_complaint_state", "organisation_id", "state", "number"),
        Index("ix_complaint_work", "organisation_id", "work_id", "number"),
        Index("ix_complaint_target", "organisation_id", "target", "number"),
        Index("ix_complaint_digest", "organisation_id", "digest"),
        Index("ix_complaint_sheet", "sheet_id", "sheet_row"),
        Index(
            "ix_complaint_due",
            *("due_on", "id"),
            sqlite_where=text(NEEDS_INFORMATION),
            postgresql_where=text(NEEDS_INFORMATION),
        ),
        Index(
            "ix_complaint_unfiled",
            *("changed_at", "id"),
            sqlite_where=text(UNFILED),
            postgresql_where=text(UNFILED),
        ),
    )
    lifecycle = COMPLAINT_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("complaint_sheet.id"), default=None)
    sheet_row: Mapped[int | None] = mapped_column(default=None)
    work_id: Mapped[UUID | None] = mapped_column(ForeignKey("protected_work.id"), default=None)
    filed_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    language: Mapped[str]
    body: Mapped[bytes | None]
    problems: Mapped[dict[str, Any]]
    digest: Mapped[bytes | None] = mapped_column(default=None)
    target: Mapped[bytes | None] = mapped_column(default=None)
    state: Mapped[ComplaintState] = mapped_column(default=ComplaintState.NEEDS_INFORMATION)
    due_on: Mapped[date | None] = mapped_column(default=None)
    report_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("report.id"), unique=True, default=None
    )
    repeats: Mapped[UUID | None] = mapped_column(ForeignKey("complaint.id"), default=None)
    declared_at: Mapped[datetime | None] = mapped_column(default=None)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy


class ComplaintFile(Base):
    """A file that came with a complaint, and goes into its report."""

    __tablename__ = "complaint_file"
    __table_args__ = (Index("ix_complaint_file_complaint", "complaint_id"),)

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id"))


class SentFile(Base):
    """A file that a program sent ahead of the complaint that is to name it; it waits for a day."""

    __tablename__ = "sent_file"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        Index("ix_sent_file_sent_at", "sent_at"),
    )

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    sent_at: Mapped[datetime]


def details_context(organisation_id: UUID) -> str:
    """The one place the contact of an organisation may stand in."""
    return f"organisation.details:{organisation_id}"


def said_context(organisation_id: UUID) -> str:
    """The one place what the office wrote to an organisation may stand in."""
    return f"organisation.said:{organisation_id}"


def complaint_context(complaint_id: UUID) -> str:
    """The one place what was typed for a complaint may stand in."""
    return f"complaint.body:{complaint_id}"
