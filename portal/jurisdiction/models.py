"""The place as it is stored: one row for each thing, with the versions in which it holds.

A version of the place is the set of rows with `since_version <= v` that had not ended by then.
Loading a pack or changing something on a page ends the rows that changed and adds new ones, so
that a decision can be replayed with the place of its day.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, CheckConstraint, false
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.jurisdiction.place import (
    ClockEvent,
    DayKind,
    DayUnit,
    Level,
    ReasonKind,
    Stage,
    Urgency,
)
from portal.jurisdiction.tables import Way
from portal.jurisdiction.versioned import Versioned as Versioned  # noqa: PLC0414  # of every row


class PackVersion(Base):
    """One version of the whole place: what is said once, and who made it when and why.

    It holds from `starts_at`; one that was withdrawn before that keeps its number and no rows.
    `confirmed_by` published what `loaded_by` had drafted, where that takes two.
    """

    __tablename__ = "pack_version"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> loaded_by", name="two_people"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    version: Mapped[int] = mapped_column(unique=True)
    pack: Mapped[str]
    edition: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    zone: Mapped[str]
    unsure_category: Mapped[str]
    coordinator: Mapped[str]
    supervision: Mapped[str]
    hotline: Mapped[str]
    first_year: Mapped[int]
    last_year: Mapped[int]
    content_hash: Mapped[str]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[UUID | None]
    school_distance: Mapped[int] = mapped_column(default=200, server_default="200")
    preselect_confidence: Mapped[int] = mapped_column(default=0, server_default="0")
    opening_told_days: Mapped[int] = mapped_column(default=30, server_default="30")
    contest_days: Mapped[int] = mapped_column(default=30, server_default="30")
    priority: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    complaint_categories: Mapped[list[str]] = mapped_column(
        default_factory=list, server_default="[]"
    )
    complaint_demands: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    complaint_days: Mapped[int] = mapped_column(default=10, server_default="10")
    declaration_zh: Mapped[str] = mapped_column(default="", server_default="")
    declaration_en: Mapped[str] = mapped_column(default="", server_default="")
    counter_reasons: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    counter_demands: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    counter_declaration_zh: Mapped[str] = mapped_column(default="", server_default="")
    counter_declaration_en: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    starts_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_by: Mapped[UUID | None] = mapped_column(default=None)

    @hybrid_method
    def has_started(self, now: datetime) -> bool:
        """Whether it holds; what started when it was made does, whatever the clock says now."""
        return (self.starts_at <= now) | (self.starts_at <= self.loaded_at)


class RegionRow(Versioned):
    __tablename__ = "region"

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    short: Mapped[str]
    level: Mapped[Level]
    parent: Mapped[str | None]
    aliases: Mapped[list[str]]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    successors: Mapped[list[str]]


class TownshipsRow(Versioned):
    """The names below county level in one region, for recognising places in a text."""

    __tablename__ = "townships"
    key_names = ("region",)

    region: Mapped[str]
    names: Mapped[list[str]]


class DepartmentKindRow(Versioned):
    __tablename__ = "department_kind"
    key_names = ("kind",)

    kind: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    duty_zh: Mapped[str]
    duty_en: Mapped[str]
    outside: Mapped[bool]
    receives_by: Mapped[Way | None]
    contact_zh: Mapped[str | None]
    contact_en: Mapped[str | None]


class DepartmentRow(Versioned):
    __tablename__ = "department"

    code: Mapped[str]
    kind: Mapped[str]
    region: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    receives_by: Mapped[Way | None]
    contact_zh: Mapped[str | None]
    contact_en: Mapped[str | None]


class DelegationRow(Versioned):
    __tablename__ = "delegation"
    key_names = ("giver", "taker", "region")

    giver: Mapped[str]
    taker: Mapped[str]
    region: Mapped[str]
    categories: Mapped[list[str]]
    basis_zh: Mapped[str]
    basis_en: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class CategoryRow(Versioned):
    __tablename__ = "category"

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    hint_zh: Mapped[str]
    hint_en: Mapped[str]
    group_code: Mapped[str]
    urgency: Mapped[Urgency]
    terms: Mapped[dict[str, Any]]
    stopper_zh: Mapped[str | None]
    stopper_en: Mapped[str | None]
    link_only: Mapped[bool]
    restricted: Mapped[bool]
    allow_anonymous: Mapped[bool]
    reward_allowed: Mapped[bool]
    offered: Mapped[bool]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    capture: Mapped[bool] = mapped_column(default=False, server_default=false())


class RoutingRuleRow(Versioned):
    __tablename__ = "routing_rule"

    code: Mapped[str]
    conditions: Mapped[dict[str, Any]]
    lead: Mapped[str]
    support: Mapped[list[str]]
    sentence_zh: Mapped[str]
    sentence_en: Mapped[str]
    basis_zh: Mapped[str | None]
    basis_en: Mapped[str | None]


class ClockRuleRow(Versioned):
    __tablename__ = "clock_rule"

    code: Mapped[str]
    stage: Mapped[Stage]
    n: Mapped[int]
    unit: Mapped[DayUnit]
    starts: Mapped[ClockEvent]
    warn_days: Mapped[int]
    warn_share: Mapped[int]
    extension_n: Mapped[int]
    extension_times: Mapped[int]
    suspends_on: Mapped[list[str]]
    pause_cap: Mapped[int]
    on_breach: Mapped[list[str]]
    urgencies: Mapped[list[str]]
    kinds: Mapped[list[str]]
    categories: Mapped[list[str]]
    basis_zh: Mapped[str | None]
    basis_en: Mapped[str | None]


class ReasonRow(Versioned):
    __tablename__ = "reason"

    code: Mapped[str]
    kind: Mapped[ReasonKind]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    to_reporter_zh: Mapped[str]
    to_reporter_en: Mapped[str]


class MeasureRow(Versioned):
    __tablename__ = "measure"

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    unit_zh: Mapped[str]
    unit_en: Mapped[str]
    needs_legal_basis: Mapped[bool]
    least_grade: Mapped[str]


class PaperFormRow(Versioned):
    __tablename__ = "paper_form"

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    number: Mapped[int | None]
    parts: Mapped[list[str]]
    reports: Mapped[bool]
    served: Mapped[bool]
    proof: Mapped[bool]
    phrase_zh: Mapped[str | None]
    phrase_en: Mapped[str | None]
    periods: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    signed_by: Mapped[list[str]]
    phrases: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default_factory=list, server_default="[]"
    )
    without_case: Mapped[bool] = mapped_column(default=False, server_default=false())


class LetterheadRow(Versioned):
    __tablename__ = "letterhead"
    key_names = ("department",)

    department: Mapped[str]
    name_zh: Mapped[str | None]
    name_en: Mapped[str | None]
    address_zh: Mapped[str]
    address_en: Mapped[str]
    phone: Mapped[str]
    picture: Mapped[str] = mapped_column(default="", server_default="")


class CaseStepRow(Versioned):
    __tablename__ = "case_step"
    key_names = ("move",)

    move: Mapped[str]
    papers: Mapped[list[str]]
    confirmed: Mapped[bool]
    days: Mapped[int | None]
    decision: Mapped[bool]
    warn_days: Mapped[int] = mapped_column(default=3, server_default="3")
    extension_days: Mapped[int | None] = mapped_column(default=None)
    pause_cap: Mapped[int] = mapped_column(default=0, server_default="0")
    carries: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    unit: Mapped[str] = mapped_column(default="calendar", server_default="calendar")
    notice: Mapped[str] = mapped_column(default="", server_default="")


class MajorRuleRow(Versioned):
    __tablename__ = "major_rule"

    code: Mapped[str]
    sentence_zh: Mapped[str]
    sentence_en: Mapped[str]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    copies: Mapped[int | None]
    factors: Mapped[list[str]]
    police: Mapped[bool]


class RetentionRow(Versioned):
    __tablename__ = "retention_rule"

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    record: Mapped[str]
    basis_zh: Mapped[str]
    basis_en: Mapped[str]
    kinds: Mapped[list[str]]
    endings: Mapped[list[str]]
    starts: Mapped[str]
    months: Mapped[int | None]
    action: Mapped[str]
    identity_months: Mapped[int | None]


class RewardSchemeRow(Versioned):
    __tablename__ = "reward_scheme"

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]
    currency: Mapped[str]
    categories: Mapped[list[str]]
    first_acts: Mapped[list[str]]
    excluded: Mapped[list[str]]
    cap: Mapped[int | None] = mapped_column(BigInteger)
    second_from: Mapped[int | None] = mapped_column(BigInteger)
    claim_days: Mapped[int | None]
    new_facts_share: Mapped[int]
    cash_code: Mapped[bool] = mapped_column(server_default=false())
    levels: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class LegalBasisRow(Versioned):
    __tablename__ = "legal_basis"

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]


class NoticeRow(Versioned):
    __tablename__ = "notice_text"
    key_names = ("event", "recipient")

    event: Mapped[str]
    recipient: Mapped[str]
    sentence_zh: Mapped[str]
    sentence_en: Mapped[str]


class StatusTextRow(Versioned):
    __tablename__ = "status_text"
    key_names = ("stage", "category")

    stage: Mapped[str]
    category: Mapped[str]
    sentence_zh: Mapped[str]
    sentence_en: Mapped[str]


class CalendarDayRow(Versioned):
    __tablename__ = "calendar_day"
    key_names = ("on_date", "region")

    on_date: Mapped[date]
    kind: Mapped[DayKind]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    # The territory that has this day otherwise than the rest; none for the whole place.
    region: Mapped[str] = mapped_column(default="", server_default="")


class EmergencyNumberRow(Versioned):
    __tablename__ = "emergency_number"
    key_names = ("number",)

    number: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]


VERSIONED: tuple[type[Versioned], ...] = (
    *(RegionRow, TownshipsRow, DepartmentKindRow, DepartmentRow, DelegationRow, CategoryRow),
    *(RoutingRuleRow, ClockRuleRow, ReasonRow, MeasureRow, PaperFormRow, LetterheadRow),
    *(CaseStepRow, MajorRuleRow, RetentionRow, RewardSchemeRow, LegalBasisRow, NoticeRow),
    *(StatusTextRow, CalendarDayRow, EmergencyNumberRow),
)
