"""What the ledger says: balances, statements and movements, all derived from the movements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session

from portal.cases.queries.regions import lies_in
from portal.infra.keyset import in_window
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import Text
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rewards.ledger.models import BudgetLine, Fund, LedgerMovement
from portal.rewards.ledger.rules import Flow, balances_of, cell, flows_of
from portal.rewards.ledger.states import LedgerAccount, MovementKind

FUND_KEY: Final = (str,)
MOVEMENT_KEY: Final = (datetime, UUID)
HEADS: Final = ("line", "number", "at", "kind", "from", "to", "amount", "currency", "award", "note")


@dataclass(frozen=True, slots=True)
class FundLine:
    """A fund in the list, with what is free, reserved, owed and paid of all its lines."""

    code: str
    name: Text
    currency: str
    held: Mapping[LedgerAccount, int]


@dataclass(frozen=True, slots=True)
class YearLine:
    """A budget line, and what is free of it."""

    id: UUID
    year: int
    free: int


@dataclass(frozen=True, slots=True)
class MovementLine:
    """A movement in the list."""

    year: int
    number: int
    at: datetime
    kind: MovementKind
    amount: int
    award_id: UUID | None
    note: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A fund in a period: each account with what it held, what came, what went, what it holds."""

    fund: FundLine
    first: date
    last: date
    flows: tuple[Flow, ...]
    years: tuple[YearLine, ...]


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The funds of the actor's region and of those in it; those above pay for it too."""
    return lies_in(Fund.region, actor.region) if actor.region else true()


def get_fund(session: Session, code: str, actor: Actor) -> Fund:
    """The fund with this code; NotFound if there is none or it is another region's."""
    fund = session.scalar(select(Fund).where(Fund.code == code, in_scope(actor)))
    if fund is None:
        raise NotFound("fund")
    return fund


def held_by(
    session: Session, line_id: UUID, *, award: UUID | None = None
) -> dict[LedgerAccount, int]:
    """What each account of a line holds, or of an award on it."""
    sums = select(LedgerMovement.kind, func.sum(LedgerMovement.amount))
    wanted = sums.where(LedgerMovement.line_id == line_id).group_by(LedgerMovement.kind)
    if award is not None:
        wanted = wanted.where(LedgerMovement.award_id == award)
    return balances_of((kind, int(amount)) for kind, amount in session.execute(wanted))


def list_funds(session: Session, actor: Actor, window: Window) -> Page[FundLine]:
    """The funds in scope by their code, with their balances: two statements."""
    asked = select(Fund).where(in_scope(actor))
    rows = session.scalars(in_window(asked, window, Fund.code)).all()
    page = page_of(rows, window, lambda fund: (fund.code,))
    held = _held(session, [fund.id for fund in page.items])
    lines = tuple(_fund_line(fund, held[fund.id]) for fund in page.items)
    return Page(lines, page.after, page.before)


def get_statement(session: Session, code: str, actor: Actor, first: date, last: date) -> Statement:
    """The statement of a fund from a day to a day, both included."""
    fund = get_fund(session, code, actor)
    begin, end = _bounds(first, last)
    earlier = LedgerMovement.at < begin
    sums = (
        select(
            LedgerMovement.kind,
            func.sum(case((earlier, LedgerMovement.amount), else_=0)),
            func.sum(case((earlier, 0), else_=LedgerMovement.amount)),
        )
        .join(BudgetLine, BudgetLine.id == LedgerMovement.line_id)
        .where(BudgetLine.fund_id == fund.id, LedgerMovement.at < end)
        .group_by(LedgerMovement.kind)
    )
    rows = session.execute(sums).all()
    before = {kind: int(amount) for kind, amount, _later in rows}
    during = {kind: int(amount) for kind, _before, amount in rows}
    held = _held(session, [fund.id])[fund.id]
    years = list_years(session, fund.id)
    flows = flows_of(before, during)
    return Statement(_fund_line(fund, held), first, last, flows, years)


