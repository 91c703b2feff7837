"""What the clock does for payments: time to claim, lists that stand, what the bank has not said."""

import hmac
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, text
from sqlalchemy.orm import aliased

from portal.audit.trail import advance
from portal.infra.erasures import overwrite_erased
from portal.infra.keys import keys
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.rewards.ledger.models import BudgetLine, LedgerMovement
from portal.rewards.ledger.rules import balances_of
from portal.rewards.ledger.states import LedgerAccount, MovementKind
from portal.rewards.models import Award
from portal.rewards.payment.models import (
    IS_LIVE_PAYMENT,
    PayeeData,
    PayeeTag,
    Payment,
    PaymentBatch,
    RewardSample,
)
from portal.rewards.payment.places import scheme_of
from portal.rewards.payment.rules import (
    BANK_DAYS,
    REVIEW_DAYS,
    SAMPLE_PERCENT,
    WARN_DAYS,
    is_over,
    warned_until,
)
from portal.rewards.payment.service.batches import abandon
from portal.rewards.payment.service.moving import begin, move, tell_reporter
from portal.rewards.payment.service.statements import differ
from portal.rewards.payment.states import (
    IN_TRANSIT,
    BatchAction,
    BatchState,
    DifferenceKind,
    PaymentAction,
    PaymentState,
)
from portal.rewards.states import AwardState

MOST_AT_ONCE: Final = 200
# The file is read out in an instant; what is older has died on the way.
EXPORT_AGE: Final = timedelta(minutes=10)
# A list that nobody goes on with in this time is given up, and its payments are drawn anew.
LIST_AGE: Final = timedelta(days=3)
STANDING: Final = (
    BatchState.DRAWN,
    BatchState.ASKED,
    BatchState.RELEASED,
    BatchState.FILLED,
)
# Where to pay to is kept until complaints are over, the tag as long as a signal looks back.
PAYEE_KEPT: Final = timedelta(days=90)
TAG_KEPT: Final = timedelta(days=365)


def watch_claims(*, actor: Actor) -> int:
    """Warn reporters a month before their time is over, and then have it be over.

    Whoever is warned later, because the clock stood, has that month from the warning on: no day
    that was told comes earlier. Returns how many were looked at. Safe to run twice: nobody is
    warned again.
    """
    with unit_of_work(actor) as uow:
        today = local_date(current_place(), uow.now)
        live = aliased(Payment, select(Payment).where(text(IS_LIVE_PAYMENT)).subquery())
        until = func.coalesce(live.claim_by, Award.claim_by)
        due = or_(live.id.is_(None), live.state == PaymentState.DUE)
        told = and_(live.id.is_not(None), live.warned_at.is_not(None))
        wanted = (
            select(Award)
            .outerjoin(live, live.award_id == Award.id)
            .where(Award.state == AwardState.APPROVED, due, until.is_not(None))
            .where(or_(until < today, and_(until <= today + timedelta(days=WARN_DAYS), ~told)))
            .order_by(Award.id)
            .limit(MOST_AT_ONCE)
        )
        found = uow.session.scalars(wanted).all()
        for award in found:
            _warn_or_end(uow, award, today)
        return len(found) + _forfeit_refused(uow)


def _warn_or_end(uow: UnitOfWork, award: Award, today: date) -> None:
    """Warn, or end what was warned of; what was claimed meanwhile is let be."""
    payment = begin(uow, award, award.claim_by)
    if payment.state is not PaymentState.DUE or payment.claim_by is None:
        return
    warned = payment.warned_at is not None
    if is_over(payment.claim_by, today, warned=warned):
        move(uow, payment, PaymentAction.FORFEIT)
        tell_reporter(uow, payment)
    elif not warned:
        scheme = scheme_of(award)
        days = scheme.claim_days if scheme else None
        payment.claim_by, payment.warned_at = warned_until(payment.claim_by, today, days), uow.now
        tell_reporter(uow, payment, payment.claim_by)


def _forfeit_refused(uow: UnitOfWork) -> int:
    """End what was refused and nobody objected to in time, or what a review refused again."""
    late = or_(
        Payment.refused_at < uow.now - timedelta(days=REVIEW_DAYS), Payment.review.is_not(None)
    )
    wanted = select(Payment).where(Payment.state == PaymentState.REFUSED, late)
    refused = uow.session.scalars(wanted.limit(MOST_AT_ONCE).with_for_update()).all()
    for payment in refused:
        move(uow, payment, PaymentAction.FORFEIT)
    return len(refused)


def watch_batches(*, actor: Actor) -> int:
    """Call unknown what died between export and confirmation; give up lists that stand."""
    with unit_of_work(actor) as uow:
        died = _batches(uow, PaymentBatch.state == BatchState.EXPORTING, EXPORT_AGE)
        for batch in died:
            _doubt(uow, batch)
        standing = _batches(uow, PaymentBatch.state.in_(STANDING), LIST_AGE)
        for batch in standing:
            abandon(uow, batch)
        return len(died) + len(standing)


