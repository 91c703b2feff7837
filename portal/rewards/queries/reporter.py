"""What a reporter may know of the reward: an allow-list, made for the tracking page."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.queries.access import context_of, key_of
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.jurisdiction.place import Text
from portal.rewards.models import Award, RewardObjection, RewardStanding
from portal.rewards.queries.access import scheme_of, words_of
from portal.rewards.queries.sharing import Sharing, find_sharing
from portal.rewards.rules.amounts import Line
from portal.rewards.states import AmountLine, AwardAction, AwardState, Rank


@dataclass(frozen=True, slots=True)
class AwardTold:
    """An award as its reporter reads it; nobody of the office is named in it.

    `step` is where it stands, without how many people there are still to decide.
    """

    id: UUID
    scheme: Text
    state: AwardState
    currency: str
    promised_at: datetime
    amount: int | None
    level: Text | None
    lines: tuple[Line, ...]
    ended_at: datetime | None
    reason: str = field(repr=False)
    may_ask: bool


@dataclass(frozen=True, slots=True)
class ObjectionTold:
    """An objection of the reporter, and the answer once there is one."""

    about_refusal: bool
    at: datetime
    text: str = field(repr=False)
    answered_at: datetime | None
    granted: bool | None
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RewardTold:
    """The whole section: rank, awards, objections."""

    rank: Rank | None
    told_at: datetime | None
    awards: tuple[AwardTold, ...]
    objections: tuple[ObjectionTold, ...]
    may_object: bool
    sharing: Sharing | None


def find_reward(session: Session, reference: str) -> RewardTold | None:
    """What the page of a report says of its reward; None where there is nothing to say."""
    told = exists().where(RewardStanding.report_id == Report.id)
    awarded = exists().where(Award.report_id == Report.id)
    wanted = select(Report.id).where(Report.reference == reference, or_(told, awarded))
    report_id = session.scalar(wanted)
    return _reward(session, report_id) if report_id else None


def _reward(session: Session, report_id: UUID) -> RewardTold:
    standing = session.get(RewardStanding, report_id)
    awards = session.execute(
        select(Award, Case)
        .join(Case, Case.id == Award.case_id)
        .where(Award.report_id == report_id)
        .order_by(Award.promised_at)
    ).all()
    return RewardTold(
        rank=standing.rank if standing else None,
        told_at=standing.told_at if standing else None,
        awards=tuple(_award(session, award, case) for award, case in awards),
        objections=_objections(session, report_id),
        may_object=may_object(session, report_id) is not None,
        sharing=get_sharing(session, report_id),
    )


def get_sharing(session: Session, report_id: UUID) -> Sharing | None:
    """With whom a report shares as far as its reporter was told; None for nobody."""
    standing = session.get(RewardStanding, report_id)
    if standing is None or standing.rank not in {Rank.FIRST, Rank.JOINT}:
        return None
    return find_sharing(session, report_id, standing.case_id)


def may_object(session: Session, report_id: UUID) -> RewardStanding | None:
    """The rank that its reporter may object to: not the best, and not objected to since told."""
    standing = session.get(RewardStanding, report_id)
    if standing is None or standing.rank is Rank.FIRST:
        return None
    since = select(RewardObjection.id).where(
        RewardObjection.report_id == report_id,
        RewardObjection.award_id.is_(None),
        RewardObjection.at >= standing.told_at,
    )
    return None if session.scalar(since.limit(1)) else standing


def may_ask_for_review(session: Session, award: Award) -> bool:
    """Whether the refusal of an award can still be reviewed: once."""
    if award.state is not AwardState.REFUSED:
        return False
    asked = select(RewardObjection.id).where(RewardObjection.award_id == award.id)
    return session.scalar(asked) is None


def lines_of(award: Award) -> tuple[Line, ...]:
    """The explanation of an amount, as it was kept."""
    return tuple(
        Line(AmountLine(one["kind"]), one["amount"], one["figures"]) for one in award.lines
    )


def _award(session: Session, award: Award, case: Case) -> AwardTold:
    scheme, said = scheme_of(award), words_of(case, award)
    approved = award.state is AwardState.APPROVED
    level = next((one for one in scheme.levels if one.code == award.level), None)
    reasons = {
        AwardState.REFUSED: AwardAction.REFUSE,
        AwardState.WITHDRAWN: AwardAction.WITHDRAW,
    }
    return AwardTold(
        id=award.id,
        scheme=scheme.name,
        state=award.state,
        currency=award.currency,
        promised_at=award.promised_at,
        amount=award.amount if approved else None,
        level=level.name if approved and level else None,
        lines=lines_of(award) if approved else (),
        ended_at=award.ended_at,
        reason=said.get(reasons.get(award.state, ""), ""),
        may_ask=may_ask_for_review(session, award),
    )


def _objections(session: Session, report_id: UUID) -> tuple[ObjectionTold, ...]:
    rows = session.execute(
        select(RewardObjection, Report, Case)
        .join(Report, Report.id == RewardObjection.report_id)
        .join(Case, Case.id == RewardObjection.case_id)
        .where(RewardObjection.report_id == report_id)
        .order_by(RewardObjection.at)
    )
    return tuple(
        ObjectionTold(
            one.award_id is not None,
            one.at,
            text_of(one, report),
            one.answered_at,
            one.granted,
            answer_of(one, case),
        )
        for one, report, case in rows
    )


def text_of(one: RewardObjection, report: Report) -> str:
    """What the reporter wrote; empty once the report was erased."""
    if report.content_key is None:
        return ""
    return reports.key_of(report).decrypt_text(
        one.body, context_of("reward_objection.body", one.id)
    )


def answer_of(one: RewardObjection, case: Case) -> str:
    """What the office answered; empty before that, and once the case was destroyed."""
    if one.answer is None or case.disposed_at is not None:
        return ""
    place = context_of("reward_objection.answer", one.id)
    return key_of(case).decrypt_text(one.answer, place)
