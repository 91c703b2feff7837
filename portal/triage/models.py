"""Why a report is where it is, and by what later reports are recognised as about the same."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class RoutingDecision(Base):
    """One decision on where a report goes: by a rule of the pack, or by a person with a reason.

    Unique by report and version: each version is decided once, whatever happens to workers.
    `explanation` is a list of `{"code", "zh", "en"}`; it quotes the pack, never the report.
    """

    __tablename__ = "routing_decision"
    __table_args__ = (
        UniqueConstraint("report_id", "version"),
        CheckConstraint("(decided_by IS NULL) = (rule_id IS NOT NULL)", name="rule_or_person"),
        CheckConstraint("decided_by IS NULL OR reason IS NOT NULL", name="person_says_why"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    version: Mapped[int]
    decided_at: Mapped[datetime]
    pack_version: Mapped[int]
    department_code: Mapped[str]
    support: Mapped[list[str]]
    rule_id: Mapped[str | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    # Typed by staff, so it may name people: encrypted under the report's key.
    reason: Mapped[bytes | None] = mapped_column(default=None)
    action: Mapped[str] = mapped_column(default="route")
    quality: Mapped[str] = mapped_column(default="usable")
    suggested_category: Mapped[str] = mapped_column(default="")
    secondary: Mapped[list[str]] = mapped_column(default_factory=list)
    split: Mapped[list[str]] = mapped_column(default_factory=list)
    explanation: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default_factory=list)


class LikenessKey(Base):
    """A keyed hash of something a report names (a venue in a region, a phone, an address).

    Two reports with the same key speak of the same thing; the key does not tell of what.
    """

    __tablename__ = "likeness_key"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    kind: Mapped[str]

    __table_args__ = (Index("ix_likeness_key_report_id", "report_id"),)


class LikenessBand(Base):
    """One of 16 bands of the MinHash of a report's text; equal bands make a candidate."""

    __tablename__ = "likeness_band"

    band: Mapped[bytes] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)

    __table_args__ = (Index("ix_likeness_band_report_id", "report_id"),)


class Signature(Base):
    """The MinHash of a report's text, 64 values of 32 bits, keyed."""

    __tablename__ = "likeness_signature"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    values: Mapped[bytes]


class InterestKind(StrEnum):
    """What somebody of the staff has an interest in."""

    NAME = "name"
    ADDRESS = "address"
    PHONE = "phone"
    UNIT = "unit"


class Interest(Base):
    """What somebody of the staff has declared to be too near to them (F13).

    Triage knows it by keyed hashes only: `key` of all of it and, for a name, `head` of its first
    two characters and its `length`, so that it is found in the middle of a text. What was
    declared, and why, is in `body`, under a key of its own, for the person who declared it.
    """

    __tablename__ = "interest"
    __table_args__ = (
        CheckConstraint("(kind = 'name') = (head IS NOT NULL)", name="names_have_heads"),
        Index("ix_interest_head", "head"),
        Index("ix_interest_key", "key"),
        Index("ix_interest_account_id", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[InterestKind]
    key: Mapped[bytes]
    head: Mapped[bytes | None] = mapped_column(default=None)
    length: Mapped[int] = mapped_column(default=0)
    body_key: Mapped[bytes]
    body: Mapped[bytes]
    made_at: Mapped[datetime]
    # The first day on which it does not count any more.
    ends_on: Mapped[date | None] = mapped_column(default=None)
