"""Who releases a case from supervision: the supervising office, one above that, or the head."""

from enum import StrEnum
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.access.permissions import GRANTS, Permission
from portal.accounts.models import Account, AccountRole
from portal.cases.models import Case
from portal.cases.queries.access import codes_inside, excluded_from, is_complained_of
from portal.cases.queries.steps import handlers_of
from portal.cases.rules import may_head, may_supervise
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role

_RELEASING: Final = tuple(
    one for one in Role if Permission.SUPERVISE_CASES in GRANTS.get(one, frozenset())
)


class ReleasedBy(StrEnum):
    """Whose the release is; whoever had a part in the case leaves it to another of them."""

    OFFICE = "office"
    ABOVE = "above"
    HEAD = "head"


def is_left_to_those_above(session: Session, case: Case, office: str) -> bool:
    """Whether nobody of the supervising office may release: each had a part, or must not know."""
    handlers = handlers_of(session, case)
    had_it = select(Account.person_id).where(Account.id.in_(handlers))
    may = exists().where(
        AccountRole.account_id == Account.id,
        AccountRole.role.in_(_RELEASING),
        Account.department == office,
        Account.disabled_at.is_(None),
        Account.person_id.not_in(had_it),
        Account.person_id.not_in(excluded_from(case)),
    )
    return not session.scalar(select(may))


def is_above(actor: Actor, office: str) -> bool:
    """Whether somebody answers for a region in which another office lies."""
    own = actor.region or (actor.department or "").partition("@")[2]
    inside = codes_inside(current_place().version, own) if own else ()
    return actor.department != office and office.partition("@")[2] in inside


def released_by(
    session: Session, case: Case, office: str, actor: Actor, *, ordinary: bool
) -> ReleasedBy:
    """Who releases a case from the supervision of this office, as far as it concerns the actor.

    Where no office above may know of the case any more (F13, F21: it is not `ordinary`), or the
    office has it itself by now, there is nobody above to release it, and it could never be closed:
    its head does. Not the head of a unit that is complained of in it: whoever is above that does.
    """
    unit = case.department_code
    accused = not ordinary and is_complained_of(session, case, unit)
    if not accused and (unit == office or not ordinary):
        return ReleasedBy.HEAD
    if accused and is_complained_of(session, case, office):
        return ReleasedBy.ABOVE
    above = may_supervise(actor, unit)
    left = above and is_left_to_those_above(session, case, office)
    return ReleasedBy.ABOVE if left else ReleasedBy.OFFICE


def releases(by: ReleasedBy | None, unit: str, office: str, actor: Actor) -> bool:
    """Whether the actor releases a case of the unit that the office supervises."""
    if by is ReleasedBy.HEAD:
        return may_head(actor, unit)
    if by is None or not may_supervise(actor, unit):
        return False
    return actor.department == office or (by is ReleasedBy.ABOVE and is_above(actor, office))
