"""What every act on an award starts and ends with."""

from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import advance
from portal.cases.models import Case
from portal.cases.queries.access import key_of
from portal.infra.uow import UnitOfWork
from portal.jurisdiction.reward_tables import RewardScheme
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.rewards.ledger.service import post
from portal.rewards.ledger.states import MovementKind
from portal.rewards.models import Award, AwardStep
from portal.rewards.queries.access import content_context, in_scope, words_of
from portal.rewards.queries.persons import person_of, who_had, who_touched
from portal.rewards.queries.sharing import agreed_shares
from portal.rewards.queries.standing import find_standing, standings_of
from portal.rewards.rules.amounts import Share, share_of
from portal.rewards.rules.steps import demand_apart, demand_may_take
from portal.rewards.states import OPEN_AWARDS, STEPS, AwardAction


def take_award(
    uow: UnitOfWork, award_id: UUID, seen: int | None, action: AwardAction
) -> tuple[Award, Case]:
    """The award and its case, locked, if this step is open and the actor's to take.

    Raises NotFound outside the actor's scope, MoveRefused when the award is not there, or somebody
    changed it since `seen`, NotPermitted for another role, and RuleBroken for a person who had a
    part in it before.
    """
    wanted = select(Case).join(Award, Award.case_id == Case.id)
    case = uow.session.scalar(
        wanted.where(Award.id == award_id, in_scope(uow.actor)).with_for_update(of=Case)
    )
    if case is None:
        raise NotFound("award")
    uow.waited()
    award = uow.session.get_one(Award, award_id, with_for_update=True, populate_existing=True)
    if seen is not None and award.version != seen:
        raise MoveRefused("changed-meanwhile", subject="award", state=award.state)
    if action not in award.open_actions:
        raise MoveRefused("award-elsewhere", subject="award", state=award.state)
    demand_may_take(uow.actor, action, award.state, case.department_code)
    touched = who_touched(uow.session, award)
    demand_apart(action, own_person(uow), touched, who_had(uow.session, case, award))
    return award, case


def own_person(uow: UnitOfWork) -> UUID:
    """The natural person who acts; NotPermitted for what is none."""
    person = person_of(uow.session, uow.actor.id)
    if person is None:
        raise NotPermitted("not-your-step")
    return person


def step(uow: UnitOfWork, award: Award, action: AwardAction) -> None:
    """Take a step: who took it is written first, since the database moves no award without it.

    An award that is not open any more has ended.
    """
    if uow.actor.id is None:
        raise NotPermitted("not-your-step")
    if action in STEPS:
        uow.insert(
            AwardStep(
                award_id=award.id,
                step=action,
                account_id=uow.actor.id,
                person_id=own_person(uow),
                no_conflict=True,
                at=uow.now,
            )
        )
    advance(uow, award, action)
    if award.state not in OPEN_AWARDS:
        award.ended_at = uow.now
    uow.session.flush()


def put_words(case: Case, award: Award, action: str, text: str) -> None:
    """Keep what was written at a step beside what was written before."""
    said = {**words_of(case, award), action: text}
    award.content = key_of(case).encrypt_json(said, content_context(award))


def own_share(uow: UnitOfWork, case: Case, award: Award, scheme: RewardScheme) -> Share:
    """The part of the report of an award as the case stands now; RuleBroken if it has none."""
    found = standings_of(uow.session, case, scheme)
    place = find_standing(found, award.report_id)
    if place is None:
        raise RuleBroken("report-not-eligible")
    agreed = agreed_shares(uow.session, found)
    return share_of(place, [one.rank for one in found], scheme.new_facts_share, agreed)


def let_go(uow: UnitOfWork, award: Award) -> None:
    """Give what was reserved for an award back to its budget line."""
    if award.line_id is not None and award.amount is not None:
        kind = MovementKind.RELEASE
        post(uow, award.line_id, kind, award.amount, award=award.id)
