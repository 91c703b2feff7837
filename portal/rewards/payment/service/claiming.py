"""Claiming a reward with code and PIN: to an account that no officer reads, or in cash."""

from dataclasses import asdict, dataclass, field
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.audit.trail import record
from portal.custody.queries import group_keys
from portal.custody.sealing import seal_record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.visits import Ticket, VisitPurpose, find_visit, save_visit
from portal.intake.queries import key_of
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rewards.models import Award
from portal.rewards.payment.codes import (
    CashCode,
    mark_of,
    new_cash_code,
    parse_cash_code,
    tag_of,
    verifier_of,
)
from portal.rewards.payment.models import (
    CashCodeRow,
    PayeeData,
    PayeeTag,
    Payment,
    RewardSample,
)
from portal.rewards.payment.places import (
    payee_context,
    pays_cash,
    review_context,
    sample_context,
)
from portal.rewards.payment.queries.access import get_own_award
from portal.rewards.payment.rules import Payee, demand_payee, is_over
from portal.rewards.payment.service.moving import begin, forget_payee, move
from portal.rewards.payment.service.pins import demand_own_pin
from portal.rewards.payment.states import PaymentAction, PaymentState, PayWay, SampleAnswer


@dataclass(frozen=True, slots=True)
class ClaimToAccount:
    """The wish to be paid to an account."""

    report_id: UUID
    award_id: UUID
    payee: Payee = field(repr=False)
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimInCash:
    """The wish to be paid at a counter; the code is kept for the eyes of this visit."""

    ticket: Ticket = field(repr=False)
    report_id: UUID
    award_id: UUID
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskReview:
    """Why a refusal is wrong, as the reporter sees it."""

    report_id: UUID
    award_id: UUID
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnswerSample:
    """What a recipient tells the auditor about the money."""

    report_id: UUID
    award_id: UUID
    answer: SampleAnswer
    words: str = field(default="", repr=False)


def claim_to_account(command: ClaimToAccount, *, actor: Actor) -> None:
    """Seal where to pay to, and claim; a claim that nobody works on yet is corrected so.

    The account of a member of staff is parked for the auditor, and nobody else is told: corrected,
    it stays so. Raises
    RuleBroken for a wrong PIN, an account that cannot be one, and after the day of the warning.
    """
    demand_payee(command.payee)
    demand_own_pin(command.report_id, command.pin, actor=actor)
    tag, keys = tag_of(command.payee.account), group_keys()
    with unit_of_work(actor) as uow:
        uow.in_turn(tag)
        payment = _claimable(uow, command.report_id, command.award_id)
        forget_payee(uow, payment)
        sealed = seal_record(asdict(command.payee), keys, payee_context(payment.id))
        _claim(uow, payment, PayWay.BANK)
        uow.session.add(
            PayeeData(
                payment_id=payment.id,
                body=sealed.body,
                wrap=sealed.wrap,
                key_version=sealed.key_version,
                wrap_version=sealed.wrap_version,
                sealed_at=uow.now,
                mark=mark_of(payment.id, sealed.body),
            )
        )
        uow.session.add(PayeeTag(tag=tag, payment_id=payment.id, person_id=None, made_at=uow.now))
        staff = exists().where(PayeeTag.tag == tag, PayeeTag.person_id.is_not(None))
        if payment.state is PaymentState.CLAIMED and uow.session.scalar(select(staff)):
            move(uow, payment, PaymentAction.PARK)


def claim_in_cash(command: ClaimInCash, *, actor: Actor) -> None:
    """Draw a cash code for the eyes of this visit; an earlier one is worth nothing from then on.

    Raises RuleBroken where the scheme pays no cash, as well as what `claim_to_account` does.
    """
    demand_own_pin(command.report_id, command.pin, actor=actor)
    code = new_cash_code()
    verifier = verifier_of(code.secret)
    with unit_of_work(actor) as uow:
        payment = _claimable(uow, command.report_id, command.award_id)
        if not pays_cash(uow.session.get_one(Award, payment.award_id)):
            raise RuleBroken("no-cash-here")
        forget_payee(uow, payment)
        _claim(uow, payment, PayWay.CASH)
        row = CashCodeRow(
            payment_id=payment.id,
            locator_mac=code.locator_mac,
            verifier=verifier,
            made_at=uow.now,
        )
        if not uow.insert_once(row):
            raise RuleBroken("try-again")
        state = find_visit(uow.session, command.ticket, VisitPurpose.TRACKING)
        if state is None:
            raise NotFound("receipt")
        kept = {**state, "cash": code.locator + code.secret}
        save_visit(uow, command.ticket, VisitPurpose.TRACKING, kept)


def hide_cash_code(ticket: Ticket, *, actor: Actor) -> None:
    """Forget the code, which its owner has kept by now."""
    with unit_of_work(actor) as uow:
        state = find_visit(uow.session, ticket, VisitPurpose.TRACKING)
        if state is not None and state.pop("cash", None) is not None:
            save_visit(uow, ticket, VisitPurpose.TRACKING, state)


def ask_review(command: AskReview, *, actor: Actor) -> None:
    """Have another auditor look at a refusal, once."""
    with unit_of_work(actor) as uow:
        award, report = get_own_award(uow.session, command.report_id, command.award_id)
        payment = begin(uow, award, award.claim_by)
        if payment.review is not None:
            raise RuleBroken("review-asked-already")
        payment.review = key_of(report).encrypt_text(command.text, review_context(payment.id))
        move(uow, payment, PaymentAction.ASK_REVIEW)


def answer_sample(command: AnswerSample, *, actor: Actor) -> None:
    """Tell the auditor what arrived; the officer of the report cannot read it. Once."""
    with unit_of_work(actor) as uow:
        award, report = get_own_award(uow.session, command.report_id, command.award_id)
        wanted = select(RewardSample).join(Payment, Payment.id == RewardSample.payment_id)
        asked = uow.session.scalar(
            wanted.where(Payment.award_id == award.id).with_for_update(of=RewardSample)
        )
        if asked is None or asked.answered_at is not None:
            raise NotFound("sample")
        if command.words:
            context = sample_context(asked.payment_id)
            asked.words = key_of(report).encrypt_text(command.words, context)
        asked.answer, asked.answered_at = command.answer, uow.now
        record(uow, "reward.answer-sample", "payment", asked.payment_id)


def find_cash_code(session: Session, ticket: Ticket) -> CashCode | None:
    """The code that a visit shows, if one was drawn in it and not yet kept."""
    state = find_visit(session, ticket, VisitPurpose.TRACKING) or {}
    return parse_cash_code(state.get("cash", ""))


def _claimable(uow: UnitOfWork, report_id: UUID, award_id: UUID) -> Payment:
    """The payment of an own award, still in time and in nobody's hands."""
    award, _report = get_own_award(uow.session, report_id, award_id)
    payment = begin(uow, award, award.claim_by)
    today = local_date(current_place(), uow.now)
    warned = payment.warned_at is not None
    if payment.state is PaymentState.DUE and is_over(payment.claim_by, today, warned=warned):
        raise RuleBroken("claim-too-late")
    if payment.state is PaymentState.CLAIMED and payment.batch_id is not None:
        raise RuleBroken("claim-under-way")
    return payment


def _claim(uow: UnitOfWork, payment: Payment, way: PayWay) -> None:
    again = payment.state in {PaymentState.CLAIMED, PaymentState.PARKED}
    payment.way, payment.claimed_at = way, payment.claimed_at or uow.now
    move(uow, payment, PaymentAction.CORRECT if again else PaymentAction.CLAIM, way=way)
