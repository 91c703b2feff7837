"""What the bank says: read in once, each entry settles or returns a payment, or does not agree."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, exists, select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rewards.ledger.models import BudgetLine, Fund
from portal.rewards.ledger.queries import get_fund, in_scope
from portal.rewards.models import Award
from portal.rewards.payment.bank_statements import Statement, read_statement
from portal.rewards.payment.models import (
    BankLine,
    BankStatement,
    Payment,
    PaymentBatch,
    PaymentDifference,
    PaymentResolution,
)
from portal.rewards.payment.places import scheme_of
from portal.rewards.payment.queries.access import Paid, get_payment
from portal.rewards.payment.rules import BANK_DAYS, BankEntry, Expected, claim_until, judge
from portal.rewards.payment.service.moving import (
    begin,
    demand_apart,
    move,
    person_of,
    tell_reporter,
)
from portal.rewards.payment.states import DifferenceKind, PaymentAction, PaymentState


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """A statement of the account that a fund is paid from."""

    fund: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StateNotBooked:
    """What somebody says of an unknown payment: the bank has not booked it."""

    payment_id: UUID
    statement_id: UUID


def take_statement(command: ReadStatement, *, actor: Actor) -> UUID:
    """Read a statement in; what it says of payments that were sent happens to them.

    Entries that an overlapping statement has told already are passed over. Raises RuleBroken for
    the same file again, and for one that is broken or hostile.
    """
    demand(actor, Permission.PAY_AWARDS)
    read = read_statement(command.content)
    with unit_of_work(actor) as uow:
        fund = get_fund(uow.session, command.fund, actor)
        uow.session.execute(select(Fund.id).where(Fund.id == fund.id).with_for_update())
        kept = _keep(uow, fund, command.content, read)
        for number, entry in enumerate(read.entries, start=1):
            _take(uow, fund, kept, number, entry)
        said: dict[str, str | int] = {"count": kept.count, "hash": kept.file_hash}
        record(uow, "bank_statement.read", "bank_statement", kept.id, **said)
        return kept.id


def state_not_booked(command: StateNotBooked, *, actor: Actor) -> None:
    """Say of an unknown payment that the bank never booked it; an auditor confirms it, or not.

    Raises RuleBroken for a statement that does not cover the days, or that has an entry of it.
    """
    demand(actor, Permission.PAY_AWARDS)
    with unit_of_work(actor) as uow:
        paid = get_payment(uow.session, command.payment_id, actor, for_update=True)
        statement = _statement(uow, command.statement_id, paid, actor)
        payment = paid.payment
        payment.lifecycle.after(payment.state, PaymentAction.RETURN)
        if payment.state is not PaymentState.UNKNOWN:
            raise RuleBroken("payment-not-unknown")
        batch = uow.session.get_one(PaymentBatch, payment.batch_id)
        left_on = local_date(current_place(), batch.exporting_at or batch.drawn_at)
        booked = uow.session.scalar(select(exists().where(BankLine.payment_id == payment.id)))
        if statement.first_on > left_on or statement.last_on < left_on + timedelta(days=BANK_DAYS):
            raise RuleBroken("statement-too-short")
        if booked:
            raise RuleBroken("statement-says-otherwise")
        _state(uow, payment, PaymentAction.RETURN, statement.id, None)


def confirm_resolution(payment_id: UUID, *, actor: Actor) -> None:
    """Agree to what was stated of an unknown payment; then it is so.

    Takes an auditor who had no part in the award, the payment or the statement.
    """
    demand(actor, Permission.AUDIT_PAYMENTS)
    with unit_of_work(actor) as uow:
        paid = get_payment(uow.session, payment_id, actor, for_update=True)
        stated = uow.session.scalar(_waiting(payment_id).with_for_update())
        if stated is None:
            raise NotFound("resolution")
        agree(uow, paid.payment, stated)


def doubt_payment(payment_id: UUID, *, actor: Actor) -> None:
    """Say that nobody knows what became of a payment; two people find out from a statement."""
    demand(actor, Permission.PAY_AWARDS)
    with unit_of_work(actor) as uow:
        paid = get_payment(uow.session, payment_id, actor, for_update=True)
        move(uow, paid.payment, PaymentAction.DOUBT)


def agree(uow: UnitOfWork, payment: Payment, stated: PaymentResolution) -> None:
    """Confirm what somebody else stated, and have it be so; refuse whoever had a part in it."""
    person = demand_apart(uow, [payment])
    if person == stated.stated_person:
        raise RuleBroken("payment-own-step")
    stated.confirmed_at, stated.confirmed_by = uow.now, uow.actor.id
    stated.confirmed_person = person
    uow.session.flush()
    end(uow, payment, stated.outcome)


def end(uow: UnitOfWork, payment: Payment, outcome: PaymentAction) -> None:
    """Settle a payment, or take it back and have the reporter claim again; they are told."""
    move(uow, payment, outcome)
    tell_reporter(uow, payment)
    if payment.state is PaymentState.RETURNED:
        award = uow.session.get_one(Award, payment.award_id)
        scheme = scheme_of(award)
        today = local_date(current_place(), uow.now)
        begin(uow, award, claim_until(today, scheme.claim_days if scheme else None))


def differ(
    uow: UnitOfWork,
    fund_id: UUID,
    kind: DifferenceKind,
    about: str,
    *,
    reference: str = "",
    amounts: tuple[int, int] = (0, 0),
) -> bool:
    """Note that something does not agree, once as long as it is open; whether it is new."""
    made = PaymentDifference(
        fund_id=fund_id,
        kind=kind,
        about=f"{kind}:{about}",
        reference=reference,
        expected=amounts[0],
        found=amounts[1],
        found_at=uow.now,
    )
    new = uow.insert_once(made)
    if new:
        said = {"kind": kind, "reference": reference or None}
        record(uow, "payment_difference.find", "payment_difference", made.id, **said)
    return new


def _keep(uow: UnitOfWork, fund: Fund, content: bytes, read: Statement) -> BankStatement:
    kept = BankStatement(
        fund_id=fund.id,
        file_hash=hashlib.sha256(content).hexdigest(),
        first_on=read.first_on,
        last_on=read.last_on,
        count=len(read.entries),
        read_at=uow.now,
        read_by=uow.actor.id or person_of(uow),
    )
    if not uow.insert_once(kept):
        raise RuleBroken("statement-known")
    return kept


def _take(
    uow: UnitOfWork, fund: Fund, statement: BankStatement, number: int, entry: BankEntry
) -> None:
    """One entry: what it says happens, unless it was told already or does not agree."""
    paid = _named(uow, fund, entry.reference)
    line = BankLine(
        statement_id=statement.id,
        number=number,
        reference=entry.reference,
        amount=entry.amount,
        currency=entry.currency,
        came_back=entry.came_back,
        booked_on=entry.booked_on,
        payment_id=paid.payment.id if paid else None,
    )
    if not uow.insert_once(line):
        return
    verdict = judge(entry, _expected(paid))
    if isinstance(verdict, DifferenceKind):
        amounts = (paid.award.amount or 0) if paid else 0, entry.amount
        differ(uow, fund.id, verdict, line.id.hex, reference=entry.reference, amounts=amounts)
    elif paid is not None and paid.payment.state is PaymentState.UNKNOWN:
        _state(uow, paid.payment, verdict, statement.id, line.id)
    elif paid is not None:
        end(uow, paid.payment, verdict)


def _named(uow: UnitOfWork, fund: Fund, reference: str) -> Paid | None:
    wanted = (
        select(Payment, Award, BudgetLine.fund_id)
        .join(Award, Award.id == Payment.award_id)
        .join(BudgetLine, BudgetLine.id == Award.line_id)
        .where(Payment.reference == reference, BudgetLine.fund_id == fund.id)
    )
    row = uow.session.execute(wanted.with_for_update(of=Payment)).first()
    return Paid(*row) if row else None


def _expected(paid: Paid | None) -> Expected | None:
    if paid is None:
        return None
    return Expected(paid.payment.state, paid.award.amount or 0, paid.award.currency)


def _state(
    uow: UnitOfWork,
    payment: Payment,
    outcome: PaymentAction,
    statement_id: UUID,
    line_id: UUID | None,
) -> None:
    """Leave what one person says for another to confirm; what was said before stays."""
    if uow.session.scalar(_waiting(payment.id)) is not None:
        raise RuleBroken("resolution-stated")
    person = person_of(uow)
    made = PaymentResolution(
        payment_id=payment.id,
        outcome=outcome,
        statement_id=statement_id,
        line_id=line_id,
        stated_at=uow.now,
        stated_by=uow.actor.id or person,
        stated_person=person,
    )
    uow.insert(made)
    record(uow, "payment.state-outcome", "payment", payment.id, outcome=outcome)


def _waiting(payment_id: UUID) -> Select[PaymentResolution]:
    """What was stated of a payment and nobody has confirmed."""
    of_payment = PaymentResolution.payment_id == payment_id
    return select(PaymentResolution).where(of_payment, PaymentResolution.confirmed_at.is_(None))


def _statement(uow: UnitOfWork, statement_id: UUID, paid: Paid, actor: Actor) -> BankStatement:
    wanted = (
        select(BankStatement)
        .join(Fund, Fund.id == BankStatement.fund_id)
        .where(
            BankStatement.id == statement_id,
            BankStatement.fund_id == paid.fund_id,
            in_scope(actor),
        )
    )
    statement = uow.session.scalar(wanted)
    if statement is None:
        raise NotFound("bank-statement")
    return statement
