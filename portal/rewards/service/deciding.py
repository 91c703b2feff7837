"""From the proposal of an award to its approval or refusal, each step by another person."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.service.in_hand import today
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.rewards.ledger.service import post
from portal.rewards.ledger.states import MovementKind
from portal.rewards.models import Award
from portal.rewards.queries.access import get_award, scheme_of
from portal.rewards.queries.budget import list_budget_lines
from portal.rewards.queries.persons import CONFLICT
from portal.rewards.rules.amounts import (
    Amount,
    Facts,
    amount_of,
    demand_within,
    level_of,
    needs_second,
)
from portal.rewards.rules.steps import demand_no_conflict
from portal.rewards.service.in_hand import let_go, own_share, put_words, step, take_award
from portal.rewards.service.telling import RewardNews, tell
from portal.rewards.states import LIVE_AWARDS, AwardAction

A = AwardAction
NO_FACTS: Final = Facts()


@dataclass(frozen=True, slots=True)
class ProposeAward:
    """What an award rests on: its level and the facts that the formula asks for, with reasons."""

    award_id: UUID
    level: str
    line_id: UUID
    reason: str = field(repr=False)
    no_conflict: bool
    facts: Facts = NO_FACTS
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class DecideAward:
    """Confirming, endorsing or approving an award, or refusing it with a reason."""

    award_id: UUID
    action: AwardAction
    note: str = field(repr=False)
    no_conflict: bool
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeclareConflict:
    """That somebody has an interest in an award, and so no part in deciding on it."""

    award_id: UUID


def propose_award(command: ProposeAward, *, actor: Actor) -> None:
    """Compute the amount of a promised award, and reserve it.

    Raises RuleBroken while nothing was decided in the case, for a report that has no part any more,
    for facts that the formula refuses, where the case would be given more than it is worth, and for
    more than the budget line holds; see `take_award` for who may.
    """
    demand_no_conflict(declared=command.no_conflict)
    with unit_of_work(actor) as uow:
        award, case = take_award(uow, command.award_id, command.seen_version, A.PROPOSE)
        if not (case.decision_stands or case.referred_at):
            raise RuleBroken("nothing-decided")
        scheme = scheme_of(award)
        lines = list_budget_lines(uow.session, case, award.currency, today(uow).year)
        if command.line_id not in {one.id for one in lines}:
            raise RuleBroken("budget-line-unknown")
        level = level_of(scheme, command.level)
        found = amount_of(scheme, level, command.facts, own_share(uow, case, award, scheme))
        demand_within(found.amount, found.pool, _others(uow, award))
        _set(award, command, found)
        award.needs_second = needs_second(scheme, found)
        put_words(case, award, A.PROPOSE, command.reason)
        step(uow, award, A.PROPOSE)
        post(uow, command.line_id, MovementKind.RESERVE, found.amount, award=award.id)


def decide_award(command: DecideAward, *, actor: Actor) -> None:
    """Confirm, endorse or approve an award, or refuse it.

    Raises RuleBroken for a refusal without a reason, and for confirming or approving what would be
    computed differently by now, because the order of the reports changed; see `take_award` for who
    may.
    """
    if command.action not in {A.CONFIRM, A.ENDORSE, A.APPROVE, A.REFUSE}:
        raise RuleBroken("not-by-hand")
    demand_no_conflict(declared=command.no_conflict)
    refused = command.action is A.REFUSE
    if refused and not command.note.strip():
        raise RuleBroken("refusal-without-reason")
    with unit_of_work(actor) as uow:
        award, case = take_award(uow, command.award_id, command.seen_version, command.action)
        if not refused:
            _demand_still_right(uow, case, award)
        put_words(case, award, command.action, command.note)
        if command.action is A.APPROVE:
            days = scheme_of(award).claim_days
            award.claim_by = today(uow) + timedelta(days=days) if days else None
        step(uow, award, command.action)
        _follow(uow, award, command.action)


def declare_conflict(command: DeclareConflict, *, actor: Actor) -> None:
    """Write down that the actor has an interest in an award: no step of it is theirs any more."""
    with unit_of_work(actor) as uow:
        award, _case = get_award(uow.session, command.award_id, actor)
        record(uow, CONFLICT, "award", award.id)


def _follow(uow: UnitOfWork, award: Award, action: AwardAction) -> None:
    """Move the money, and tell the reporter, once an award is decided on."""
    if action is A.REFUSE:
        let_go(uow, award)
        tell(uow, award.report_id, RewardNews.REFUSED)
    if action is A.APPROVE and award.line_id is not None and award.amount is not None:
        post(uow, award.line_id, MovementKind.OWE, award.amount, award=award.id)
        tell(uow, award.report_id, RewardNews.APPROVED)


def _set(award: Award, command: ProposeAward, found: Amount) -> None:
    """Write the proposal on the award."""
    facts = command.facts
    award.level, award.line_id = command.level, command.line_id
    award.base, award.units, award.chosen = facts.base, facts.units, facts.chosen
    award.pool, award.amount = found.pool, found.amount
    award.lines = [
        {"kind": str(one.kind), "amount": one.amount, "figures": dict(one.figures)}
        for one in found.lines
    ]


def _others(uow: UnitOfWork, award: Award) -> list[tuple[int, int]]:
    """Amount and pool of the other awards of the case that count."""
    wanted = select(Award.amount, Award.pool).where(
        Award.case_id == award.case_id,
        Award.id != award.id,
        Award.state.in_(LIVE_AWARDS),
        Award.amount.is_not(None),
    )
    return [(amount or 0, pool or 0) for amount, pool in uow.session.execute(wanted)]


def _demand_still_right(uow: UnitOfWork, case: Case, award: Award) -> None:
    """Raise RuleBroken where the computation would give something else now."""
    scheme = scheme_of(award)
    facts = Facts(award.base, award.units, award.chosen)
    share = own_share(uow, case, award, scheme)
    if amount_of(scheme, level_of(scheme, award.level or ""), facts, share).amount != award.amount:
        raise RuleBroken("amount-changed-meanwhile")
