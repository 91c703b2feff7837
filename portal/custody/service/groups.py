"""Setting up the two groups of custodians."""

import hmac
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from uuid import UUID

from portal.accounts.models import Account
from portal.accounts.queries import get_account, list_accounts
from portal.audit.trail import record
from portal.custody.keyring import KeyPair, fingerprint, give_group_key, lock_private, new_pair
from portal.custody.models import Custodian, GroupKey, Membership
from portal.custody.pins import pinning
from portal.custody.queries import has_groups
from portal.custody.rules import ROLE_OF, Candidate, demand_two_groups
from portal.custody.sealing import SUITE, CustodianGroup, GroupKeys
from portal.custody.states import CustodianState
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.keys import keys
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotPermitted, RuleBroken

FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class FirstMember:
    """A person who is in a group from the start, with the passphrase only they know."""

    account_id: UUID
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CreateGroups:
    """The order to make both groups, once in the life of an installation."""

    requesters: tuple[FirstMember, ...]
    approvers: tuple[FirstMember, ...]


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """A first member whose own key pair is made; `locked` is its private half, closed."""

    group: CustodianGroup
    account_id: UUID
    public: bytes
    locked: bytes


def create_groups(command: CreateGroups, *, actor: Actor) -> GroupKeys:
    """Make both key pairs, give them to the first members, and pin the public halves.

    Refuses anybody but the operator, groups that exist, an empty group, a member without the
    role, the same natural person twice, a short passphrase. No private key stays open.
    """
    if actor.kind is not ActorKind.OPERATOR:
        raise NotPermitted("not-permitted")
    newcomers = _newcomers(command)
    pairs = {group: new_pair() for group in CustodianGroup}
    keys = GroupKeys(
        pairs[CustodianGroup.REQUESTERS].public,
        pairs[CustodianGroup.APPROVERS].public,
        FIRST_VERSION,
    )
    with pinning(keys), unit_of_work(actor) as uow:
        if has_groups(uow.session):
            raise RuleBroken("custody-exists")
        people = _people(uow, newcomers)
        for group, pair in pairs.items():
            key = add_group_key(uow, group, pair, FIRST_VERSION)
            for newcomer in newcomers:
                if newcomer.group is group:
                    _add_member(uow, newcomer, people[newcomer.account_id], key, pair)
    return keys


def create_demo_groups(*, actor: Actor) -> GroupKeys:
    """Make both groups of the demo accounts that have the roles; refused in production."""
    accounts = [account for account in list_accounts(db.session()) if account.is_demo]
    members = {
        group: tuple(
            FirstMember(account.id, demo_passphrase(account))
            for account in accounts
            if role in account.roles
        )
        for group, role in ROLE_OF.items()
    }
    return create_groups(
        CreateGroups(members[CustodianGroup.REQUESTERS], members[CustodianGroup.APPROVERS]),
        actor=actor,
    )


def demo_passphrase(account: Account) -> str:
    """The passphrase of a demo custodian; its own for each installation, and always the same.

    Refused in production and for an account that is not for trying out: theirs nobody knows.
    """
    if settings().production:
        raise RuleBroken("demo-in-production")
    if not account.is_demo:
        raise RuleBroken("not-a-demo-account")
    mac = hmac.digest(keys().pepper, b"sunline/demo-passphrase/1" + account.id.bytes, "sha256")
    return "-".join(wrap(b32encode(mac[:10]).decode().lower(), 4))


def _newcomers(command: CreateGroups) -> Sequence[_Newcomer]:
    """Make the members' own keys: slow on purpose, so not while a transaction is open."""
    members = [(CustodianGroup.REQUESTERS, member) for member in command.requesters]
    members += [(CustodianGroup.APPROVERS, member) for member in command.approvers]
    return [_newcomer(group, member) for group, member in members]


def _newcomer(group: CustodianGroup, member: FirstMember) -> _Newcomer:
    pair = new_pair()
    locked = lock_private(pair.private, member.passphrase, member.account_id)
    return _Newcomer(group, member.account_id, pair.public, locked)


def _people(uow: UnitOfWork, newcomers: Sequence[_Newcomer]) -> dict[UUID, UUID]:
    """Return the natural person behind each account, having refused groups that are not two."""
    accounts = {each.account_id: get_account(uow.session, each.account_id) for each in newcomers}
    demand_two_groups(
        [
            Candidate(
                each.group, accounts[each.account_id].person_id, accounts[each.account_id].roles
            )
            for each in newcomers
        ]
    )
    return {account_id: account.person_id for account_id, account in accounts.items()}


def add_group_key(uow: UnitOfWork, group: CustodianGroup, pair: KeyPair, version: int) -> GroupKey:
    """Store the public half of a group's key, and put its fingerprint on the trail."""
    key = GroupKey(
        custodian_group=group,
        version=version,
        suite=SUITE,
        public_key=pair.public,
        fingerprint=fingerprint(pair.public),
        created_at=uow.now,
    )
    uow.session.add(key)
    record(
        uow, "custody.create", "custody_group_key", key.id, group=group, fingerprint=key.fingerprint
    )
    return key


def _add_member(
    uow: UnitOfWork, newcomer: _Newcomer, person_id: UUID, key: GroupKey, pair: KeyPair
) -> None:
    custodian = Custodian(
        account_id=newcomer.account_id,
        person_id=person_id,
        custodian_group=newcomer.group,
        public_key=newcomer.public,
        locked_private_key=newcomer.locked,
        created_at=uow.now,
        state=CustodianState.MEMBER,
    )
    # Without relationships the order of inserts follows the foreign keys of the tables.
    uow.session.add_all([custodian, membership(uow, custodian, key, pair)])
    record(
        uow,
        "custody.join",
        "custodian",
        custodian.id,
        group=newcomer.group,
        account=newcomer.account_id.hex,
    )


def membership(uow: UnitOfWork, custodian: Custodian, key: GroupKey, pair: KeyPair) -> Membership:
    """The private half of a group's key, sealed to one custodian."""
    return Membership(
        custodian_id=custodian.id,
        group_key_id=key.id,
        custodian_group=key.custodian_group,
        sealed_group_key=give_group_key(
            pair, custodian.public_key, key.custodian_group, key.version
        ),
        created_at=uow.now,
    )
