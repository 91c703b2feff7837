"""Who acts for an organisation: added and taken out by its owners, at once."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account
from portal.accounts.queries import find_by_name, get_account
from portal.accounts.service import sessions
from portal.accounts.service.administration import (
    CreateAccount,
    Handover,
    add_account,
    issue_code,
)
from portal.audit.trail import record
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rights_holders.models import Membership, Organisation
from portal.rights_holders.queries.desk import get_organisation
from portal.rights_holders.queries.own import demand_leading, get_own, leads_alone, today
from portal.rights_holders.rules.people import (
    MOST_PEOPLE,
    MemberRole,
    needs_power,
    new_sign_in_name,
)

LOOKED_UP: Final = Throttle("people", 20, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class AddPerson:
    """Somebody who shall act for an organisation: new here, or by the sign-in name they have."""

    number: str
    role: MemberRole
    display_name: str = field(default="", repr=False)
    sign_in_name: str = field(default="", repr=False)
    power_until: date | None = None


def add_person(command: AddPerson, *, actor: Actor) -> Handover | None:
    """Have somebody act for an organisation; return the code for a person new here, else None.

    Whoever has an account already is invited, and acts once they accept (`answer_invitation`).

    Raises RuleBroken for a name nobody outside has, somebody who acts for it already, an agent
    whose power has no end to come, and more people than an organisation may have.
    """
    with unit_of_work(actor) as uow:
        organisation, membership = get_own(uow.session, command.number, actor, lock=True)
        demand_leading(membership)
        _demand_sensible(uow, organisation, command)
        if command.sign_in_name:
            LOOKED_UP.attempt(uow, organisation.id.hex)
            account = _known(uow, command.sign_in_name)
            _join(uow, organisation, account, command)
            return None
        wanted = CreateAccount(new_sign_in_name(), command.display_name, frozenset())
        account = add_account(uow, wanted, outside=True)
        _join(uow, organisation, account, command)
        return Handover(account.id, account.name, issue_code(uow, account.id))


def _demand_sensible(uow: UnitOfWork, organisation: Organisation, command: AddPerson) -> None:
    if needs_power(command.role) and (command.power_until is None or command.power_until < today()):
        raise RuleBroken("agent-needs-power")
    people = select(func.count()).where(
        Membership.organisation_id == organisation.id, Membership.ended_at.is_(None)
    )
    if (uow.session.scalar(people) or 0) >= MOST_PEOPLE:
        raise RuleBroken("too-many-people")


def _known(uow: UnitOfWork, name: str) -> Account:
    account = find_by_name(uow.session, name)
    if account is None or not account.outside or account.disabled_at is not None:
        raise RuleBroken("no-such-person")
    if account.password_hash is None:  # whoever made it may still hand out its code
        raise RuleBroken("no-such-person")
    return account


def _join(
    uow: UnitOfWork, organisation: Organisation, account: Account, command: AddPerson
) -> None:
    """Somebody new here acts from now on; whoever has an account is asked first."""
    member = Membership(
        organisation_id=organisation.id,
        account_id=account.id,
        role=command.role,
        power_until=command.power_until if needs_power(command.role) else None,
        joined_at=uow.now,
        accepted_at=None if command.sign_in_name else uow.now,
    )
    uow.session.add(member)
    try:
        uow.session.flush()
    except IntegrityError as error:
        raise RuleBroken("person-is-there") from error
    details = {"account": account.id.hex, "role": command.role}
    record(uow, "organisation.add-person", "organisation", organisation.id, **details)


def answer_invitation(membership_id: UUID, *, accepted: bool, actor: Actor) -> None:
    """Accept to act for an organisation, or decline; NotFound for what was asked of others."""
    demand(actor, Permission.FILE_COMPLAINTS)
    with unit_of_work(actor) as uow:
        member = uow.session.get(Membership, membership_id, with_for_update=True)
        if member is None or member.account_id != actor.id or member.ended_at is not None:
            raise NotFound("member")
        if member.accepted_at is not None:
            return
        if accepted:
            member.accepted_at = uow.now
        else:
            member.ended_at = uow.now
        act = "organisation.accept" if accepted else "organisation.decline"
        record(uow, act, "organisation", member.organisation_id, account=member.account_id.hex)


def end_membership(number: str, membership_id: UUID, *, actor: Actor) -> bool:
    """Take somebody out: from the next request on nothing of the organisation is theirs.

    Returns whether it was the actor who left. Their sessions end, but not those of somebody who
    was asked and has not accepted. Raises RuleBroken for the last owner, NotFound for anybody of
    others.
    """
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, number, actor, lock=True)
        member = _member(uow, organisation, membership_id)
        if member.id != own.id:
            demand_leading(own)
        if leads_alone(uow.session, member):
            raise RuleBroken("last-owner")
        member.ended_at = uow.now
        if member.accepted_at is not None:
            sessions.end_all(uow, member.account_id)
        details = {"account": member.account_id.hex}
        record(uow, "organisation.end-person", "organisation", organisation.id, **details)
        return member.id == own.id


def issue_code_to(number: str, membership_id: UUID, *, actor: Actor) -> Handover:
    """A new one-time code for somebody of an organisation, by its owner or by staff.

    An owner gives one only to a person who has not started yet: later it opens all they can open.
    For the same reason nobody gives one here to somebody who was asked and has not accepted.
    """
    with unit_of_work(actor) as uow:
        if actor.roles:
            demand(actor, Permission.VERIFY_ORGANISATIONS)
            organisation = get_organisation(uow.session, number, actor, lock=True)
            member = _member(uow, organisation, membership_id)
        else:
            organisation, own = get_own(uow.session, number, actor, lock=True)
            demand_leading(own)
            member = _member(uow, organisation, membership_id)
        if member.accepted_at is None:
            raise RuleBroken("person-has-not-accepted")
        account = get_account(uow.session, member.account_id, lock=True)
        if not actor.roles and account.password_hash is not None:
            raise RuleBroken("person-has-started")
        if account.disabled_at is not None:
            raise RuleBroken("account-disabled")
        record(uow, "account.issue-code", "account", account.id)
        return Handover(account.id, account.name, issue_code(uow, account.id))


def _member(uow: UnitOfWork, organisation: Organisation, membership_id: UUID) -> Membership:
    """Somebody of this organisation; NotFound for anybody else."""
    member = uow.session.get(Membership, membership_id)
    if member is None or member.organisation_id != organisation.id or member.ended_at is not None:
        raise NotFound("member")
    return member
