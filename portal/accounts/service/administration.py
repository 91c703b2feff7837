"""What administrators do: make accounts, change roles, disable, start a reset.

They hand over one-time codes and never choose or see a password. What custodians can open hangs
on a passphrase that no reset touches.
"""

from dataclasses import dataclass, field, replace
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account, AccountRole, OneTimeCode
from portal.accounts.queries import find_by_name
from portal.accounts.rules import (
    ONE_TIME_CODE,
    AccountWish,
    Standing,
    fold_name,
    is_sign_in_name,
    new_one_time_code,
)
from portal.accounts.rules import token_hash as hash_of
from portal.accounts.service import sessions
from portal.accounts.service.open_work import give_open_work_away
from portal.accounts.service.second_person import (
    account_of_another,
    ask_second_person,
    listed,
    opening_waits,
    refuse_both_keys,
    set_standing,
    use_up_code,
    waits_for_second,
    withdraw_code,
    withdraw_requests,
)
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """A new account; `same_person_as` is the sign-in name of another account of that person."""

    name: str
    display_name: str
    roles: frozenset[Role]
    department: str | None = None
    region: str | None = None
    same_person_as: str | None = None
    locale: str = "zh_Hans"


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """What a person is there for from now on."""

    account_id: UUID
    roles: frozenset[Role]
    department: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class Handover:
    """What the administrator hands to the person, shown once; it runs out in 30 minutes."""

    account_id: UUID
    name: str
    code: str = field(repr=False)


def create_account(command: CreateAccount, *, actor: Actor) -> UUID:
    """Make an account and return its id; it opens with a code from `issue_one_time_code`.

    It has no role until a second person confirms them, where one of them is guarded. Raises
    RuleBroken for a name that is not one or is taken, and for a person in both custodian groups.
    """
    demand(actor, Permission.MANAGE_ACCOUNTS)
    wanted = Standing(command.roles, command.department, command.region)
    nothing = Standing(frozenset(), None, None)
    with unit_of_work(actor) as uow:
        waits = waits_for_second(uow, nothing, wanted)
        bare = replace(command, roles=nothing.roles, department=None, region=None)
        account = add_account(uow, bare if waits else command)
        refuse_both_keys(uow, account, wanted.roles)
        if waits:
            ask_second_person(uow, account.id, wanted)
        return account.id


def change_account(command: ChangeAccount, *, actor: Actor) -> bool:
    """Set roles, department and region; every session of the account ends.

    What is taken away is gone at once. What a second person must confirm waits for that: False.
    What the person has open and cannot work on any more goes to somebody else of the unit.

    Raises RuleBroken if it is the actor's own account, or another one of the same person, and for
    a person in both custodian groups.
    """
    demand(actor, Permission.MANAGE_ACCOUNTS)
    wanted = Standing(command.roles, command.department, command.region)
    with unit_of_work(actor) as uow:
        account = account_of_another(uow, command.account_id, "own-roles")
        refuse_both_keys(uow, account, wanted.roles)
        withdraw_requests(uow, account.id)
        if not waits_for_second(uow, account.standing, wanted):
            set_standing(uow, account, wanted)
            return True
        kept = replace(account.standing, roles=account.roles & command.roles)
        if kept != account.standing:
            set_standing(uow, account, kept)
        ask_second_person(uow, account.id, wanted)
        return False


def disable_account(account_id: UUID, *, actor: Actor) -> None:
    """Close an account and end its sessions at once; doing so twice changes nothing.

    Its open work goes to whoever stands in, or to its unit's heap: a closed account has none.
    """
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with unit_of_work(actor) as uow:
        account = account_of_another(uow, account_id, "own-account")
        account.disabled_at = account.disabled_at or uow.now
        sessions.end_all(uow, account_id)
        withdraw_code(uow, account_id)
        withdraw_requests(uow, account_id)
        give_open_work_away(uow, account_id)
        record(uow, "account.disable", "account", account_id)


def enable_account(account_id: UUID, *, actor: Actor) -> bool:
    """Open a closed account again; False while that waits for a second person."""
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with unit_of_work(actor) as uow:
        account = account_of_another(uow, account_id, "own-account")
        if account.disabled_at is not None and opening_waits(uow, account):
            ask_second_person(uow, account_id, account.standing, AccountWish.ENABLE)
            return False
        account.disabled_at = None
        record(uow, "account.enable", "account", account_id)
        return True


def ask_for_code(account_id: UUID, *, actor: Actor) -> None:
    """Ask a second person for a new one-time code of somebody with a guarded role.

    Raises RuleBroken for one's own and for a closed account.
    """
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with unit_of_work(actor) as uow:
        account = _open_account_of_another(uow, account_id)
        ask_second_person(uow, account_id, account.standing, AccountWish.CODE)


def issue_one_time_code(account_id: UUID, *, actor: Actor) -> Handover:
    """Return a code with which the person sets password and second factor, first or anew.

    Nothing changes until it is used. Raises RuleBroken for one's own and for a closed account, and
    where a second person has to confirm it first (`ask_for_code`).
    """
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with unit_of_work(actor) as uow:
        account = _open_account_of_another(uow, account_id)
        use_up_code(uow, account)
        record(uow, "account.issue-code", "account", account_id)
        return Handover(account_id, account.name, issue_code(uow, account_id))


def add_account(
    uow: UnitOfWork, command: CreateAccount, *, is_demo: bool = False, outside: bool = False
) -> Account:
    """Store a new account with its roles; refuse a name that is not one or is taken."""
    name = fold_name(command.name)
    if not is_sign_in_name(name):
        raise RuleBroken("sign-in-name")
    if find_by_name(uow.session, name) is not None:
        raise RuleBroken("sign-in-name-taken")
    account = Account(
        name=name,
        display_name=command.display_name,
        department=command.department,
        region=command.region,
        locale=command.locale,
        is_demo=is_demo,
        created_at=uow.now,
        outside=outside,
        grants=[AccountRole(role=role) for role in sorted(command.roles)],
    )
    if command.same_person_as:
        account.person_id = _person_of(uow, command.same_person_as)
    uow.session.add(account)
    uow.session.flush()
    record(
        uow,
        "account.create",
        "account",
        account.id,
        roles=listed(command.roles),
        department=command.department,
    )
    return account


def _open_account_of_another(uow: UnitOfWork, account_id: UUID) -> Account:
    account = account_of_another(uow, account_id, "own-account")
    if account.disabled_at is not None:
        raise RuleBroken("account-disabled")
    return account


def _person_of(uow: UnitOfWork, name: str) -> UUID:
    """The person behind another account; nobody may add roles to themselves that way."""
    other = find_by_name(uow.session, name)
    if other is None:
        raise RuleBroken("no-such-account")
    return account_of_another(uow, other.id, "own-roles").person_id


def issue_code(uow: UnitOfWork, account_id: UUID) -> str:
    """A new one-time code in place of an earlier one."""
    withdraw_code(uow, account_id)
    code = new_one_time_code()
    expires_at = uow.now + ONE_TIME_CODE
    uow.session.add(
        OneTimeCode(account_id=account_id, code_hash=hash_of(code), expires_at=expires_at)
    )
    return code
