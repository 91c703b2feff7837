"""The one rule of what somebody outside sees: what belongs to an organisation they act for now.

Every page and act of a rights-holder begins here. What is not theirs is not there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.evidence.queries import FileLine, list_files
from portal.infra.vault import ContentKey, vault
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.rights_holders.models import (
    Complaint,
    Membership,
    Organisation,
    OrganisationFile,
    details_context,
    said_context,
)
from portal.rights_holders.rules.people import LEADING, MemberRole, needs_power
from portal.rights_holders.states import ComplaintState, OrganisationReason, OrganisationState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Details:
    """How an organisation is reached."""

    address: str
    contact: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class OwnOrganisation:
    """An organisation as its own people see it, and what the reader is for it."""

    id: UUID
    number: str
    name: str
    registration: str
    state: OrganisationState
    reason: OrganisationReason | None
    said: str
    role: MemberRole
    power_until: date | None
    may_say_seat: bool

    @property
    def leads(self) -> bool:
        """Whether the reader decides who acts for it."""
        return self.role in LEADING

    @property
    def speaks(self) -> bool:
        """Whether the reader speaks for it, and does not only file."""
        return self.leads or needs_power(self.role)

    @property
    def may_file(self) -> bool:
        return self.state is OrganisationState.VERIFIED


@dataclass(frozen=True, slots=True)
class MemberLine:
    id: UUID
    name: str
    sign_in_name: str
    role: MemberRole
    power_until: date | None
    joined_at: datetime
    own: bool
    started: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody who is to be taken out, or leaves; who leads alone cannot."""

    one: MemberLine
    leads: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """That an owner wants somebody to act for an organisation, which they have not accepted."""

    id: UUID
    number: str
    name: str
    role: MemberRole
    power_until: date | None


def today() -> date:
    """The day where the place is."""
    return local_date(current_place(), datetime.now(UTC))


def acts_for(actor: Actor) -> ColumnElement[bool]:
    """The memberships by which somebody acts now."""
    in_time = or_(Membership.power_until.is_(None), Membership.power_until >= today())
    own = Membership.account_id == actor.id, Membership.ended_at.is_(None)
    return and_(*own, Membership.accepted_at.is_not(None), in_time)


def key_of(organisation: Organisation) -> ContentKey:
    """The key of what an organisation says."""
    return vault().open_key(organisation.content_key)


def details_of(organisation: Organisation) -> Details:
    """How an organisation is reached."""
    kept = key_of(organisation).decrypt_json(organisation.details, details_context(organisation.id))
    return Details(**kept)


def said_of(organisation: Organisation) -> str:
    """What the office wrote with its refusal."""
    if organisation.said is None:
        return ""
    return key_of(organisation).decrypt_text(organisation.said, said_context(organisation.id))


def get_own(
    session: Session, number: str, actor: Actor, *, lock: bool = False
) -> tuple[Organisation, Membership]:
    """An organisation the actor acts for; NotFound for any other, whether it is there or not."""
    wanted = (
        select(Organisation, Membership)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Organisation.number == number, acts_for(actor))
    )
    if lock:
        wanted = wanted.with_for_update(of=Organisation)
    found = session.execute(wanted).first()
    if found is None:
        raise NotFound("organisation")
    organisation, membership = found
    return organisation, membership


def get_the_one(session: Session, wanted: Select[T], code: str, *, lock: bool = False) -> T:
    """The row of what is one's own, locked if it is to be changed; NotFound(code) for none."""
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound(code)
    return found


def demand_leading(membership: Membership) -> None:
    """Refuse whoever only files for an organisation."""
    if membership.role not in LEADING:
        raise NotPermitted("not-permitted")


def demand_speaking(membership: Membership) -> None:
    """Refuse whoever only files; an agent may speak for the owner as the power says."""
    if not needs_power(membership.role):
        demand_leading(membership)


def may_say_seat(organisation: Organisation) -> bool:
    """Whether an organisation may still say where its seat is: once, and never after a refusal.

    The office that looks at its papers changes with it: who was refused chooses no other one.
    """
    judged = organisation.decided_by is not None
    stands = organisation.state is OrganisationState.VERIFIED
    return not organisation.region and (stands or not judged)


def demand_unsaid_seat(organisation: Organisation) -> None:
    """Refuse a seat where `may_say_seat` does."""
    if not may_say_seat(organisation):
        raise RuleBroken("seat-is-said" if organisation.region else "seat-after-refusal")


def demand_verified(organisation: Organisation) -> None:
    """Refuse to file for an organisation whose proof nobody has looked at."""
    if organisation.state is not OrganisationState.VERIFIED:
        raise RuleBroken("organisation-not-verified")


