"""What a reporter reads of the own rewards: an allow-list, made for that page and no other."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from portal.intake.models import Report
from portal.intake.queries import key_of
from portal.kernel.errors import NotFound
from portal.rewards.models import Award
from portal.rewards.payment.models import (
    IS_LIVE_PAYMENT,
    PayeeData,
    Payment,
    RewardPin,
    RewardSample,
)
from portal.rewards.payment.places import pays_cash, refusal_context
from portal.rewards.payment.rules import FORGOTTEN_DAYS, is_over
from portal.rewards.payment.states import PaymentState, PayWay
from portal.rewards.states import AwardState

# A parked claim is to look like any other.
_OPEN = (PaymentState.DUE, PaymentState.CLAIMED, PaymentState.PARKED)


@dataclass(frozen=True, slots=True)
class OwnReward:
    """A reward that was approved, and what its reporter can do about it now.

    That it is looked at by the auditor is not told before the auditor has decided.
    """

    award_id: UUID
    amount: int
    currency: str
    claim_by: date | None
    state: PaymentState
    way: PayWay | None
    claimed_at: datetime | None
    ended_at: datetime | None
    came_back: bool
    may_claim: bool
    payee_lost: bool
    pays_cash: bool
    may_review: bool
    asked: bool
    refusal: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OwnPin:
    """Whether a PIN is set, and from when on another can be, if it was said to be forgotten."""

    is_set: bool
    new_from: datetime | None


def has_reward(session: Session, reference: str) -> bool:
    """Whether a reward was approved for a report."""
    wanted = exists().where(
        Award.report_id == Report.id,
        Report.reference == reference,
        Award.state == AwardState.APPROVED,
    )
    return bool(session.scalar(select(wanted)))


def list_own(session: Session, report_id: UUID, today: date) -> tuple[OwnReward, ...]:
    """The approved rewards of a report, in the order in which they were promised."""
    live = aliased(Payment, select(Payment).where(text(IS_LIVE_PAYMENT)).subquery())
    sent_back = exists().where(Payment.award_id == Award.id, Payment.state == PaymentState.RETURNED)
    wanted = (
        select(Award, Report, live, sent_back, RewardSample, PayeeData.payment_id)
        .join(Report, Report.id == Award.report_id)
        .outerjoin(live, live.award_id == Award.id)
        .outerjoin(RewardSample, RewardSample.payment_id == live.id)
        .outerjoin(PayeeData, PayeeData.payment_id == live.id)
        .where(Award.report_id == report_id, Award.state == AwardState.APPROVED)
        .order_by(Award.promised_at)
    )
    return tuple(
        _own(award, report, payment, came_back, sample, today, payee_known=payee is not None)
        for award, report, payment, came_back, sample, payee in session.execute(wanted).all()
    )


def get_own(session: Session, report_id: UUID, award_id: UUID, today: date) -> OwnReward:
    """One approved reward of a report; NotFound for one of another report."""
    for one in list_own(session, report_id, today):
        if one.award_id == award_id:
            return one
    raise NotFound("award")


def find_claim_day(session: Session, award_id: UUID, today: date) -> date | None:
    """The last day to claim an approved award; None once it is claimed or over, or without one."""
    live = aliased(Payment, select(Payment).where(text(IS_LIVE_PAYMENT)).subquery())
    wanted = (
        select(func.coalesce(live.claim_by, Award.claim_by))
        .select_from(Award)
        .outerjoin(live, live.award_id == Award.id)
        .where(Award.id == award_id, or_(live.id.is_(None), live.state == PaymentState.DUE))
    )
    found: date | None = session.scalar(wanted)
    return found if found is not None and found >= today else None


def get_pin(session: Session, report_id: UUID) -> OwnPin:
    """How it stands with the PIN of a report."""
    pin = session.get(RewardPin, report_id)
    if pin is None:
        return OwnPin(is_set=False, new_from=None)
    waits = pin.forgotten_at + timedelta(days=FORGOTTEN_DAYS) if pin.forgotten_at else None
    return OwnPin(is_set=True, new_from=waits)


def _own(
    award: Award,
    report: Report,
    payment: Payment | None,
    came_back: bool,  # noqa: FBT001  # as the database says
    sample: RewardSample | None,
    today: date,
    *,
    payee_known: bool,
) -> OwnReward:
    state = payment.state if payment else PaymentState.DUE
    until = payment.claim_by if payment else award.claim_by
    warned = payment is not None and payment.warned_at is not None
    in_time = not is_over(until, today, warned=warned)
    in_hand = payment is not None and payment.batch_id is not None
    shown = PaymentState.CLAIMED if state is PaymentState.PARKED else state
    refusal = ""
    if payment is not None and payment.refusal is not None:
        refusal = key_of(report).decrypt_text(payment.refusal, refusal_context(payment.id))
    return OwnReward(
        award_id=award.id,
        amount=award.amount or 0,
        currency=award.currency,
        claim_by=until if state is PaymentState.DUE and until and until >= today else None,
        state=shown,
        way=payment.way if payment else None,
        claimed_at=payment.claimed_at if payment else None,
        ended_at=payment.ended_at if payment else None,
        came_back=came_back,
        may_claim=state in _OPEN and not in_hand and (in_time or state is not PaymentState.DUE),
        payee_lost=state is PaymentState.CLAIMED
        and payment is not None
        and payment.way is PayWay.BANK
        and not payee_known,
        pays_cash=pays_cash(award),
        may_review=payment is not None and state is PaymentState.REFUSED and payment.review is None,
        asked=sample is not None and sample.answered_at is None,
        refusal=refusal if state is PaymentState.REFUSED else "",
    )
