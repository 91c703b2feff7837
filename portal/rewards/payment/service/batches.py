"""Lists for the bank: drawn by finance, asked for by R, released by A, filled by R, out once.

What the custodians open goes into the file and nowhere else: between filling and export it lies
closed with what only the running processes know, and nobody is shown it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.custody.models import Opening
from portal.custody.rules import RELEASE_MINUTES, OpeningPurpose
from portal.custody.sealing import CustodianGroup
from portal.custody.service import openings
from portal.custody.service.openings import SealedRecord, Wanted
from portal.custody.service.rewrapping import sealed_of
from portal.custody.service.unlocking import unlock
from portal.custody.states import OPEN_OPENINGS
from portal.infra.boot import close_until_stop, open_if_same_start
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError, RuleBroken
from portal.rewards.ledger.models import BudgetLine, Fund
from portal.rewards.ledger.queries import get_fund
from portal.rewards.models import Award
from portal.rewards.payment.bank_files import FileHead, FileLine, write_file
from portal.rewards.payment.codes import is_marked
from portal.rewards.payment.models import (
    PayeeData,
    PayeeTag,
    Payment,
    PaymentBatch,
    PaymentDifference,
)
from portal.rewards.payment.places import payee_context
from portal.rewards.payment.queries.access import get_batch, had_part, payments_of
from portal.rewards.payment.rules import MOST_IN_A_BATCH, Payee, demand_payee
from portal.rewards.payment.service.moving import (
    forget_payee,
    move,
    note_steps,
    person_of,
    put_back,
    tell_reporter,
)
from portal.rewards.payment.states import (
    BankFileKind,
    BatchAction,
    PaymentAction,
    PaymentState,
    PayStep,
    PayWay,
)

SUBJECT: Final = "payee"
FIELDS: Final = ("account", "bank", "name")
LONGEST_RELEASE: Final = RELEASE_MINUTES[-1]


@dataclass(frozen=True, slots=True)
class DrawBatch:
    """The order to put what was claimed on a list for the bank; `payer` is the office's account."""

    fund: str
    kind: BankFileKind
    payer: Payee
    execute_on: date


@dataclass(frozen=True, slots=True)
class AskForBatch:
    """The wish of a requester to open who is paid by a list."""

    batch_id: UUID
    reason: str = field(repr=False)
    basis: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnlockBatch:
    """A custodian's passphrase, to release a list or to fill it."""

    batch_id: UUID
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """What goes to the bank."""

    name: str
    kind: BankFileKind
    content: bytes = field(repr=False)


def draw_batch(command: DrawBatch, *, actor: Actor) -> UUID:
    """Put up to 200 claims of a fund on a list, the oldest first; return it.

    Awards that the person had a part in are left for a colleague; forged payees are destroyed.
    Raises RuleBroken while something of the fund does not agree, and where nothing is to be paid.
    """
    demand(actor, Permission.PAY_AWARDS)
    demand_payee(command.payer)
    _forget_forged(command.fund, actor)
    with unit_of_work(actor) as uow:
        fund = get_fund(uow.session, command.fund, actor)
        uow.session.execute(select(Fund.id).where(Fund.id == fund.id).with_for_update())
        _demand_agreement(uow, fund)
        if command.execute_on < local_date(current_place(), uow.now):
            raise RuleBroken("day-is-over")
        found = _payable(uow, fund)
        batch = _new_batch(uow, fund, command, found)
        for payment, _amount in found:
            payment.batch_id = batch.id
        note_steps(uow, [payment for payment, _amount in found], PayStep.DRAW)
        said: dict[str, str | int] = {"count": batch.count, "total": batch.total}
        record(uow, "payment_batch.draw", "payment_batch", batch.id, **said)
        return batch.id


def ask_for_batch(command: AskForBatch, *, actor: Actor) -> None:
    """Ask the approvers to open who is paid by a list, with a reason and a legal basis."""
    with _noted("ask", command.batch_id, actor):
        demand(actor, Permission.ASK_FOR_IDENTITY)
        with unit_of_work(actor) as uow:
            batch = get_batch(uow.session, command.batch_id, actor, for_update=True)
            batch.lifecycle.after(batch.state, BatchAction.ASK)
            payments = payments_of(uow.session, batch)
            note_steps(uow, payments, PayStep.ASK)
            for one in payments:
                why = OpeningPurpose.AWARD, command.reason, command.basis
                openings.ask(uow, Wanted(SUBJECT, one.id, FIELDS, *why), FIELDS)
            batch.asked_by = actor.id
            advance(uow, batch, BatchAction.ASK)


def release_batch(command: UnlockBatch, *, actor: Actor) -> None:
    """Take the approvers' layer off every payee of a list, for the one who asked and a day."""
    with _noted("release", command.batch_id, actor):
        demand(actor, Permission.APPROVE_OPENING)
        get_batch(db.session(), command.batch_id, actor)
        key = unlock(command.passphrase, CustodianGroup.APPROVERS, actor=actor)
        with unit_of_work(actor) as uow:
            batch = get_batch(uow.session, command.batch_id, actor, for_update=True)
            payments = payments_of(uow.session, batch)
            batch.lifecycle.after(batch.state, BatchAction.RELEASE)
            note_steps(uow, payments, PayStep.RELEASE)
            for one in payments:
                opening = _opening(uow, one, batch.asked_by)
                openings.release(uow, opening, _sealed(uow, one), key, LONGEST_RELEASE)
                move(uow, one, PaymentAction.RELEASE)
            batch.released_by = actor.id
            advance(uow, batch, BatchAction.RELEASE)