def has_led_since(session: Session, organisation_id: UUID, owner: Actor, since: datetime) -> bool:
    """Whether somebody leads an organisation, and has since then without a break."""
    found = session.scalar(
        select(Membership.id).where(
            Membership.organisation_id == organisation_id,
            Membership.role.in_(LEADING),
            Membership.joined_at <= since,
            acts_for(owner),
        )
    )
    return found is not None


def get_own_page(session: Session, number: str, actor: Actor) -> OwnOrganisation:
    """An organisation as its own people see it."""
    organisation, membership = get_own(session, number, actor)
    return _own(organisation, membership)


def list_own(session: Session, actor: Actor) -> list[OwnOrganisation]:
    """The organisations somebody acts for, by name; a person acts for a few."""
    rows = session.execute(
        select(Organisation, Membership)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(acts_for(actor))
        .order_by(Organisation.name, Organisation.id)
    )
    return [_own(organisation, membership) for organisation, membership in rows]


def _own(organisation: Organisation, membership: Membership) -> OwnOrganisation:
    return OwnOrganisation(
        id=organisation.id,
        number=organisation.number,
        name=organisation.name,
        registration=organisation.registration,
        state=organisation.state,
        reason=organisation.reason,
        said=said_of(organisation),
        role=membership.role,
        power_until=membership.power_until,
        may_say_seat=may_say_seat(organisation),
    )


def list_members(session: Session, organisation_id: UUID, actor: Actor) -> list[MemberLine]:
    """Who acts for an organisation, or did until a power ran out; at most a hundred.

    Of somebody who has not accepted there is the sign-in name they were asked by, and no other.
    """
    rows = session.execute(_members(organisation_id).order_by(Membership.joined_at, Membership.id))
    return [_member(row, actor) for row in rows]


def get_leaving(session: Session, number: str, member_id: UUID, actor: Actor) -> Leaving:
    """Somebody of an organisation, for themselves and for who leads it; NotFound for others."""
    organisation, own = get_own(session, number, actor)
    row = session.execute(_members(organisation.id).where(Membership.id == member_id)).first()
    if row is None:
        raise NotFound("member")
    one, member = _member(row, actor), row[0]
    if not one.own:
        demand_leading(own)
    return Leaving(one, member.role in LEADING, leads_alone(session, member))


def leads_alone(session: Session, member: Membership) -> bool:
    """Whether an organisation would have nobody to lead it without somebody."""
    if member.role not in LEADING or member.accepted_at is None:
        return False
    others = select(Membership.id).where(
        Membership.organisation_id == member.organisation_id,
        Membership.id != member.id,
        Membership.ended_at.is_(None),
        Membership.accepted_at.is_not(None),
        Membership.role.in_(LEADING),
    )
    return session.scalar(others.limit(1)) is None


def _members(organisation_id: UUID) -> Select[Membership, str, str, bytes | None]:
    return (
        select(Membership, Account.display_name, Account.name, Account.password_hash)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
    )


def _member(row: Row[Membership, str, str, bytes | None], actor: Actor) -> MemberLine:
    member, shown, name, password = row
    return MemberLine(
        id=member.id,
        name=shown if member.accepted_at else name,
        sign_in_name=name,
        role=member.role,
        power_until=member.power_until,
        joined_at=member.joined_at,
        own=member.account_id == actor.id,
        started=password is not None,
        accepted=member.accepted_at is not None,
    )


def list_invitations(session: Session, actor: Actor) -> list[Invitation]:
    """What somebody was asked to act for, and has not answered."""
    rows = session.execute(
        select(
            Membership.id,
            Organisation.number,
            Organisation.name,
            Membership.role,
            Membership.power_until,
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.account_id == actor.id,
            Membership.ended_at.is_(None),
            Membership.accepted_at.is_(None),
        )
        .order_by(Membership.joined_at, Membership.id)
    )
    return [Invitation(*row) for row in rows]


def list_handed_in(session: Session, organisation_id: UUID) -> list[FileLine]:
    """The files that were handed in for an organisation."""
    ids = select(OrganisationFile.evidence_id).where(
        OrganisationFile.organisation_id == organisation_id
    )
    return list_files(session, ids)


def count_by_state(session: Session, organisation_id: UUID) -> dict[ComplaintState, int]:
    """How many complaints of an organisation are in each state."""
    rows = session.execute(
        select(Complaint.state, func.count())
        .where(Complaint.organisation_id == organisation_id)
        .group_by(Complaint.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in ComplaintState}
