"""Why a report is where it is, and by what later reports are recognised as about the same."""

from datetime import datetime
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


class CategoryCorrection(Base):
    """A person said that a report is of another category; of each report the last word counts.

    What suggestions are learnt from, together with the words of the report.
    """

    __tablename__ = "category_correction"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    before: Mapped[str]
    category: Mapped[str]
    corrected_at: Mapped[datetime] = mapped_column(index=True)


class SuggestionModel(Base):
    """What was learnt from corrections at one training; only the newest is kept.

    The counts of n-grams are content: they are in `learnt`, encrypted under a key of their own.
    `measured` is how right it was on the corrections held back: a list of `{"category",
    "corrections", "tested", "right"}`.
    """

    __tablename__ = "suggestion_model"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    version: Mapped[int] = mapped_column(unique=True)
    trained_at: Mapped[datetime]
    key: Mapped[bytes]
    learnt: Mapped[bytes]
    measured: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


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
