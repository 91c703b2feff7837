"""Rewards as they are stored: what was found about reports, where each stands, and the awards.

Who a reporter is stands nowhere here. Words are encrypted: those of the office under the key of
the case, those of a reporter under the key of the report.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.jurisdiction.reward_tables import ExclusionGround
from portal.rewards.ledger.models import quoted
from portal.rewards.states import (
    AWARD_LIFECYCLE,
    LIVE_AWARDS,
    OPEN_AWARDS,
    AwardAction,
    AwardState,
    Rank,
    RewardFindingKind,
)

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_OPEN_AWARD = f"state IN ({quoted(*OPEN_AWARDS)})"
IS_LIVE_AWARD = f"state IN ({quoted(*LIVE_AWARDS)})"
IS_UNANSWERED = "answered_at IS NULL"


class RewardFinding(Base):
    """What the head found about a report of a case: new facts, joint, or excluded and why."""

    __tablename__ = "reward_finding"
    __table_args__ = (
        CheckConstraint("(kind = 'excluded') = (ground IS NOT NULL)", name="why_excluded"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        Index(
            "uq_reward_finding_live",
            *("case_id", "report_id"),
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    kind: Mapped[RewardFindingKind]
    ground: Mapped[ExclusionGround | None]
    reason: Mapped[bytes]
    at: Mapped[datetime]
    by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class RewardStanding(Base):
    """Where a reporter was last told that their report ranks among those of its case."""

    __tablename__ = "reward_standing"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    rank: Mapped[Rank]
    told_at: Mapped[datetime]


class RewardSplit(Base):
    """The parts that a reporter says those who reported together agreed on.

    `among` are the reports that shared then, in the order of the trail: among others it says
    nothing.
    """

    __tablename__ = "reward_split"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    among: Mapped[list[str]] = mapped_column(JSON)
    shares: Mapped[list[int]] = mapped_column(JSON)
    at: Mapped[datetime]


class RewardObjection(Base):
    """A reporter's objection to where the report stands, or to a refusal, and the answer."""

    __tablename__ = "reward_objection"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer_has_time"),
        CheckConstraint("(answered_at IS NULL) = (granted IS NULL)", name="outcome"),
        UniqueConstraint("award_id"),
        Index("ix_reward_objection_case_id", "case_id", "at"),
        Index(
            "ix_reward_objection_open",
            *("at", "id"),
            sqlite_where=text(IS_UNANSWERED),
            postgresql_where=text(IS_UNANSWERED),
        ),
        Index(
            "uq_reward_objection_open",
            "report_id",
            unique=True,
            sqlite_where=text(IS_UNANSWERED),
            postgresql_where=text(IS_UNANSWERED),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    body: Mapped[bytes]
    at: Mapped[datetime]
    # The refused award it is about; None where it is about the rank.
    award_id: Mapped[UUID | None] = mapped_column(ForeignKey("reward_award.id"), default=None)
    answer: Mapped[bytes | None] = mapped_column(default=None)
    granted: Mapped[bool | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class Award(Base):
    """A reward for one report of a case, from the promise on; amounts are in minor units.

    `place_version` is the place under whose scheme it was promised. `pool` is what the case is
    worth by the scheme, `amount` this report's part of it, `lines` how both were computed.
    `content` holds the words of the office as JSON.
    """

    __tablename__ = "reward_award"
    __table_args__ = (
        CheckConstraint("amount IS NULL OR amount > 0", name="some_amount"),
        CheckConstraint("amount IS NULL OR amount <= pool", name="within_the_pool"),
        CheckConstraint(
            "state IN ('promised', 'withdrawn')"
            " OR (amount IS NOT NULL AND line_id IS NOT NULL AND level IS NOT NULL)",
            name="computed",
        ),
        CheckConstraint(f"({IS_OPEN_AWARD}) = (ended_at IS NULL)", name="ended"),
        UniqueConstraint("case_id", "number"),
        Index(
            "uq_reward_award_live",
            *("case_id", "report_id"),
            unique=True,
            sqlite_where=text(IS_LIVE_AWARD),
            postgresql_where=text(IS_LIVE_AWARD),
        ),
        Index(
            "ix_reward_award_open",
            *("promised_at", "id"),
            sqlite_where=text(IS_OPEN_AWARD),
            postgresql_where=text(IS_OPEN_AWARD),
        ),
        Index("ix_reward_award_report_id", "report_id"),
        Index("ix_reward_award_ended", "state", "ended_at"),
    )
    lifecycle = AWARD_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    scheme: Mapped[str]
    place_version: Mapped[int]
    currency: Mapped[str]
    promised_at: Mapped[datetime]
    promised_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    state: Mapped[AwardState] = mapped_column(default=AwardState.PROMISED)
    version: Mapped[int] = mapped_column(default=1)
    level: Mapped[str | None] = mapped_column(default=None)
    base: Mapped[int | None] = mapped_column(BigInteger, default=None)
    units: Mapped[int | None] = mapped_column(BigInteger, default=None)
    chosen: Mapped[int | None] = mapped_column(BigInteger, default=None)
    pool: Mapped[int | None] = mapped_column(BigInteger, default=None)
    amount: Mapped[int | None] = mapped_column(BigInteger, default=None)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default_factory=list)
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("budget_line.id"), default=None)
    needs_second: Mapped[bool] = mapped_column(default=False)
    claim_by: Mapped[date | None] = mapped_column(default=None)
    content: Mapped[bytes | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy

    @property
    def open_actions(self) -> tuple[AwardAction, ...]:
        """What may be done next: whether one or two approve follows from the amount."""
        left_out = None
        if self.state is AwardState.CONFIRMED:
            left_out = AwardAction.APPROVE if self.needs_second else AwardAction.ENDORSE
        return tuple(one for one in self.lifecycle.actions_from(self.state) if one is not left_out)


class AwardStep(Base):
    """What one natural person did for an award: one step each, and each step once.

    The two constraints are the separation of persons; triggers see to it that the person is that
    of the account, that no state is reached without its step, and that a step stays.
    """

    __tablename__ = "award_step"
    __table_args__ = (
        UniqueConstraint("award_id", "person_id"),
        UniqueConstraint("award_id", "step"),
        CheckConstraint("no_conflict", name="conflict_denied"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    award_id: Mapped[UUID] = mapped_column(ForeignKey("reward_award.id"))
    step: Mapped[AwardAction]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[UUID]
    no_conflict: Mapped[bool]
    at: Mapped[datetime]
