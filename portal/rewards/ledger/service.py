"""Opening a fund, giving it money, and moving money: nothing else writes to the ledger."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rewards.ledger.models import BudgetLine, Fund, LedgerMovement
from portal.rewards.ledger.queries import get_fund, held_by
from portal.rewards.ledger.rules import demand_held
from portal.rewards.ledger.states import OF_THE_BUDGET, WAYS, LedgerAccount, MovementKind


@dataclass(frozen=True, slots=True)
class OpenFund:
    """A new fund, for the region of whoever opens it."""

    code: str
    name_zh: str
    name_en: str
    currency: str


@dataclass(frozen=True, slots=True)
class MoveBudget:
    """Money that a fund is given for a year, or that is taken from it; `note` names the paper."""

    fund: str
    year: int
    kind: MovementKind
    amount: int
    note: str


@dataclass(frozen=True, slots=True)
class TakeStatement:
    """That somebody takes the statement of a fund along, as a sheet or a paper."""

    fund: str
    first: date
    last: date
    form: str


def take_statement(command: TakeStatement, *, actor: Actor) -> None:
    """Write down who took a statement along; NotFound for a fund of another region."""
    demand(actor, Permission.READ_FUNDS)
    with unit_of_work(actor) as uow:
        fund = get_fund(uow.session, command.fund, actor)
        said = {"first": command.first.isoformat(), "last": command.last.isoformat()}
        record(uow, "fund.take-statement", "fund", fund.id, form=command.form, **said)


def open_fund(command: OpenFund, *, actor: Actor) -> UUID:
    """Open a fund; RuleBroken for a code that there is."""
    demand(actor, Permission.KEEP_FUNDS)
    with unit_of_work(actor) as uow:
        made = Fund(
            code=command.code,
            name_zh=command.name_zh,
            name_en=command.name_en,
            currency=command.currency,
            region=actor.region or current_place().root,
            opened_at=uow.now,
            opened_by=actor.id,
        )
        if not uow.insert_once(made):
            raise RuleBroken("fund-is-there")
        record(uow, "fund.open", "fund", made.id, currency=made.currency, region=made.region)
        return made.id


def move_budget(command: MoveBudget, *, actor: Actor) -> None:
    """Give a fund money for a year, or take back what is not reserved.

    Raises NotFound for a fund of another region, and RuleBroken for more than is there.
    """
    demand(actor, Permission.KEEP_FUNDS)
    if command.kind not in OF_THE_BUDGET:
        raise RuleBroken("not-by-hand")
    with unit_of_work(actor) as uow:
        fund = get_fund(uow.session, command.fund, actor)
        uow.insert_once(BudgetLine(fund_id=fund.id, year=command.year))
        wanted = select(BudgetLine.id).where(
            BudgetLine.fund_id == fund.id, BudgetLine.year == command.year
        )
        line = uow.session.execute(wanted).scalar_one()
        post(uow, line, command.kind, command.amount, note=command.note)


def post(
    uow: UnitOfWork,
    line_id: UUID,
    kind: MovementKind,
    amount: int,
    *,
    award: UUID | None = None,
    note: str = "",
) -> None:
    """Move money inside somebody's transaction, under the lock of its budget line.

    Raises NotFound for an unknown line, and RuleBroken for what the account, or the award, does
    not hold; the database refuses the same.
    """
    wanted = select(BudgetLine.fund_id).where(BudgetLine.id == line_id).with_for_update()
    fund_id = uow.session.scalar(wanted)
    if fund_id is None:
        raise NotFound("budget-line")
    uow.waited()
    source, target = WAYS[kind]
    demand_held(held_by(uow.session, line_id), kind, amount)
    if award is not None and source is not LedgerAccount.APPROPRIATION:
        demand_held(held_by(uow.session, line_id, award=award), kind, amount)
    own = LedgerMovement.line_id == line_id
    last = uow.session.scalar(select(func.max(LedgerMovement.number)).where(own)) or 0
    made = LedgerMovement(
        line_id=line_id,
        number=last + 1,
        kind=kind,
        source=source,
        target=target,
        amount=amount,
        at=uow.now,
        by=uow.actor.id,
        award_id=award,
        note=note,
    )
    uow.insert(made)
    said = {"amount": amount, "movement": made.number, "award": award.hex if award else None}
    record(uow, f"fund.{kind}", "fund", fund_id, **said)
