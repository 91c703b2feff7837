"""What the auditor decides of parked payments; and the accounts that staff enter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.custody.rules import demand_reason
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.queries import key_of
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.rewards.payment.codes import tag_of
from portal.rewards.payment.models import PayeeTag, Payment
from portal.rewards.payment.places import refusal_context
from portal.rewards.payment.queries.access import get_payment, is_paid_to
from portal.rewards.payment.rules import folded_account
from portal.rewards.payment.service.moving import demand_apart, move, person_of, tell_reporter
from portal.rewards.payment.states import PaymentAction, PaymentState

OWN_ACCOUNTS: Final = Throttle("own-accounts", 5, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class RefusePayment:
    """The auditor's no to a parked payment, and why; the reporter reads it."""

    payment_id: UUID
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnterOwnAccount:
    """An account of a member of staff, of which only a tag is kept."""

    account: str = field(repr=False)


def clear_payment(payment_id: UUID, *, actor: Actor) -> None:
    """Let a parked payment go on; after a review, by another auditor than the one who refused."""
    demand(actor, Permission.AUDIT_PAYMENTS)
    with unit_of_work(actor) as uow:
        payment, _person = _parked(uow, payment_id, actor)
        move(uow, payment, PaymentAction.CLEAR)


def refuse_payment(command: RefusePayment, *, actor: Actor) -> None:
    """Refuse a parked payment, with a reason that the reporter reads and may object to once."""
    demand(actor, Permission.AUDIT_PAYMENTS)
    demand_reason(command.reason)
    with unit_of_work(actor) as uow:
        payment, person = _parked(uow, command.payment_id, actor)
        report = _report_of(uow, command.payment_id, actor)
        context = refusal_context(payment.id)
        payment.refusal = key_of(report).encrypt_text(command.reason.strip(), context)
        payment.refused_person, payment.refused_at = person, uow.now
        move(uow, payment, PaymentAction.REFUSE)
        tell_reporter(uow, payment)


def enter_own_account(command: EnterOwnAccount, *, actor: Actor) -> None:
    """Keep the tag of one's own account: whoever works here is paid no reward.

    What was claimed to it before and is in no list yet is parked, and nobody is told; what is on a
    list is, once the list is given up. Five a day: whoever enters the accounts of others could stop
    their rewards, and see which is theirs. Entered twice, it undoes nothing the auditor decided.
    """
    demand(actor, Permission.USE_DESK)
    account = folded_account(command.account)
    if len(account) < 6 or not account.isalnum():  # noqa: PLR2004  # the shortest there are
        raise RuleBroken("account-not-possible")
    with unit_of_work(actor) as uow:
        person = person_of(uow)
        OWN_ACCOUNTS.attempt(uow, person.hex)
    tag = tag_of(account)
    with unit_of_work(actor) as uow:
        uow.in_turn(tag)
        uow.waited()
        own = PayeeTag(tag=tag, payment_id=None, person_id=person, made_at=uow.now)
        new = uow.insert_once(own)
        record(uow, "account.enter-payee-tag", "account", actor.id)
        for payment in _waiting_to(uow, tag) if new else ():
            move(uow, payment, PaymentAction.PARK)


def _parked(uow: UnitOfWork, payment_id: UUID, actor: Actor) -> tuple[Payment, UUID]:
    """A payment for an auditor to decide on, locked; not for the one it would be paid to."""
    payment = get_payment(uow.session, payment_id, actor, for_update=True).payment
    person = demand_apart(uow, [payment])
    if payment.refused_person == person:
        raise RuleBroken("review-own-refusal")
    own = select(Payment.id).where(Payment.id == payment.id, is_paid_to(person))
    if uow.session.scalar(own) is not None:
        raise RuleBroken("payment-own-account")
    return payment, person


def _waiting_to(uow: UnitOfWork, tag: bytes) -> Sequence[Payment]:
    """Claims to an account that nobody works on yet, locked."""
    wanted = (
        select(Payment)
        .join(PayeeTag, PayeeTag.payment_id == Payment.id)
        .where(
            PayeeTag.tag == tag,
            Payment.state == PaymentState.CLAIMED,
            Payment.batch_id.is_(None),
        )
    )
    return uow.session.scalars(wanted.with_for_update(of=Payment)).all()


def _report_of(uow: UnitOfWork, payment_id: UUID, actor: Actor) -> Report:
    award = get_payment(uow.session, payment_id, actor).award
    return uow.session.get_one(Report, award.report_id)
