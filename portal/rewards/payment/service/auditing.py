"""What the auditor decides: parked payments and differences; and the accounts staff enter."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.accounts.queries import get_account
from portal.audit.trail import record
from portal.custody.rules import demand_reason
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.queries import key_of
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.rewards.ledger.models import Fund
from portal.rewards.ledger.queries import in_scope
from portal.rewards.payment.codes import tag_of
from portal.rewards.payment.models import (
    BankLine,
    BankStatement,
    PayeeTag,
    Payment,
    PaymentDifference,
    PaymentResolution,
)
from portal.rewards.payment.places import refusal_context
from portal.rewards.payment.queries.access import get_payment
from portal.rewards.payment.rules import folded_account
from portal.rewards.payment.service.moving import demand_apart, move, person_of, tell_reporter
from portal.rewards.payment.service.statements import agree
from portal.rewards.payment.states import DifferenceKind, PaymentAction


@dataclass(frozen=True, slots=True)
class RefusePayment:
    """The auditor's no to a parked payment, and why; the reporter reads it."""

    payment_id: UUID
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClearDifference:
    """What a difference comes from; codes, documents and days, nothing personal."""

    difference_id: UUID
    because: str


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


def clear_difference(command: ClearDifference, *, actor: Actor) -> None:
    """Say what a difference comes from, so that the fund may pay again."""
    demand(actor, Permission.AUDIT_PAYMENTS)
    demand_reason(command.because)
    with unit_of_work(actor) as uow:
        _explain(uow, _open_difference(uow, command), command)


def take_back(command: ClearDifference, *, actor: Actor) -> None:
    """Agree that the bank sent back what was paid: it is owed again, and the reporter told.

    Whoever read the statement in has stated it. Takes an auditor who had no part in the award, the
    payment or the statement; raises RuleBroken for any other difference.
    """
    demand(actor, Permission.AUDIT_PAYMENTS)
    demand_reason(command.because)
    with unit_of_work(actor) as uow:
        found = _open_difference(uow, command)
        if found.kind is not DifferenceKind.LATE_RETURN:
            raise RuleBroken("difference-no-return")
        line = uow.session.get_one(BankLine, UUID(found.about.rpartition(":")[2]))
        if line.payment_id is None:
            raise NotFound("payment")
        payment = get_payment(uow.session, line.payment_id, actor, for_update=True).payment
        payment.lifecycle.after(payment.state, PaymentAction.COME_BACK)
        _explain(uow, found, command)
        agree(uow, payment, _stated(uow, payment, line))


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


def enter_own_account(command: EnterOwnAccount, *, actor: Actor) -> None:
    """Keep the tag of one's own account: whoever works here is paid no reward."""
    demand(actor, Permission.USE_DESK)
    account = folded_account(command.account)
    if len(account) < 6 or not account.isalnum():  # noqa: PLR2004  # the shortest there are
        raise RuleBroken("account-not-possible")
    tag = tag_of(account)
    with unit_of_work(actor) as uow:
        person = person_of(uow)
        uow.insert_once(PayeeTag(tag=tag, payment_id=None, person_id=person, made_at=uow.now))
        record(uow, "account.enter-payee-tag", "account", actor.id)


def _parked(uow: UnitOfWork, payment_id: UUID, actor: Actor) -> tuple[Payment, UUID]:
    payment = get_payment(uow.session, payment_id, actor, for_update=True).payment
    person = demand_apart(uow, [payment])
    if payment.refused_person == person:
        raise RuleBroken("review-own-refusal")
    return payment, person


def _report_of(uow: UnitOfWork, payment_id: UUID, actor: Actor) -> Report:
    award = get_payment(uow.session, payment_id, actor).award
    return uow.session.get_one(Report, award.report_id)


def _open_difference(uow: UnitOfWork, command: ClearDifference) -> PaymentDifference:
    """A difference of a fund in scope, locked, that nobody has explained."""
    found = uow.session.get(PaymentDifference, command.difference_id, with_for_update=True)
    fund = uow.session.get_one(Fund, found.fund_id) if found else None
    if found is None or fund is None or not _sees(uow, fund, uow.actor):
        raise NotFound("difference")
    uow.waited()
    if found.cleared_at is not None:
        raise MoveRefused("changed-meanwhile", subject="payment_difference")
    return found


def _explain(uow: UnitOfWork, found: PaymentDifference, command: ClearDifference) -> None:
    found.cleared_at, found.cleared_by = uow.now, uow.actor.id
    found.cleared_because = command.because.strip()
    record(uow, "payment_difference.clear", "payment_difference", found.id, kind=found.kind)


def _sees(uow: UnitOfWork, fund: Fund, actor: Actor) -> bool:
    return (
        uow.session.scalar(select(Fund.id).where(Fund.id == fund.id, in_scope(actor))) is not None
    )