def list_movements(
    session: Session, code: str, actor: Actor, period: tuple[date, date], window: Window
) -> Page[MovementLine]:
    """The movements of a fund in a period of days, the newest first."""
    fund = get_fund(session, code, actor)
    begin, end = _bounds(*period)
    asked = (
        select(LedgerMovement, BudgetLine.year)
        .join(BudgetLine, BudgetLine.id == LedgerMovement.line_id)
        .where(BudgetLine.fund_id == fund.id)
        .where(LedgerMovement.at >= begin, LedgerMovement.at < end)
    )
    order = LedgerMovement.at, LedgerMovement.id
    rows = session.execute(in_window(asked, window, *order, newest_first=True)).all()
    page = page_of(rows, window, lambda row: (row[0].at, row[0].id))
    lines = tuple(
        MovementLine(year, one.number, one.at, one.kind, one.amount, one.award_id, one.note)
        for one, year in page.items
    )
    return Page(lines, page.after, page.before)


def period_of(first: date | None, last: date | None) -> tuple[date, date]:
    """The days of a statement, in order; from the first of January to today if none are given."""
    today = datetime.now(ZoneInfo(current_place().zone)).date()
    until = last or today
    since = first or date(until.year, 1, 1)
    return min(since, until), max(since, until)


def list_years(session: Session, fund_id: UUID) -> tuple[YearLine, ...]:
    """The budget lines of a fund, the newest first, with what is free of each."""
    into = LedgerMovement.target == LedgerAccount.APPROPRIATION
    out_of = LedgerMovement.source == LedgerAccount.APPROPRIATION
    free = func.sum(case((into, LedgerMovement.amount), (out_of, -LedgerMovement.amount), else_=0))
    wanted = (
        select(BudgetLine.id, BudgetLine.year, func.coalesce(free, 0))
        .outerjoin(LedgerMovement, LedgerMovement.line_id == BudgetLine.id)
        .where(BudgetLine.fund_id == fund_id)
        .group_by(BudgetLine.id, BudgetLine.year)
        .order_by(BudgetLine.year.desc())
    )
    return tuple(YearLine(own, year, int(left)) for own, year, left in session.execute(wanted))


def sheet_of(
    session: Session, code: str, actor: Actor, first: date, last: date
) -> Iterator[tuple[str, ...]]:
    """The movements of a fund in a period, as cells of a sheet, the oldest first."""
    fund = get_fund(session, code, actor)
    begin, end = _bounds(first, last)
    wanted = (
        select(LedgerMovement, BudgetLine.year)
        .join(BudgetLine, BudgetLine.id == LedgerMovement.line_id)
        .where(BudgetLine.fund_id == fund.id)
        .where(LedgerMovement.at >= begin, LedgerMovement.at < end)
        .order_by(BudgetLine.year, LedgerMovement.number)
    )
    yield HEADS
    for one, year in session.execute(wanted.execution_options(yield_per=500)):
        route = one.kind, one.source, one.target
        award = one.award_id.hex if one.award_id else None
        said = (one.at.isoformat(), *route, one.amount, fund.currency, award, one.note)
        yield tuple(cell(value) for value in (year, one.number, *said))


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The moments at which a period of days begins and is over, at the place."""
    zone = ZoneInfo(current_place().zone)
    until = min(last, date.max - timedelta(days=1)) + timedelta(days=1)
    return datetime.combine(first, time(), zone), datetime.combine(until, time(), zone)


def _held(session: Session, funds: list[UUID]) -> dict[UUID, dict[LedgerAccount, int]]:
    """What each account of some funds holds, over all their lines."""
    wanted = (
        select(BudgetLine.fund_id, LedgerMovement.kind, func.sum(LedgerMovement.amount))
        .join(LedgerMovement, LedgerMovement.line_id == BudgetLine.id)
        .where(BudgetLine.fund_id.in_(funds))
        .group_by(BudgetLine.fund_id, LedgerMovement.kind)
    )
    moved: dict[UUID, list[tuple[MovementKind, int]]] = {fund: [] for fund in funds}
    for fund, kind, amount in session.execute(wanted):
        moved[fund].append((kind, int(amount)))
    return {fund: balances_of(rows) for fund, rows in moved.items()}


def _fund_line(fund: Fund, held: Mapping[LedgerAccount, int]) -> FundLine:
    return FundLine(fund.code, Text(fund.name_zh, fund.name_en), fund.currency, held)