def _doubt(uow: UnitOfWork, batch: PaymentBatch) -> None:
    """Nobody knows whether the file of a list went out: its money counts as on the way."""
    for payment in uow.session.scalars(
        select(Payment).where(Payment.batch_id == batch.id).with_for_update()
    ):
        move(uow, payment, PaymentAction.DOUBT)
    batch.file, batch.ended_at = None, uow.now
    advance(uow, batch, BatchAction.DOUBT)


def reconcile_payments(*, actor: Actor) -> int:
    """Compare payments with the bank and the ledger; return how many new differences there are.

    Each is a piece of work for the auditor, and until it is cleared the fund pays nothing.
    """
    with unit_of_work(actor) as uow:
        new = [differ(uow, *one) for one in _overdue(uow)]
        new += [
            differ(uow, fund, DifferenceKind.LEDGER, about, amounts=amounts)
            for fund, about, amounts in _unequal(uow)
        ]
        return sum(new)


def ask_samples(*, actor: Actor) -> int:
    """Ask recipients past the officer what they got: one in twenty, and all that two approved."""
    with unit_of_work(actor) as uow:
        wanted = (
            select(Payment, Award.needs_second)
            .join(Award, Award.id == Payment.award_id)
            .where(
                Payment.state == PaymentState.SETTLED,
                Payment.ended_at > uow.now - timedelta(days=WARN_DAYS),
                ~exists().where(RewardSample.payment_id == Payment.id),
            )
            .order_by(Payment.ended_at)
        )
        chosen = [one for one, large in uow.session.execute(wanted) if large or _drawn(one.id)]
        for payment in chosen:
            uow.insert_once(RewardSample(payment_id=payment.id, asked_at=uow.now))
            tell_reporter(uow, payment)
        return len(chosen)


def forget_payees(*, actor: Actor) -> None:
    """Destroy where rewards were paid to once complaints are over; tags after a year."""
    with unit_of_work(actor) as uow:
        overwrite_erased(uow)
        ended = select(Payment.id).where(Payment.ended_at < uow.now - PAYEE_KEPT)
        uow.session.execute(delete(PayeeData).where(PayeeData.payment_id.in_(ended)))
        old = and_(PayeeTag.payment_id.is_not(None), PayeeTag.made_at < uow.now - TAG_KEPT)
        uow.session.execute(delete(PayeeTag).where(old))


def _drawn(payment_id: UUID) -> bool:
    """Whether the lot falls on a payment: nobody can foresee it, and asked again it is the same."""
    mac = hmac.digest(keys().payee_index, b"sunline/sample/1\x00" + payment_id.bytes, "sha256")
    return int.from_bytes(mac[:8]) % 100 < SAMPLE_PERCENT


def _batches(uow: UnitOfWork, which: ColumnElement[bool], age: timedelta) -> list[PaymentBatch]:
    since = func.coalesce(PaymentBatch.exporting_at, PaymentBatch.drawn_at)
    wanted = select(PaymentBatch).where(which, since < uow.now - age).limit(MOST_AT_ONCE)
    return list(uow.session.scalars(wanted.with_for_update(skip_locked=True)))


def _overdue(uow: UnitOfWork) -> Iterator[tuple[UUID, DifferenceKind, str]]:
    """Payments that were sent and that no statement has named for a week."""
    wanted = (
        select(BudgetLine.fund_id, Payment.id)
        .join(Award, Award.line_id == BudgetLine.id)
        .join(Payment, Payment.award_id == Award.id)
        .where(
            Payment.state == PaymentState.SENT,
            Payment.sent_at < uow.now - timedelta(days=BANK_DAYS),
        )
        .limit(MOST_AT_ONCE)
    )
    for fund, payment in uow.session.execute(wanted).all():
        yield fund, DifferenceKind.OVERDUE, payment.hex


def _unequal(uow: UnitOfWork) -> Iterator[tuple[UUID, str, tuple[int, int]]]:
    """Budget lines of which ledger and payments say different amounts on the way, or paid."""
    moved: dict[UUID, list[tuple[MovementKind, int]]] = {}
    sums = select(
        LedgerMovement.line_id, LedgerMovement.kind, func.sum(LedgerMovement.amount)
    ).group_by(LedgerMovement.line_id, LedgerMovement.kind)
    for own, kind, amount in uow.session.execute(sums):
        moved.setdefault(own, []).append((kind, int(amount)))
    paid: dict[tuple[UUID, PaymentState], int] = {}
    amounts = (
        select(Award.line_id, Payment.state, func.sum(Award.amount))
        .join(Payment, Payment.award_id == Award.id)
        .group_by(Award.line_id, Payment.state)
    )
    for line, state, total in uow.session.execute(amounts):
        if line is not None:
            paid[line, state] = int(total or 0)
    lines = uow.session.execute(select(BudgetLine.id, BudgetLine.fund_id))
    funds = {row.id: row.fund_id for row in lines}
    for line, movements in moved.items():
        held = balances_of(movements)
        for account, states in (
            (LedgerAccount.IN_TRANSIT, tuple(IN_TRANSIT)),
            (LedgerAccount.PAID, (PaymentState.SETTLED,)),
        ):
            said = sum(paid.get((line, state), 0) for state in states)
            if said != held[account]:
                yield funds[line], f"{line.hex}:{account}", (said, held[account])
