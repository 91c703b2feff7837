"""Who releases a case from supervision: the supervising office, one above that, or the head."""

from enum import StrEnum

from sqlalchemy import exists, literal, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountRole
from portal.accounts.queries import actor_behind
from portal.cases.models import Case
from portal.cases.queries.access import is_in_scope
from portal.cases.queries.regions import codes_inside
from portal.cases.queries.sight import RELEASING, anybody_releases, is_complained_of
from portal.cases.queries.steps import hand_of
from portal.cases.rules import may_head, may_supervise
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor


class ReleasedBy(StrEnum):
    """Whose the release is; whoever had a part in the case leaves it to another of them."""

    OFFICE = "office"
    ABOVE = "above"
    HEAD = "head"


def is_left_to_those_above(session: Session, case: Case, office: str) -> bool:
    """Whether nobody of the supervising office may release: each had a part, or must not know."""
    asked = select(Case.id).where(Case.id == case.id, anybody_releases(literal(office)))
    return session.scalar(asked) is None


def is_above(actor: Actor, office: str) -> bool:
    """Whether somebody answers for a region in which that of another office lies."""
    own, theirs = actor.region or (actor.department or "").partition("@")[2], office.partition("@")
    inside = codes_inside(current_place().version, own) if own else ()
    return theirs[2] != own and theirs[2] in inside


def released_by(
    session: Session, case: Case, office: str, actor: Actor, *, ordinary: bool
) -> ReleasedBy:
    """Who releases a case from the supervision of this office, as far as it concerns the actor.

    Where no office above may know of the case any more (F13, F21: it is not `ordinary`), or the
    office has it itself by now, there is nobody above to release it, and it could never be closed:
    its head does. Not the head of a unit that is complained of in it: whoever is above that does,
    as long as there is somebody who may know of the case and had no hand in it.
    """
    unit = case.department_code
    accused = not ordinary and is_complained_of(session, case.id, unit)
    if not accused and (unit == office or not ordinary):
        return ReleasedBy.HEAD
    named = accused and is_complained_of(session, case.id, office)
    asked = accused or may_supervise(actor, unit)
    left = named or (asked and is_left_to_those_above(session, case, office))
    by = ReleasedBy.ABOVE if left else ReleasedBy.OFFICE
    alone = accused and not _somebody_knows(session, case, office, by)
    return ReleasedBy.HEAD if alone else by


def releases(by: ReleasedBy | None, unit: str, office: str, actor: Actor) -> bool:
    """Whether the actor releases a case of the unit that the office supervises."""
    if by is ReleasedBy.HEAD:
        # Not everybody who may act as its head from above: they are who would be passed over.
        return actor.department == unit and may_head(actor, unit)
    if by is None or not may_supervise(actor, unit):
        return False
    return actor.department == office or (by is ReleasedBy.ABOVE and is_above(actor, office))


def _somebody_knows(session: Session, case: Case, office: str, by: ReleasedBy) -> bool:
    """Whether one of those whose release it would be may know of the case and had no hand in it."""
    unit = case.department_code
    above = select(Account).where(
        Account.disabled_at.is_(None),
        exists().where(AccountRole.account_id == Account.id, AccountRole.role.in_(RELEASING)),
    )
    if by is ReleasedBy.OFFICE:
        above = above.where(Account.department == office)
    return any(
        releases(by, unit, office, one)
        and is_in_scope(session, case, one)
        and not hand_of(session, case, one).had_it
        for one in map(actor_behind, session.scalars(above).all())
    )
