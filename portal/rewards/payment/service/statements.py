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
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
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
from portal.rewards.payment.rules import (
    BANK_DAYS,
    BankEntry,
    Expected,
    claim_until,
    judge,
    outweighs,
    stated_mark,
)
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


@dataclass(frozen=True, slots=True)
class StatedOutcome:
    """What an auditor was shown as stated of an unknown payment, by its `stated_mark`."""

    payment_id: UUID
    mark: str


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
        in_order = sorted(
            enumerate(read.entries, start=1), key=lambda one: (one[1].booked_on, one[1].came_back)
        )
        for number, entry in in_order:
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


def confirm_resolution(command: StatedOutcome, *, actor: Actor) -> None:
    """Agree to what was stated of an unknown payment; then it is so.

    Takes an auditor who had no part in the award, the payment or the statement. Raises MoveRefused
    where something else took the place of what they were shown.
    """
    demand(actor, Permission.AUDIT_PAYMENTS)
    with unit_of_work(actor) as uow:
        paid = get_payment(uow.session, command.payment_id, actor, for_update=True)
        agree(uow, paid.payment, _shown(uow, command))


def contest_resolution(command: StatedOutcome, *, actor: Actor) -> None:
    """Disagree that the bank never booked an unknown payment: it is unknown as before.

    Takes an auditor as `confirm_resolution` does; what an entry says only another entry outweighs.
    """
    demand(actor, Permission.AUDIT_PAYMENTS)
    with unit_of_work(actor) as uow:
        paid = get_payment(uow.session, command.payment_id, actor, for_update=True)
        stated = _shown(uow, command)
        _demand_another(uow, paid.payment, stated)
        if stated.line_id is not None:
            raise RuleBroken("resolution-by-entry")
        _take_away(uow, stated)


def doubt_payment(payment_id: UUID, *, actor: Actor) -> None:
    """Say that nobody knows what became of a payment; two people find out from a statement."""
    demand(actor, Permission.PAY_AWARDS)
    with unit_of_work(actor) as uow:
        paid = get_payment(uow.session, payment_id, actor, for_update=True)
        move(uow, paid.payment, PaymentAction.DOUBT)


def agree(uow: UnitOfWork, payment: Payment, stated: PaymentResolution) -> None:
    """Confirm what somebody else stated, and have it be so; refuse whoever had a part in it."""
    person = _demand_another(uow, payment, stated)
    stated.confirmed_at, stated.confirmed_by = uow.now, uow.actor.id
    stated.confirmed_person = person
    uow.session.flush()
    end(uow, payment, stated.outcome)


def _demand_another(uow: UnitOfWork, payment: Payment, stated: PaymentResolution) -> UUID:
    """The person who acts; refuse one who had a part in the award, the payment or the statement."""
    person = demand_apart(uow, [payment])
    if person == stated.stated_person:
        raise RuleBroken("payment-own-step")
    return person


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
    verdict = judge(entry, _expected(uow, paid, line))
    if paid is not None and isinstance(verdict, PaymentAction):
        if paid.payment.state is not PaymentState.UNKNOWN:
            end(uow, paid.payment, verdict)
            return
        if _state_by_entry(uow, paid.payment, verdict, line):
            return
        verdict = DifferenceKind.TWICE
    amounts = (paid.award.amount or 0) if paid else 0, entry.amount
    differ(
        uow,
        fund.id,
        DifferenceKind(verdict),
        line.id.hex,
        reference=entry.reference,
        amounts=amounts,
    )


def _named(uow: UnitOfWork, fund: Fund, reference: str) -> Paid | None:
    wanted = (
        select(Payment, Award, BudgetLine.fund_id)
        .join(Award, Award.id == Payment.award_id)
        .join(BudgetLine, BudgetLine.id == Award.line_id)
        .where(Payment.reference == reference, BudgetLine.fund_id == fund.id)
    )
    row = uow.session.execute(wanted.with_for_update(of=Payment)).first()
    return Paid(*row) if row else None


def _expected(uow: UnitOfWork, paid: Paid | None, line: BankLine) -> Expected | None:
    """What we know of the payment that a line names, with what lines before it said of it."""
    if paid is None:
        return None
    before = exists().where(
        BankLine.payment_id == paid.payment.id,
        BankLine.came_back,
        BankLine.amount == paid.award.amount,
        BankLine.currency == paid.award.currency,
        BankLine.id != line.id,
    )
    amount = paid.award.amount or 0, paid.award.currency
    return Expected(paid.payment.state, *amount, bool(uow.session.scalar(select(before))))


def _state_by_entry(uow: UnitOfWork, payment: Payment, said: PaymentAction, line: BankLine) -> bool:
    """Leave what an entry says of an unknown payment for another person to confirm.

    It takes the place of what waits and weighs less; False for the same entry a second time.
    """
    waiting = uow.session.scalar(_waiting(payment.id))
    if waiting is not None:
        if not outweighs(said, waiting.outcome, by_entry=waiting.line_id is not None):
            return said is not waiting.outcome and not _is_told_twice(uow, line)
        _take_away(uow, waiting)
    _state(uow, payment, said, line.statement_id, line.id)
    return True


def _is_told_twice(uow: UnitOfWork, line: BankLine) -> bool:
    """Whether an entry before this one said the same of its payment: it was booked once more."""
    before = exists().where(
        BankLine.payment_id == line.payment_id,
        BankLine.came_back == line.came_back,
        BankLine.id != line.id,
    )
    return bool(uow.session.scalar(select(before)))


def _take_away(uow: UnitOfWork, waiting: PaymentResolution) -> None:
    record(uow, "payment.unstate-outcome", "payment", waiting.payment_id, outcome=waiting.outcome)
    uow.session.delete(waiting)
    uow.session.flush()


def _state(
    uow: UnitOfWork,
    payment: Payment,
    outcome: PaymentAction,
    statement_id: UUID,
    line_id: UUID | None,
) -> None:
    """Leave what one person says for another to confirm."""
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


def _shown(uow: UnitOfWork, command: StatedOutcome) -> PaymentResolution:
    """What waits to be confirmed, if it still is what the page said."""
    stated = uow.session.scalar(_waiting(command.payment_id).with_for_update())
    if stated is None:
        raise NotFound("resolution")
    if stated_mark(stated.outcome, stated.statement_id) != command.mark:
        raise MoveRefused("changed-meanwhile", subject="payment")
    return stated


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