def fill_batch(command: UnlockBatch, *, actor: Actor) -> None:
    """Read every payee into the file for the bank; nobody is shown it, its hash is on the trail.

    Takes the one who asked, within a day of the release.
    """
    with _noted("fill", command.batch_id, actor):
        demand(actor, Permission.ASK_FOR_IDENTITY)
        get_batch(db.session(), command.batch_id, actor)
        key = unlock(command.passphrase, CustodianGroup.REQUESTERS, actor=actor)
        with unit_of_work(actor) as uow:
            batch = get_batch(uow.session, command.batch_id, actor, for_update=True)
            batch.lifecycle.after(batch.state, BatchAction.FILL)
            place = current_place()
            tell_on = local_date(place, uow.now) + timedelta(days=place.opening_told_days)
            lines = []
            for one in payments_of(uow.session, batch):
                opening = _opening(uow, one, actor.id)
                opened = openings.read(uow, opening, _sealed(uow, one), key, tell_on)
                lines.append(FileLine(one.reference, _amount_of(uow, one), Payee(**opened)))
                move(uow, one, PaymentAction.BATCH)
            _close(uow, batch, write_file(batch.kind, _head(uow, batch), lines))


def export_batch(batch_id: UUID, *, actor: Actor) -> ExportedFile:
    """Hand the file out, once, to whoever drew the list.

    It is marked before it leaves. A process that dies meanwhile leaves it so; the clock then calls
    its payments unknown, and no machine pays or gives up any of them.
    """
    demand(actor, Permission.PAY_AWARDS)
    exported = _begin_export(batch_id, actor)
    _confirm_export(batch_id, actor)
    return exported


def abandon_batch(batch_id: UUID, *, actor: Actor) -> None:
    """Give up a list that has not left the house; what was released is destroyed with it."""
    demand(actor, Permission.PAY_AWARDS)
    with unit_of_work(actor) as uow:
        abandon(uow, get_batch(uow.session, batch_id, actor, for_update=True))


def abandon(uow: UnitOfWork, batch: PaymentBatch) -> None:
    """Put the payments of a list back, inside somebody's transaction.

    Those to an account that staff have entered meanwhile are parked.
    """
    tags = select(PayeeTag.tag).join(Payment, Payment.id == PayeeTag.payment_id)
    for tag in uow.session.scalars(tags.where(Payment.batch_id == batch.id).order_by(PayeeTag.tag)):
        uow.in_turn(tag)
    advance(uow, batch, BatchAction.ABANDON)
    batch.file = None
    taken = payments_of(uow.session, batch)
    for one in taken:
        openings.end_openings(uow, one.id)
        put_back(uow, one)
    for one in _to_staff_since(uow, taken, batch.drawn_at):
        move(uow, one, PaymentAction.PARK)


def _to_staff_since(
    uow: UnitOfWork, payments: Sequence[Payment], since: datetime
) -> Iterator[Payment]:
    """Those to an account that somebody who works here has entered since they were drawn."""
    staff = aliased(PayeeTag)
    wanted = (
        select(PayeeTag.payment_id)
        .join(staff, staff.tag == PayeeTag.tag)
        .where(
            PayeeTag.payment_id.in_([one.id for one in payments]),
            staff.person_id.is_not(None),
            staff.made_at >= since,
        )
    )
    entered = set(uow.session.scalars(wanted))
    return (one for one in payments if one.id in entered)


def _begin_export(batch_id: UUID, actor: Actor) -> ExportedFile:
    with unit_of_work(actor) as uow:
        batch = get_batch(uow.session, batch_id, actor, for_update=True)
        if batch.drawn_by != actor.id:
            raise RuleBroken("batch-of-another")
        advance(uow, batch, BatchAction.BEGIN_EXPORT)
        content = open_if_same_start(batch.file or b"", _place(batch.id))
        if content is None:
            raise RuleBroken("file-lost")
        batch.exporting_at = uow.now
        ending = "csv" if batch.kind is BankFileKind.CSV else "xml"
        return ExportedFile(f"payments-{batch.number}.{ending}", batch.kind, content)


