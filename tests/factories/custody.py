"""Custodians for tests, and a way to open what was sealed as the two of them would."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.queries import find_by_name
from portal.accounts.service.administration import CreateAccount, add_account
from portal.custody.keyring import take_group_key, unlock_private
from portal.custody.models import Custodian, GroupKey, Membership
from portal.custody.queries import find_member, get_group_key
from portal.custody.rules import ROLE_OF
from portal.custody.sealing import CustodianGroup, GroupKeys, Sealed, open_inner, peel_outer
from portal.custody.service.groups import CreateGroups, FirstMember, create_groups
from portal.custody.service.members import Enrol, Vouch, admit, approve, enrol
from portal.custody.service.unlocking import unlock
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import actor_of, make_account

PASSPHRASE: Final = "an invented passphrase"


def make_custodian_account(name: str, role: Role, *, same_person_as: str | None = None) -> UUID:
    """Return a saved account with one role."""
    with unit_of_work(Actor.operator()) as uow:
        command = CreateAccount(
            name, name.title(), frozenset({role}), None, None, same_person_as=same_person_as
        )
        return add_account(uow, command).id


def make_groups() -> GroupKeys:
    """Make both groups with one member each, `holder-r` and `holder-a`."""
    members = {
        group: FirstMember(_holder(f"holder-{role.value[-1]}", role), PASSPHRASE)
        for group, role in ROLE_OF.items()
    }
    return create_groups(
        CreateGroups((members[CustodianGroup.REQUESTERS],), (members[CustodianGroup.APPROVERS],)),
        actor=Actor.operator(),
    )


def _holder(name: str, role: Role) -> UUID:
    account = find_by_name(db.session(), name)
    return account.id if account else make_custodian_account(name, role)


def open_group_key(group: CustodianGroup, passphrase: str = PASSPHRASE) -> bytes:
    """The private key of a group, as its first member opens it."""
    custodian, membership, key = db.session.execute(
        select(Custodian, Membership, GroupKey)
        .join(Membership, Membership.custodian_id == Custodian.id)
        .join(GroupKey, GroupKey.id == Membership.group_key_id)
        .where(GroupKey.custodian_group == group)
        .limit(1)
    ).one()
    own = unlock_private(custodian.locked_private_key, passphrase, custodian.account_id)
    return take_group_key(membership.sealed_group_key, own, group, key.version)


def open_sealed(sealed: Sealed, context: str) -> Mapping[str, Any]:
    """Open a record as an approver and then a requester would."""
    inner = peel_outer(open_group_key(CustodianGroup.APPROVERS), sealed, context)
    return open_inner(open_group_key(CustodianGroup.REQUESTERS), inner, sealed, context)


def holder(group: CustodianGroup) -> Actor:
    """The member that `make_groups` gave a group."""
    role = ROLE_OF[group]
    account = find_by_name(db.session(), f"holder-{role.value[-1]}")
    assert account is not None
    return actor_of(account)


def make_custodian(group: CustodianGroup, *roles: Role, **changes: Any) -> Account:
    """Somebody who joined a group as people do: enrolled, approved, let in."""
    account = make_account(ROLE_OF[group], *roles, **changes)
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(account))
    other = next(one for one in CustodianGroup if one is not group)
    approve(Vouch(custodian_id, PASSPHRASE), actor=holder(other))
    admit(Vouch(custodian_id, PASSPHRASE), actor=holder(group))
    return account


def open_sealed_by(
    sealed: Sealed, place: str, *, requester: Actor, approver: Actor
) -> dict[str, Any]:
    """What two people of the two groups read together, by the keys that they hold."""
    keys = {}
    for actor in (requester, approver):
        own = unlock(PASSPHRASE, actor=actor)
        custodian = find_member(db.session(), actor.id)
        assert custodian is not None
        keys[own.group] = get_group_key(db.session(), custodian, own.private, sealed.key_version)
    inner = peel_outer(keys[CustodianGroup.APPROVERS], sealed, place)
    return open_inner(keys[CustodianGroup.REQUESTERS], inner, sealed, place)
