"""Which awards somebody may see, and under which scheme each of them stands."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.cases.models import Case
from portal.cases.queries.access import concerns, context_of, key_of
from portal.cases.queries.access import in_scope as cases_in_scope
from portal.cases.queries.regions import lies_in
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import place_at
from portal.jurisdiction.reward_tables import RewardScheme
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound
from portal.rewards.models import Award


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The awards this actor may see, as a condition on the award and its case.

    - whoever may see the case sees its awards;
    - the reward committee and the auditor see those of their region, and of the case no more than
      what they rest on;
    - nobody sees one of a case a report of which they must not know of (F13).
    """
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR}:
        return true()
    if not may(actor, Permission.READ_AWARDS):
        return false()
    seen = [cases_in_scope(actor)]
    if may(actor, Permission.READ_FUNDS):
        there = lies_in(Case.region, actor.region) if actor.region else true()
        seen.append(and_(Case.disposed_at.is_(None), there))
    return and_(or_(*seen), ~concerns(actor, Case.id))


def get_award(session: Session, award_id: UUID, actor: Actor) -> tuple[Award, Case]:
    """An award and its case; NotFound if there is none or none that the actor may see."""
    wanted = select(Award, Case).join(Case, Case.id == Award.case_id)
    row = session.execute(wanted.where(Award.id == award_id, in_scope(actor))).first()
    if row is None:
        raise NotFound("award")
    return row[0], row[1]


def scheme_of(award: Award) -> RewardScheme:
    """The scheme under which a reward was promised, as it was then."""
    return place_at(award.place_version).schemes[award.scheme]


def schemes_for(place: Place, category: str) -> tuple[RewardScheme, ...]:
    """The schemes that reward this category and have a level that can be used."""
    return tuple(one for one in place.schemes.values() if category in one.categories and one.usable)


def words_of(case: Case, award: Award) -> Mapping[str, str]:
    """What the office wrote about an award, by the step; empty once the case was destroyed."""
    if award.content is None or case.disposed_at is not None:
        return {}
    said: Mapping[str, str] = key_of(case).decrypt_json(award.content, content_context(award))
    return said


def content_context(award: Award) -> str:
    """The one place the words of an award may stand in."""
    return context_of("reward_award.content", award.id)
