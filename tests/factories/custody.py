"""Custodians for tests, and a way to open what was sealed as the two of them would."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import find_by_name
from portal.accounts.service.administration import CreateAccount, add_account
from portal.custody.keyring import take_group_key, unlock_private
from portal.custody.models import Custodian, GroupKey, Membership
from portal.custody.rules import ROLE_OF
from portal.custody.sealing import CustodianGroup, GroupKeys, Sealed, open_inner, peel_outer
from portal.custody.service.groups import CreateGroups, FirstMember, create_groups
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor, Role

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
