"""Which payments, lists and statements somebody may see: those of the funds in scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.rewards.ledger.models import BudgetLine, Fund
from portal.rewards.ledger.queries import in_scope
from portal.rewards.models import Award, AwardStep
from portal.rewards.payment.models import PayeeTag, Payment, PaymentBatch, PaymentStepRow
from portal.rewards.states import AwardState


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment with the award it is for and the fund it is paid from."""

    payment: Payment
    award: Award
    fund_id: UUID


def payments(actor: Actor) -> Select[Payment, Award, UUID]:
    """The payments of the funds in scope, each with its award and its fund."""
    return (
        select(Payment, Award, BudgetLine.fund_id)
        .join(Award, Award.id == Payment.award_id)
        .join(BudgetLine, BudgetLine.id == Award.line_id)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .where(in_scope(actor))
    )


def get_payment(
    session: Session, payment_id: UUID, actor: Actor, *, for_update: bool = False
) -> Paid:
    """A payment; NotFound for one of another region's fund."""
    wanted = payments(actor).where(Payment.id == payment_id)
    row = session.execute(wanted.with_for_update(of=Payment) if for_update else wanted).first()
    if row is None:
        raise NotFound("payment")
    return Paid(*row)


def lists_in_scope(actor: Actor) -> ColumnElement[bool]:
    """The lists of the funds in scope; for custodians those of funds above theirs as well.

    A fund above pays for the regions in it, and the groups are those of the whole place. What a
    custodian opens goes into the file for the bank; nobody is shown it.
    """
    if not (may(actor, Permission.BE_CUSTODIAN) and actor.region):
        return in_scope(actor)
    place = current_place()
    above = (place.root, *(region.code for region in place.lineage(actor.region)))
    return or_(in_scope(actor), Fund.region.in_(above))


def get_batch(
    session: Session, batch_id: UUID, actor: Actor, *, for_update: bool = False
) -> PaymentBatch:
    """A list for the bank; NotFound for one of another region's fund."""
    wanted: Select[Any] = (
        select(PaymentBatch)
        .join(Fund, Fund.id == PaymentBatch.fund_id)
        .where(PaymentBatch.id == batch_id, lists_in_scope(actor))
    )
    locked = wanted.with_for_update(of=PaymentBatch) if for_update else wanted
    batch: PaymentBatch | None = session.scalar(locked)
    if batch is None:
        raise NotFound("payment-batch")
    return batch


def payments_of(session: Session, batch: PaymentBatch) -> Sequence[Payment]:
    """The payments of a list in its order, locked."""
    wanted = select(Payment).where(Payment.batch_id == batch.id)
    return session.scalars(wanted.order_by(Payment.claimed_at, Payment.id).with_for_update()).all()


Person = UUID | ScalarSelect[UUID]


def reader(actor: Actor) -> ScalarSelect[UUID]:
    """The natural person who reads, in a statement."""
    own = aliased(Account)
    return select(own.person_id).where(own.id == actor.id).scalar_subquery()


def is_apart(person: Person) -> ColumnElement[bool]:
    """The payments that a person had no part in: neither in the award nor in their round."""
    return ~or_(had_part(person), took_step(person))


def is_paid_to(person: Person) -> ColumnElement[bool]:
    """The payments to an account that a person has entered as the own one."""
    own = select(PayeeTag.tag).where(PayeeTag.person_id == person)
    tag = aliased(PayeeTag)
    return exists().where(tag.payment_id == Payment.id, tag.tag.in_(own))


def took_step(person: Person) -> ColumnElement[bool]:
    """The payments of which a person took a step in the present round, by whichever account."""
    step = PaymentStepRow
    return exists().where(
        step.payment_id == Payment.id, step.round == Payment.round, step.person_id == person
    )


def had_part(person: Person) -> ColumnElement[bool]:
    """The awards that a person promised or took a step of, by whichever account."""
    step = exists().where(AwardStep.award_id == Award.id, AwardStep.person_id == person)
    promiser = aliased(Account)
    promise = exists().where(promiser.id == Award.promised_by, promiser.person_id == person)
    return or_(step, promise)


def get_own_award(session: Session, report_id: UUID, award_id: UUID) -> tuple[Award, Report]:
    """An approved award of a report; NotFound for one of another report, or one not approved."""
    row = session.execute(
        select(Award, Report)
        .join(Report, Report.id == Award.report_id)
        .where(
            Award.id == award_id,
            Award.report_id == report_id,
            Award.state == AwardState.APPROVED,
            Report.content_key.is_not(None),
        )
    ).first()
    if row is None:
        raise NotFound("award")
    return row.Award, row.Report
