"""The plan of a year for a territory, its campaigns, and what each unit has to do for them.

What is written here every desk below reads; nobody is named in it but who answers for it.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.campaigns.states import (
    PLAN_LIFECYCLE,
    PLAN_TASK_LIFECYCLE,
    PlanAction,
    PlanState,
    PlanTaskAction,
    PlanTaskState,
)
from portal.infra.database import Base

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_TO_REMIND_OF = "state = 'open' AND reminded_at IS NULL"
IS_REMINDED = "state = 'open' AND reminded_at IS NOT NULL"


def _some(name: str, condition: str, *columns: str) -> Index:
    where = text(condition)
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class CampaignPlan(Base):
    """The plan of a territory for a year: the paper that was adopted, and who answers for it."""

    __tablename__ = "campaign_plan"
    __table_args__ = (
        UniqueConstraint("region", "year"),
        UniqueConstraint("evidence_id"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_at"),
        Index("ix_campaign_plan_year", "year", "id"),
        Index("ix_campaign_plan_accountable_id", "accountable_id"),
    )
    lifecycle = PLAN_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    year: Mapped[int]
    region: Mapped[str]
    department_code: Mapped[str]
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"))
    accountable_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[PlanState] = mapped_column(default=PlanState.CURRENT)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[PlanAction, ...]:
        """What may become of it next."""
        return self.lifecycle.actions_from(self.state)


class Campaign(Base):
    """A campaign of a plan, from one day to another, and who answers for it (A22)."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="in_order"),
        Index("ix_campaign_plan_id", "plan_id", "starts_on", "id"),
        Index("ix_campaign_accountable_id", "accountable_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_plan.id"))
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    accountable_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class CampaignTask(Base):
    """What a unit has to do for a campaign by a day, and what came of it."""

    __tablename__ = "campaign_task"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at"),
        Index("ix_campaign_task_campaign_id", "campaign_id", "due_on", "id"),
        _some("ix_campaign_task_remind", IS_TO_REMIND_OF, "due_on", "id"),
        _some("ix_campaign_task_due", IS_REMINDED, "department_code", "due_on", "id"),
    )
    lifecycle = PLAN_TASK_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    text: Mapped[str]
    department_code: Mapped[str]
    due_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[PlanTaskState] = mapped_column(default=PlanTaskState.OPEN)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    outcome: Mapped[str] = mapped_column(default="")
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[PlanTaskAction, ...]:
        """What may become of it next."""
        return self.lifecycle.actions_from(self.state)
