"""Who is away on which day, and who stands in for them."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.access.permissions import GRANTS, Permission
from portal.accounts.models import Absence, Account, AccountRole
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound

# A stand-in may be away as well; nobody follows a longer row of them than this.
LONGEST_ROW: Final = 5
# What one person can do in another's place.
_WORK: Final = (Permission.WORK_REPORTS, Permission.ROUTE_REPORTS)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of a unit, and until when they are away."""

    id: UUID
    name: str = field(repr=False)
    away_until: date | None


def away(today: date) -> ColumnElement[bool]:
    """The absences that this day belongs to."""
    return and_(Absence.from_on <= today, Absence.until_on >= today)


def find_absence(session: Session, account_id: UUID) -> Absence | None:
    """The absence of an account, past, present or to come."""
    return session.get(Absence, account_id)


def get_member(session: Session, account_id: UUID, actor: Actor) -> Account:
    """An account of the actor's own unit; NotFound for any other."""
    account = session.get(Account, account_id)
    if account is None or actor.department is None or account.department != actor.department:
        raise NotFound("account")
    return account


def find_present(session: Session, account_id: UUID, today: date) -> UUID | None:
    """The account itself, or whoever stands in for it on this day.

    None if all of them are away; a closed account stands in for nobody.
    """
    at = account_id
    for _step in range(LONGEST_ROW):
        told = session.execute(
            select(Account.id, Account.disabled_at)
            .join(Absence, Account.id == Absence.substitute_id)
            .where(Absence.account_id == at, away(today))
        ).one_or_none()
        if told is None:
            return at
        if told.disabled_at is not None:
            return None
        at = told.id
    return None


def stand_ins(roles: AbstractSet[Role]) -> frozenset[Role]:
    """The roles that can do what somebody with these does: work on reports, or sort them out."""
    done = {one for one in _WORK if any(one in GRANTS[role] for role in roles)}
    return frozenset(role for role in Role if not done or done & GRANTS[role])


def is_away_between(session: Session, account_id: UUID, first: date, last: date) -> bool:
    """Whether somebody has said to be away on any of these days."""
    told = find_absence(session, account_id)
    return told is not None and told.from_on <= last and told.until_on >= first


def list_stand_ins(session: Session, absent: Account) -> list[Colleague]:
    """Who of the unit can stand in for somebody, by name."""
    rows = session.execute(
        select(Account.id, Account.display_name)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(
            Account.department == absent.department,
            Account.disabled_at.is_(None),
            Account.person_id != absent.person_id,
            AccountRole.role.in_(stand_ins(absent.roles)),
        )
        .distinct()
        .order_by(Account.display_name, Account.id)
    )
    return [Colleague(row.id, row.display_name, None) for row in rows]


def list_colleagues(session: Session, department: str, today: date) -> list[Colleague]:
    """Everybody of a unit whose account is open, by name."""
    rows = session.execute(
        select(Account.id, Account.display_name, Absence.until_on)
        .outerjoin(Absence, and_(Absence.account_id == Account.id, away(today)))
        .where(Account.department == department, Account.disabled_at.is_(None))
        .order_by(Account.display_name, Account.id)
    )
    return [Colleague(row.id, row.display_name, row.until_on) for row in rows]
