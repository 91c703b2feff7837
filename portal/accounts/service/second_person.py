"""No one person makes a reader of reports, or opens the account of one: it takes two.

What waits is a request, of roles, of opening a closed account or of a new one-time code.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select, update

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account, AccountRole, OneTimeCode, RoleRequest
from portal.accounts.queries import find_confirmed_code, get_account
from portal.accounts.rules import (
    AccountWish,
    Standing,
    holds_both_keys,
    is_guarded,
    needs_second_person,
)
from portal.accounts.service import sessions
from portal.accounts.service.open_work import give_open_work_away
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
    """Put a change that waits into force, or refuse it.

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
            _put_into_force(uow, account, request)
        action = f"account.{'confirm' if command.accepted else 'refuse'}-{request.wish}"
        asked = listed(request.standing.roles)
        record(uow, action, "account", account.id, roles=asked, department=request.department)


def _put_into_force(uow: UnitOfWork, account: Account, request: RoleRequest) -> None:
    if request.wish is AccountWish.ROLES:
        refuse_both_keys(uow, account, request.standing.roles)
        set_standing(uow, account, request.standing)
    elif request.wish is AccountWish.ENABLE:
        account.disabled_at = None


def waits_for_second(uow: UnitOfWork, before: Standing, after: Standing) -> bool:
    """Whether a change waits; whoever has a shell on the server could do it without being asked."""
    return uow.actor.kind is ActorKind.STAFF and needs_second_person(before, after)


def opening_waits(uow: UnitOfWork, account: Account) -> bool:
    """Whether opening a closed account waits: it opens whatever its roles open."""
    return uow.actor.kind is ActorKind.STAFF and is_guarded(account.roles)


def use_up_code(uow: UnitOfWork, account: Account) -> None:
    """Spend the confirmation of a new one-time code, where one is needed; refuse without.

    The first code needs none: those who confirmed the roles knew that there would be one.
    """
    if account.password_hash is None or not opening_waits(uow, account):
        return
    confirmed = find_confirmed_code(uow.session, account.id, uow.now)
    if confirmed is None:
        raise RuleBroken("code-needs-second")
    confirmed.used_at = uow.now


def ask_second_person(
    uow: UnitOfWork,
    account_id: UUID,
    wanted: Standing,
    wish: AccountWish = AccountWish.ROLES,
) -> None:
    """Leave a change to be confirmed by somebody else, in place of an earlier one like it."""
    withdraw_requests(uow, account_id, wish)
    asking = get_account(uow.session, uow.actor.id) if uow.actor.id else None
    if asking is None:
        raise NotFound("account")
    uow.session.add(
        RoleRequest(
            account_id=account_id,
            wish=wish,
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
        uow, f"account.ask-{wish}", "account", account_id, roles=asked, department=wanted.department
    )


def withdraw_requests(uow: UnitOfWork, account_id: UUID, *wishes: AccountWish) -> None:
    """Drop what still waits: another change takes its place."""
    uow.session.execute(
        delete(RoleRequest)
        .where(
            RoleRequest.account_id == account_id,
            RoleRequest.decided_at.is_(None),
            RoleRequest.wish.in_(wishes or tuple(AccountWish)),
        )
        .execution_options(synchronize_session="fetch")
    )


def refuse_both_keys(uow: UnitOfWork, account: Account, roles: frozenset[Role]) -> None:
    """Refuse roles that would put one person, by all their accounts, into both groups.

    The accounts of the person are locked, in an order: two changes at once see each other.
    """
    theirs = select(Account.id).where(Account.person_id == account.person_id)
    uow.session.execute(theirs.order_by(Account.id).with_for_update())
    others = uow.session.scalars(
        select(AccountRole.role)
        .join(Account, Account.id == AccountRole.account_id)
        .where(Account.person_id == account.person_id, Account.id != account.id)
    )
    if holds_both_keys(roles | frozenset(others)):
        raise RuleBroken("both-custodians")


def set_standing(uow: UnitOfWork, account: Account, wanted: Standing) -> None:
    """Give an account its roles and its desk; every session of it ends.

    What the person has open and cannot work on any more goes to somebody else of the unit.
    """
    before = account.roles
    account.department, account.region = wanted.department, wanted.region
    account.grants = [grant for grant in account.grants if grant.role in wanted.roles]
    account.grants += [AccountRole(role=role) for role in sorted(wanted.roles - before)]
    sessions.end_all(uow, account.id)
    give_open_work_away(uow, account.id)
    _spend_codes(uow, account)
    record(
        uow,
        "account.change-roles",
        "account",
        account.id,
        before=listed(before),
        after=listed(wanted.roles),
        department=wanted.department,
    )


def _spend_codes(uow: UnitOfWork, account: Account) -> None:
    """A code for somebody who has begun already was given, or confirmed, for the roles before."""
    uow.session.execute(
        update(RoleRequest)
        .where(
            RoleRequest.account_id == account.id,
            RoleRequest.wish == AccountWish.CODE,
            RoleRequest.accepted.is_(True),
            RoleRequest.used_at.is_(None),
        )
        .values(used_at=uow.now)
        .execution_options(synchronize_session="fetch")
    )
    if account.password_hash is not None:
        withdraw_code(uow, account.id)


def withdraw_code(uow: UnitOfWork, account_id: UUID) -> None:
    """Make a one-time code that was given open nothing."""
    uow.session.execute(
        delete(OneTimeCode)
        .where(OneTimeCode.account_id == account_id)
        .execution_options(synchronize_session="fetch")
    )


def account_of_another(uow: UnitOfWork, account_id: UUID, refusal: str) -> Account:
    """The account of a member of staff, unless the same natural person is acting."""
    account = get_account(uow.session, account_id, lock=True)
    if account.outside:
        raise NotFound("account")
    own = get_account(uow.session, uow.actor.id) if uow.actor.id else None
    if own is not None and own.person_id == account.person_id:
        raise RuleBroken(refusal)
    return account


def listed(roles: frozenset[Role]) -> str:
    """Roles as they stand in the trail."""
    return " ".join(sorted(roles))
