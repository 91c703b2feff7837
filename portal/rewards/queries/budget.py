"""Which budget lines can pay a reward of a case."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import case as either
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.intake.rules import local_date
from portal.jurisdiction.place import Place, Text
from portal.jurisdiction.queries import current_place
from portal.rewards.ledger.models import BudgetLine, Fund, LedgerMovement
from portal.rewards.ledger.states import LedgerAccount
from portal.rewards.models import Award


@dataclass(frozen=True, slots=True)
class LineChoice:
    """A budget line with its fund, and what is free of it."""

    id: UUID
    fund: Text
    year: int
    free: int


def list_budget_lines(
    session: Session, case: Case, currency: str, year: int
) -> tuple[LineChoice, ...]:
    """The lines of this year of the funds of the case's region, and of those above it."""
    into = LedgerMovement.target == LedgerAccount.APPROPRIATION
    out_of = LedgerMovement.source == LedgerAccount.APPROPRIATION
    free = func.sum(
        either((into, LedgerMovement.amount), (out_of, -LedgerMovement.amount), else_=0)
    )
    regions = tuple(_above(current_place(), case.region))
    rows = session.execute(
        select(BudgetLine.id, Fund.name_zh, Fund.name_en, BudgetLine.year, func.coalesce(free, 0))
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .outerjoin(LedgerMovement, LedgerMovement.line_id == BudgetLine.id)
        .where(Fund.region.in_(regions), Fund.currency == currency, BudgetLine.year == year)
        .group_by(BudgetLine.id, Fund.name_zh, Fund.name_en, BudgetLine.year, Fund.code)
        .order_by(Fund.code)
    )
    return tuple(LineChoice(own, Text(zh, en), day, int(left)) for own, zh, en, day, left in rows)


def _above(place: Place, region: str) -> Iterator[str]:
    """The region and every region it lies in."""
    at: str | None = region
    while at is not None and at in place.regions:
        yield at
        at = place.regions[at].parent


def lines_for(session: Session, case: Case, award: Award) -> tuple[LineChoice, ...]:
    """The lines of the present year that can pay an award."""
    year = local_date(current_place(), datetime.now(UTC)).year
    return list_budget_lines(session, case, award.currency, year)
