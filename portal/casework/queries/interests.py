"""What staff have declared: one's own in words, that of others in numbers only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.infra.vault import vault
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.models import Interest, InterestKind

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class InterestLine:
    """One declaration, as the person who made it reads it."""

    id: UUID
    kind: InterestKind
    value: str = field(repr=False)
    reason: str = field(repr=False)
    made_at: datetime
    ends_on: date | None
    counts: bool


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """How much somebody has declared that counts today; not what."""

    name: str = field(repr=False)
    department: str | None
    declared: int


def body_context(interest_id: UUID) -> str:
    """The one place a declaration's words may stand in."""
    return f"interest.body:{interest_id}"


def list_own_interests(session: Session, actor: Actor, today: date) -> tuple[InterestLine, ...]:
    """What the actor has declared, the newest first."""
    rows = session.scalars(
        select(Interest)
        .where(Interest.account_id == actor.id)
        .order_by(Interest.made_at.desc(), Interest.id)
        .limit(MOST_LISTED)
    )
    return tuple(_line(one, today) for one in rows)


def _line(one: Interest, today: date) -> InterestLine:
    said = vault().open_key(one.body_key).decrypt_json(one.body, body_context(one.id))
    return InterestLine(
        id=one.id,
        kind=one.kind,
        value=said["value"],
        reason=said["reason"],
        made_at=one.made_at,
        ends_on=one.ends_on,
        counts=one.ends_on is None or one.ends_on > today,
    )


def count_declared(session: Session, actor: Actor, today: date) -> Sequence[DeclaredLine]:
    """How many declarations count today for each of the staff in the actor's region."""
    rows = session.execute(
        select(Account.display_name, Account.department, func.count(Interest.id))
        .join(Interest, Interest.account_id == Account.id)
        .where(
            or_(Interest.ends_on.is_(None), Interest.ends_on > today),
            _in_region_of(actor),
        )
        .group_by(Account.id, Account.display_name, Account.department)
        .order_by(Account.department, Account.display_name, Account.id)
        .limit(MOST_LISTED)
    )
    return [DeclaredLine(*row) for row in rows]


def _in_region_of(actor: Actor) -> ColumnElement[bool]:
    """The staff of the units inside the region the actor answers for."""
    place = current_place()
    region = actor.region or (actor.department or "").partition("@")[2]
    if region == place.root:
        return true()
    units = place.departments.values()
    return Account.department.in_([u.code for u in units if place.inside(u.region, region)])