def _confirm_export(batch_id: UUID, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        batch = get_batch(uow.session, batch_id, actor, for_update=True)
        for one in payments_of(uow.session, batch):
            one.sent_at = uow.now
            move(uow, one, PaymentAction.SEND)
        batch.file, batch.ended_at = None, uow.now
        advance(uow, batch, BatchAction.EXPORT, **_totals(batch))


def _demand_agreement(uow: UnitOfWork, fund: Fund) -> None:
    """Refuse to pay while something of the fund does not agree."""
    open_one = exists().where(
        PaymentDifference.fund_id == fund.id, PaymentDifference.cleared_at.is_(None)
    )
    if uow.session.scalar(select(open_one)):
        raise RuleBroken("differences-open")


def _payable(uow: UnitOfWork, fund: Fund) -> Sequence[tuple[Payment, int]]:
    wanted = _claimed_from(fund).where(~had_part(person_of(uow))).limit(MOST_IN_A_BATCH)
    found = [(payment, amount or 0) for payment, amount, _kept in uow.session.execute(wanted)]
    if not found:
        raise RuleBroken("nothing-to-pay")
    return found


def _forget_forged(code: str, actor: Actor) -> None:
    """Destroy each payee that was sealed past the program; else each list would fail by it."""
    with unit_of_work(actor) as uow:
        waiting = _claimed_from(get_fund(uow.session, code, actor))
        for payment, _amount, kept in uow.session.execute(waiting).all():
            if not is_marked(payment.id, kept.body, kept.mark):
                forget_payee(uow, payment)
                record(uow, "payment.forget-payee", "payment", payment.id)
                tell_reporter(uow, payment)


def _claimed_from(fund: Fund) -> Select[Payment, int | None, PayeeData]:
    """Claims to an account that wait for a list of a fund, each locked, with its payee.

    In one order for all, so that of two who draw at once neither waits for the other in vain.
    """
    return (
        select(Payment, Award.amount, PayeeData)
        .join(Award, Award.id == Payment.award_id)
        .join(BudgetLine, BudgetLine.id == Award.line_id)
        .join(PayeeData, PayeeData.payment_id == Payment.id)
        .where(
            Payment.state == PaymentState.CLAIMED,
            Payment.way == PayWay.BANK,
            Payment.batch_id.is_(None),
            BudgetLine.fund_id == fund.id,
        )
        .order_by(Payment.claimed_at, Payment.id)
        .with_for_update(of=Payment)
    )


def _new_batch(
    uow: UnitOfWork, fund: Fund, command: DrawBatch, found: Sequence[tuple[Payment, int]]
) -> PaymentBatch:
    last = select(func.max(PaymentBatch.number)).where(PaymentBatch.fund_id == fund.id)
    batch = PaymentBatch(
        fund_id=fund.id,
        number=(uow.session.scalar(last) or 0) + 1,
        kind=command.kind,
        payer_name=command.payer.name,
        payer_account=command.payer.account,
        payer_bank=command.payer.bank,
        execute_on=command.execute_on,
        drawn_at=uow.now,
        drawn_by=uow.actor.id or person_of(uow),
        count=len(found),
        total=sum(amount for _payment, amount in found),
    )
    uow.session.add(batch)
    uow.session.flush()
    return batch


def _opening(uow: UnitOfWork, payment: Payment, asked_by: UUID | None) -> Opening:
    """The request for the payee of a payment that is open now."""
    wanted = select(Opening).where(
        Opening.subject_kind == SUBJECT,
        Opening.subject_id == payment.id,
        Opening.asked_by == asked_by,
        Opening.state.in_(tuple(OPEN_OPENINGS)),
    )
    opening = uow.session.scalar(wanted.with_for_update())
    if opening is None:
        raise RuleBroken("release-ran-out")
    return opening


def _sealed(uow: UnitOfWork, payment: Payment) -> SealedRecord:
    """Who is paid, locked: while it is released nobody wraps it again.

    Refuses what the reporter did not leave: whoever writes to the database alone could seal it.
    """
    kept = uow.session.get_one(PayeeData, payment.id, with_for_update=True)
    if not is_marked(payment.id, kept.body, kept.mark):
        raise RuleBroken("payee-changed")
    return SealedRecord(sealed_of(kept), payee_context(payment.id))


def _amount_of(uow: UnitOfWork, payment: Payment) -> int:
    return uow.session.get_one(Award, payment.award_id).amount or 0


def _head(uow: UnitOfWork, batch: PaymentBatch) -> FileHead:
    currency = uow.session.get_one(Fund, batch.fund_id).currency
    payer = Payee(batch.payer_name, batch.payer_account, batch.payer_bank)
    return FileHead(f"SLB{batch.id.hex}"[:35], currency, batch.execute_on, payer, uow.now)


def _close(uow: UnitOfWork, batch: PaymentBatch, content: bytes) -> None:
    batch.file = close_until_stop(content, _place(batch.id))
    batch.file_hash = hashlib.sha256(content).hexdigest()
    advance(uow, batch, BatchAction.FILL, **_totals(batch))


def _totals(batch: PaymentBatch) -> dict[str, str | int | None]:
    return {"hash": batch.file_hash, "total": batch.total, "count": batch.count}


def _place(batch_id: UUID) -> str:
    return f"sunline/payment_batch/1/{batch_id}"


@contextmanager
def _noted(attempt: str, batch_id: UUID, actor: Actor) -> Iterator[None]:
    """Put a refused attempt on the trail, in a transaction of its own."""
    try:
        yield
    except PortalError as refused:
        with unit_of_work(actor) as uow:
            said = {"attempt": attempt, "refusal": refused.code}
            record(uow, "payment_batch.try", "payment_batch", batch_id, **said)
        raise
