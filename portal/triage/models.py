"""Why a report is where it is, and by what later reports are recognised as about the same.

Also what other rules would have made of them.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.triage.states import PREVIEW_LIFECYCLE, PreviewState, RelationKind

# In the facts of a decision, beside what the table was asked: the unit that it answered. What
# comes after the table may give the report to another one.
ANSWERED: Final = "unit"


class RoutingDecision(Base):
    """One decision on where a report goes: by a rule of the pack, or by a person with a reason.

    Unique by report and version: each version is decided once, whatever happens to workers.
    `explanation` is a list of `{"code", "zh", "en"}`; it quotes the pack, never the report.
    `facts` are what the table of the place was asked (`portal.triage.rules.table.Asked`), so that
    the same can be asked again, and what it answered; a person's decision has none.
    """

    __tablename__ = "routing_decision"
    __table_args__ = (
        UniqueConstraint("report_id", "version"),
        CheckConstraint("(decided_by IS NULL) = (rule_id IS NOT NULL)", name="rule_or_person"),
        CheckConstraint("decided_by IS NULL OR reason IS NOT NULL", name="person_says_why"),
        # What rules decided, the newest first: what a preview goes through.
        Index(
            "ix_routing_decision_by_rule",
            "decided_at",
            "id",
            sqlite_where=text("rule_id IS NOT NULL"),
            postgresql_where=text("rule_id IS NOT NULL"),
        ),
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
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)


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
    "corrections", "tested", "right", "suggested"}`.
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

    # With the kind, so that whether a report names a venue is answered by the index alone.
    __table_args__ = (Index("ix_likeness_key_report_id_kind", "report_id", "kind"),)


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


class LikenessOffer(Base):
    """A likeness that was found, for staff to decide on: which earlier report, and what agrees.

    `reasons` are codes of `LikenessReason`; they quote neither of the two.
    """

    __tablename__ = "likeness_offer"
    __table_args__ = (Index("ix_likeness_offer_other_id", "other_id"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    reasons: Mapped[list[str]]
    found_at: Mapped[datetime]


def _live(name: str, *columns: str, more: str = "") -> Index:
    where = text(f"undone_at IS NULL{more}")
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class ReportRelation(Base):
    """What was decided about two reports: merged, linked or kept apart, until it is undone.

    The `following` report is worked on with the `leading` one if they are merged; otherwise the
    leading one is simply the earlier. `pair` is both ids in order, so that two reports have one
    live relation whichever leads. `reasons` are what agreed; `note` is why, in a person's words,
    encrypted under the key of the following report.
    """

    __tablename__ = "report_relation"
    __table_args__ = (
        CheckConstraint("leading_id <> following_id", name="two_reports"),
        CheckConstraint("undone_by IS NULL OR undone_at IS NOT NULL", name="undone_has_time"),
        _live("uq_report_relation_live_pair", "pair"),
        _live("uq_report_relation_live_merge", "following_id", more=" AND kind = 'merged'"),
        Index("ix_report_relation_leading_id", "leading_id"),
        Index("ix_report_relation_following_id", "following_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    leading_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    following_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    pair: Mapped[bytes]
    kind: Mapped[RelationKind]
    reasons: Mapped[list[str]]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime]
    note: Mapped[bytes | None] = mapped_column(default=None)
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    # Who had the following report when it was merged.
    handler_before: Mapped[UUID | None] = mapped_column(default=None)

    @property
    def by_itself(self) -> bool:
        """Whether no person said it: whoever finds that it is wrong says why."""
        return self.kind is RelationKind.LINKED and self.decided_by is None


def note_context(relation_id: UUID) -> str:
    """The one place the note of a relation may stand in."""
    return f"report_relation.note:{relation_id}"


class RoutingPreview(Base):
    """What another place, not saved, would have made of the newest `bound` decisions of rules.

    `candidate` is what it changes of the place in `base_version`; `counts` is a list of
    `[from, to, rule, number]`. The decisions older than (`cursor_at`, `cursor_id`) are still to
    come. Kept for a week.
    """

    __tablename__ = "routing_preview"
    __table_args__ = (
        CheckConstraint("(state = 'done') = (finished_at IS NOT NULL)", name="done_has_time"),
        CheckConstraint("(cursor_at IS NULL) = (cursor_id IS NULL)", name="whole_cursor"),
        Index("ix_routing_preview_asked_at", "asked_at"),
    )
    lifecycle = PREVIEW_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    state: Mapped[PreviewState] = mapped_column(default=PreviewState.RUNNING)
    base_version: Mapped[int]
    candidate: Mapped[dict[str, Any]]
    bound: Mapped[int]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    cursor_at: Mapped[datetime | None] = mapped_column(default=None)
    cursor_id: Mapped[UUID | None] = mapped_column(default=None)
    counts: Mapped[list[list[Any]]] = mapped_column(JSON, default_factory=list)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


class RoutingMove(Base):
    """One report that would be elsewhere, by its place among those of a preview, newest first."""

    __tablename__ = "routing_move"

    preview_id: Mapped[UUID] = mapped_column(ForeignKey("routing_preview.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    before: Mapped[str]
    after: Mapped[str]
    rule: Mapped[str]
