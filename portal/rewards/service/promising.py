"""Putting a promise on file, and taking an award back."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.service.in_hand import take
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted, RuleBroken
from portal.rewards.models import Award
from portal.rewards.queries.access import schemes_for
from portal.rewards.queries.standing import standings_of
from portal.rewards.service.in_hand import let_go, put_words, step, take_award
from portal.rewards.service.telling import RewardNews, look_again, tell
from portal.rewards.states import ELIGIBLE, LIVE_AWARDS, AwardAction


@dataclass(frozen=True, slots=True)
class PromiseReward:
    """That a report of a case can be rewarded under a scheme."""

    number: str
    reference: str
    scheme: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class WithdrawAward:
    """Taking a promise or a proposal back; the reporter reads the reason."""

    award_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


def promise_reward(command: PromiseReward, *, actor: Actor) -> UUID:
    """Put the promise of a reward on file, and tell the reporter.

    Raises NotFound outside the actor's scope, and RuleBroken for a scheme that does not reward
    what the case is about, for a report that has no part by its rank, and for a second promise.
    """
    demand(actor, Permission.PROPOSE_AWARDS)
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        schemes = {one.code: one for one in schemes_for(current_place(), case.category)}
        if command.scheme not in schemes:
            raise RuleBroken("scheme-does-not-reward")
        scheme = schemes[command.scheme]
        found = standings_of(uow.session, case, scheme)
        ranks = {one.candidate.reference: one for one in found}
        standing = ranks.get(command.reference)
        if standing is None or standing.rank not in ELIGIBLE:
            raise RuleBroken("report-not-eligible")
        award = make_award(uow, case, standing.candidate.report_id, scheme.code)
        tell(uow, award.report_id, RewardNews.PROMISED)
        look_again(uow, case.id)
        return award.id


def make_award(uow: UnitOfWork, case: Case, report_id: UUID, scheme: str) -> Award:
    """A promised award inside somebody's transaction; RuleBroken where one is there."""
    if uow.actor.id is None:
        raise NotPermitted("not-your-step")
    own = Award.case_id == case.id
    live = select(Award.id).where(own, Award.report_id == report_id, Award.state.in_(LIVE_AWARDS))
    if uow.session.scalar(live) is not None:
        raise RuleBroken("promised-already")
    place = current_place()
    award = Award(
        case_id=case.id,
        report_id=report_id,
        number=(uow.session.scalar(select(func.max(Award.number)).where(own)) or 0) + 1,
        scheme=scheme,
        place_version=place.version,
        currency=place.schemes[scheme].currency,
        promised_at=uow.now,
        promised_by=uow.actor.id,
    )
    uow.session.add(award)
    uow.session.flush()
    record(uow, "award.promise", "award", award.id, case=case.number, scheme=scheme)
    return award


def withdraw_award(command: WithdrawAward, *, actor: Actor) -> None:
    """Take a promise or a proposal back, with the reason that the reporter reads; by the head."""
    with unit_of_work(actor) as uow:
        award, case = take_award(uow, command.award_id, command.seen_version, AwardAction.WITHDRAW)
        put_words(case, award, AwardAction.WITHDRAW, command.reason)
        step(uow, award, AwardAction.WITHDRAW)
        let_go(uow, award)
        tell(uow, award.report_id, RewardNews.WITHDRAWN)
