"""Funds, their budget lines, and the ledger: what is written there is never changed.

A movement is one row with both its sides, so there is no transaction that does not sum to zero.
Triggers refuse UPDATE and DELETE, and an INSERT of what the account, or the award, does not hold.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.rewards.ledger.states import OF_THE_BUDGET, ONCE, WAYS, LedgerAccount, MovementKind


def quoted(*codes: str) -> str:
    """Codes as SQL says a list of them."""
    return ", ".join(f"'{code}'" for code in codes)


IS_ITS_WAY = " OR ".join(
    f"(kind = '{kind}' AND source = '{source}' AND target = '{target}')"
    for kind, (source, target) in WAYS.items()
)
IS_OF_THE_BUDGET = f"kind IN ({quoted(*sorted(OF_THE_BUDGET))})"
IS_ONCE = f"kind IN ({quoted(*ONCE)})"


class Fund(Base):
    """Money that rewards are paid from: one currency, for a region with all in it."""

    __tablename__ = "fund"
    __table_args__ = (CheckConstraint("length(currency) = 3", name="currency_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    currency: Mapped[str]
    region: Mapped[str] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class BudgetLine(Base):
    """What a fund was given for one year; whoever moves its money locks this row."""

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("fund_id", "year"),
        CheckConstraint("year BETWEEN 2000 AND 2200", name="some_year"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"))
    year: Mapped[int]


class LedgerMovement(Base):
    """Money of a line that went from one account to another, in minor units.

    `number` is its place in the ledger of the line, without gaps. `note` names a document.
    """

    __tablename__ = "ledger_movement"
    __table_args__ = (
        CheckConstraint("amount > 0", name="some_amount"),
        CheckConstraint(IS_ITS_WAY, name="its_way"),
        CheckConstraint(f"({IS_OF_THE_BUDGET}) = (award_id IS NULL)", name="for_an_award"),
        UniqueConstraint("line_id", "number"),
        Index("ix_ledger_movement_line_id", "line_id", "at"),
        Index("ix_ledger_movement_award_id", "award_id", "kind"),
        Index(
            "uq_ledger_movement_once",
            "award_id",
            "kind",
            unique=True,
            sqlite_where=text(IS_ONCE),
            postgresql_where=text(IS_ONCE),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("budget_line.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[MovementKind]
    source: Mapped[LedgerAccount]
    target: Mapped[LedgerAccount]
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    award_id: Mapped[UUID | None] = mapped_column(ForeignKey("reward_award.id"), default=None)
    note: Mapped[str] = mapped_column(default="")
