"""Rewards that are not at their end: what they are about is kept until then."""

from sqlalchemy import ColumnElement, ColumnExpressionArgument, and_, exists, or_
from sqlalchemy.orm import aliased

from portal.rewards.models import Award, RewardObjection
from portal.rewards.payment.models import Payment
from portal.rewards.payment.states import PaymentState
from portal.rewards.states import OPEN_AWARDS, AwardState

_ENDED = (PaymentState.SETTLED, PaymentState.FORFEITED)


def waits_for_reward(
    report_id: ColumnExpressionArgument[object], case_id: ColumnExpressionArgument[object]
) -> ColumnElement[bool]:
    """Whether a report or a case has an award to decide on or to pay, or an objection to answer."""
    award, payment, objection = aliased(Award), aliased(Payment), aliased(RewardObjection)
    ended = exists().where(payment.award_id == award.id, payment.state.in_(_ENDED))
    unpaid = and_(award.state == AwardState.APPROVED, ~ended)
    open_award = exists().where(
        or_(award.report_id == report_id, award.case_id == case_id),
        or_(award.state.in_(OPEN_AWARDS), unpaid),
    )
    unanswered = exists().where(
        or_(objection.report_id == report_id, objection.case_id == case_id),
        objection.answered_at.is_(None),
    )
    return or_(open_award, unanswered)
