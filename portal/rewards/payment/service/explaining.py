"""What does not agree comes to an end: explained, or owed again, each by two people.

Whoever read the statement in is the first of the two, the auditor the second.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.accounts.queries import get_account
from portal.audit.trail import record
from portal.casework.service.in_hand import same_person
from portal.custody.rules import demand_reason
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.rewards.ledger.models import Fund
from portal.rewards.ledger.queries import in_scope
from portal.rewards.payment.models import (
    BankLine,
    BankStatement,
    Payment,
    PaymentDifference,
    PaymentResolution,
)
from portal.rewards.payment.queries.access import get_payment
from portal.rewards.payment.rules import id_in
from portal.rewards.payment.service.moving import demand_apart
from portal.rewards.payment.service.statements import agree
from portal.rewards.payment.states import DifferenceKind, PaymentAction


@dataclass(frozen=True, slots=True)
class ClearDifference:
    """What a difference comes from; codes, documents and days, nothing personal."""

    difference_id: UUID
    because: str


def clear_difference(command: ClearDifference, *, actor: Actor) -> None:
    """Say what a difference comes from, so that the fund may pay again.

    Takes an auditor who had no part in the award, the payment or the statement.
    """
    demand(actor, Permission.AUDIT_PAYMENTS)
    demand_reason(command.because)
    with unit_of_work(actor) as uow:
        found = _difference(uow, command)
        if found.cleared_at is not None:
            raise MoveRefused("changed-meanwhile", subject="payment_difference")
        _demand_apart_from(uow, found)
        _explain(uow, found, command)


def take_back(command: ClearDifference, *, actor: Actor) -> None:
    """Agree that the bank sent back what was paid: it is owed again, and the reporter told.

    Whoever read the statement in has stated it. Takes an auditor who had no part in the award, the
    payment or the statement; where it was explained before, another one than who did. Raises
    RuleBroken for any other difference, MoveRefused where the payment came back already.
    """
    demand(actor, Permission.AUDIT_PAYMENTS)
    demand_reason(command.because)
    with unit_of_work(actor) as uow:
        found = _difference(uow, command)
        if found.kind is not DifferenceKind.LATE_RETURN:
            raise RuleBroken("difference-no-return")
        line = uow.session.get_one(BankLine, id_in(found.about))
        if line.payment_id is None:
            raise NotFound("payment")
        payment = get_payment(uow.session, line.payment_id, actor, for_update=True).payment
        payment.lifecycle.after(payment.state, PaymentAction.COME_BACK)
        _explain(uow, _found_again(uow, found), command)
        agree(uow, payment, _stated(uow, payment, line))


def _difference(uow: UnitOfWork, command: ClearDifference) -> PaymentDifference:
    """A difference of a fund in scope, locked."""
    wanted = (
        select(PaymentDifference)
        .join(Fund, Fund.id == PaymentDifference.fund_id)
        .where(PaymentDifference.id == command.difference_id, in_scope(uow.actor))
        .with_for_update(of=PaymentDifference)
    )
    found = uow.session.scalar(wanted)
    if found is None:
        raise NotFound("difference")
    uow.waited()
    return found


def _found_again(uow: UnitOfWork, found: PaymentDifference) -> PaymentDifference:
    """One that was explained is another one once somebody else looks at it: both are kept."""
    if found.cleared_by is None:
        return found
    if same_person(uow, found.cleared_by, uow.actor.id):
        raise RuleBroken("difference-own-explanation")
    again = PaymentDifference(
        fund_id=found.fund_id,
        kind=found.kind,
        about=found.about,
        reference=found.reference,
        expected=found.expected,
        found=found.found,
        found_at=uow.now,
    )
    uow.session.add(again)
    record(uow, "payment_difference.find", "payment_difference", again.id, kind=again.kind)
    return again


def _demand_apart_from(uow: UnitOfWork, found: PaymentDifference) -> None:
    """Refuse whoever had a part in the payment, or read in the statement that says otherwise."""
    if found.kind is DifferenceKind.LEDGER:
        return
    paid = id_in(found.about)
    if found.kind is not DifferenceKind.OVERDUE:
        line = uow.session.get_one(BankLine, paid)
        read_by = uow.session.get_one(BankStatement, line.statement_id).read_by
        if same_person(uow, read_by, uow.actor.id):
            raise RuleBroken("payment-own-step")
        if line.payment_id is None:
            return
        paid = line.payment_id
    demand_apart(uow, [uow.session.get_one(Payment, paid)])


def _explain(uow: UnitOfWork, found: PaymentDifference, command: ClearDifference) -> None:
    found.cleared_at, found.cleared_by = uow.now, uow.actor.id
    found.cleared_because = command.because.strip()
    record(uow, "payment_difference.clear", "payment_difference", found.id, kind=found.kind)


def _stated(uow: UnitOfWork, payment: Payment, line: BankLine) -> PaymentResolution:
    """What the person has stated who read the statement in."""
    statement = uow.session.get_one(BankStatement, line.statement_id)
    made = PaymentResolution(
        payment_id=payment.id,
        outcome=PaymentAction.COME_BACK,
        statement_id=statement.id,
        line_id=line.id,
        stated_at=statement.read_at,
        stated_by=statement.read_by,
        stated_person=get_account(uow.session, statement.read_by).person_id,
    )
    uow.session.add(made)
    return made
