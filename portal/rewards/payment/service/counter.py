"""Paying in cash: finance lets the counter pay, and the counter sees code and amount only."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from portal.access.permissions import Permission, demand
from portal.infra.database import db
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.rewards.models import Award
from portal.rewards.payment.codes import is_secret, parse_cash_code
from portal.rewards.payment.models import CashCodeRow, Payment
from portal.rewards.payment.queries.access import get_payment
from portal.rewards.payment.service.moving import move, note_steps, tell_reporter
from portal.rewards.payment.states import PaymentAction, PaymentState, PayStep, PayWay

CODES: Final = Throttle("cash-code", 10, timedelta(hours=1), timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code as somebody shows it at the counter."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CashDue:
    """All that the counter sees."""

    payment_id: UUID
    amount: int
    currency: str


def release_cash(payment_id: UUID, *, actor: Actor) -> None:
    """Let the counter pay; refuses whoever worked on the award."""
    demand(actor, Permission.PAY_AWARDS)
    with unit_of_work(actor) as uow:
        paid = get_payment(uow.session, payment_id, actor, for_update=True)
        if paid.payment.way is not PayWay.CASH:
            raise RuleBroken("no-cash-here")
        note_steps(uow, [paid.payment], PayStep.RELEASE)
        move(uow, paid.payment, PaymentAction.RELEASE)


def look_up_code(command: ShownCode, *, actor: Actor) -> CashDue:
    """What is due for a code; NotFound, always the same, for every other one. Slow on purpose."""
    demand(actor, Permission.PAY_CASH_CODES)
    if actor.id is None:
        raise NotPermitted("not-permitted")
    with unit_of_work(actor) as uow:
        CODES.attempt(uow, actor.id.hex)
    code = parse_cash_code(command.code)
    row = (
        db.session()
        .execute(
            select(CashCodeRow.verifier, Payment.id, Award.amount, Award.currency)
            .join(Payment, Payment.id == CashCodeRow.payment_id)
            .join(Award, Award.id == Payment.award_id)
            .where(
                CashCodeRow.locator_mac == (code.locator_mac if code else b""),
                Payment.state == PaymentState.RELEASED,
            )
        )
        .first()
    )
    known = is_secret(row.verifier if row else None, code.secret if code else "")
    if row is None or not known:
        raise NotFound("cash-code")
    with unit_of_work(actor) as uow:
        CODES.succeeded(uow, actor.id.hex)
    return CashDue(row.id, row.amount or 0, row.currency)


def pay_out(command: ShownCode, *, actor: Actor) -> CashDue:
    """Note that the amount was handed over; the code is worth nothing from then on.

    Refuses whoever let the counter pay it, or worked on the award.
    """
    due = look_up_code(command, actor=actor)
    with unit_of_work(actor) as uow:
        payment = uow.session.get_one(Payment, due.payment_id, with_for_update=True)
        note_steps(uow, [payment], PayStep.PAY_OUT)
        move(uow, payment, PaymentAction.PAY_OUT)
        uow.session.execute(delete(CashCodeRow).where(CashCodeRow.payment_id == payment.id))
        tell_reporter(uow, payment)
    return due
