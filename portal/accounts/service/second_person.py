"""No one person makes a reader of reports: who asks for it and who confirms it are two."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account, AccountRole, RoleRequest
from portal.accounts.queries import get_account
from portal.accounts.rules import Standing, needs_second_person
from portal.accounts.service import sessions
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class DecideRoles:
    """What the second person says to a change that waits."""

    request_id: UUID
    accepted: bool


def decide_roles(command: DecideRoles, *, actor: Actor) -> None:
    """Put a change of roles into force, or refuse it.

    Raises NotFound if none waits, and RuleBroken for the person who asked for it and the person
    whom it is about, whichever of their accounts they use; so does the database for the first.
    """
    demand(actor, Permission.CONFIRM_ACCOUNTS)
    with unit_of_work(actor) as uow:
        request = uow.session.get(RoleRequest, command.request_id, with_for_update=True)
        if request is None or request.decided_at is not None:
            raise NotFound("role-request")
        account = account_of_another(uow, request.account_id, "second-person-needed")
        second = uow.session.get(Account, actor.id) if actor.id else None
        if second is None or second.person_id == request.asked_person:
            raise RuleBroken("second-person-needed")
        request.decided_by, request.decided_person = second.id, second.person_id
        request.decided_at, request.accepted = uow.now, command.accepted
        if command.accepted:
            set_standing(uow, account, request.standing)
        action = "account.confirm-roles" if command.accepted else "account.refuse-roles"
        asked = listed(request.standing.roles)
        record(uow, action, "account", account.id, roles=asked, department=request.department)


def waits_for_second(uow: UnitOfWork, before: Standing, after: Standing) -> bool:
    """Whether a change waits; whoever has a shell on the server could do it without being asked."""
    return uow.actor.kind is ActorKind.STAFF and needs_second_person(before, after)


def ask_second_person(uow: UnitOfWork, account_id: UUID, wanted: Standing) -> None:
    """Leave a change to be confirmed by somebody else."""
    asking = get_account(uow.session, uow.actor.id) if uow.actor.id else None
    if asking is None:
        raise NotFound("account")
    uow.session.add(
        RoleRequest(
            account_id=account_id,
            roles=sorted(wanted.roles),
            department=wanted.department,
            region=wanted.region,
            asked_by=asking.id,
            asked_person=asking.person_id,
            asked_at=uow.now,
        )
    )
    asked = listed(wanted.roles)
    record(
        uow, "account.ask-roles", "account", account_id, roles=asked, department=wanted.department
    )


def withdraw_request(uow: UnitOfWork, account_id: UUID) -> None:
    """Drop a change that still waits: another one takes its place."""
    uow.session.execute(
        delete(RoleRequest)
        .where(RoleRequest.account_id == account_id, RoleRequest.decided_at.is_(None))
        .execution_options(synchronize_session="fetch")
    )


def set_standing(uow: UnitOfWork, account: Account, wanted: Standing) -> None:
    """Give an account its roles and its desk; every session of it ends."""
    before = account.roles
    account.department, account.region = wanted.department, wanted.region
    account.grants = [grant for grant in account.grants if grant.role in wanted.roles]
    account.grants += [AccountRole(role=role) for role in sorted(wanted.roles - before)]
    sessions.end_all(uow, account.id)
    record(
        uow,
        "account.change-roles",
        "account",
        account.id,
        before=listed(before),
        after=listed(wanted.roles),
        department=wanted.department,
    )


def account_of_another(uow: UnitOfWork, account_id: UUID, refusal: str) -> Account:
    """The account, unless the same natural person is acting."""
    account = get_account(uow.session, account_id, lock=True)
    own = get_account(uow.session, uow.actor.id) if uow.actor.id else None
    if own is not None and own.person_id == account.person_id:
        raise RuleBroken(refusal)
    return account


def listed(roles: frozenset[Role]) -> str:
    """Roles as they stand in the trail."""
    return " ".join(sorted(roles))
