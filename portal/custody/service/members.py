"""Joining and leaving a group, one's own passphrase, and new versions of the groups' keys."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from portal.accounts.queries import get_account
from portal.audit.models import AuditEvent
from portal.audit.trail import advance, record
from portal.custody.keyring import (
    KeyPair,
    fingerprint,
    give_group_key,
    lock_private,
    new_pair,
    take_group_key,
)
from portal.custody.models import Custodian, GroupKey, Membership, Recovery, RecoveryCopy
from portal.custody.pins import replacing
from portal.custody.queries import find_member, group_keys
from portal.custody.rules import group_of
from portal.custody.sealing import CustodianGroup, GroupKeys
from portal.custody.service.attempts import noted
from portal.custody.service.groups import add_group_key, membership
from portal.custody.service.unlocking import demand_member, unlock
from portal.custody.states import CustodianAction, CustodianState
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken

# What refused attempts are about, on the trail.
TRIED: Final = "custodian"


@dataclass(frozen=True, slots=True)
class Enrol:
    """Somebody with the role makes a key pair of their own, closed by their passphrase."""

    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vouch:
    """A custodian lets another one in: by approving, or by handing over the group's key."""

    custodian_id: UUID
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangePassphrase:
    """A new passphrase for one's own key."""

    present: str = field(repr=False)
    new: str = field(repr=False)


def enrol(command: Enrol, *, actor: Actor) -> UUID:
    """Make one's own key pair; it opens nothing until both groups have had their say.

    Refuses whoever has not the role of exactly one group, is a custodian already, by whichever
    of their accounts, and a short passphrase.
    """
    with noted(TRIED, "enrol", None, actor):
        group = group_of(actor.roles)
        if actor.id is None:
            raise NotPermitted("not-permitted")
        pair = new_pair()
        locked = lock_private(pair.private, command.passphrase, actor.id)
        with unit_of_work(actor) as uow:
            person = get_account(uow.session, actor.id, lock=True).person_id
            known = uow.session.scalar(select(Custodian).where(Custodian.person_id == person))
            if known is None:
                custodian = _new(uow, actor.id, person, group, pair.public, locked)
            else:
                custodian = _again(uow, known, group, pair.public, locked)
            return custodian.id


def _new(
    uow: UnitOfWork,
    account_id: UUID,
    person: UUID,
    group: CustodianGroup,
    public: bytes,
    locked: bytes,
) -> Custodian:
    custodian = Custodian(
        account_id=account_id,
        person_id=person,
        custodian_group=group,
        public_key=public,
        locked_private_key=locked,
        created_at=uow.now,
    )
    uow.session.add(custodian)
    said = {"group": group, "key": fingerprint(public)}
    record(uow, "custodian.enrol", "custodian", custodian.id, **said)
    return custodian


def _again(
    uow: UnitOfWork, custodian: Custodian, group: CustodianGroup, public: bytes, locked: bytes
) -> Custodian:
    """Whoever left may come back to the group they were in, with a new key."""
    same = custodian.account_id == uow.actor.id and custodian.custodian_group is group
    if custodian.state is not CustodianState.LEFT or not same:
        raise RuleBroken("custody-same-person")
    custodian.public_key, custodian.locked_private_key = public, locked
    custodian.approved_person = custodian.admitted_person = None
    advance(uow, custodian, CustodianAction.ENROL, group=group, key=fingerprint(public))
    return custodian


def approve(command: Vouch, *, actor: Actor) -> None:
    """Agree, as a member of the other group, that somebody joins."""
    with noted(TRIED, "approve", command.custodian_id, actor):
        own = unlock(command.passphrase, actor=actor)
        with unit_of_work(actor) as uow:
            custodian = _get(uow, command.custodian_id)
            if custodian.custodian_group is own.group:
                raise RuleBroken("custody-other-group")
            custodian.lifecycle.after(custodian.state, CustodianAction.APPROVE)
            _demand_key_of(uow, custodian, "custodian.enrol")
            custodian.approved_person = _person(uow)
            key = fingerprint(custodian.public_key)
            advance(
                uow, custodian, CustodianAction.APPROVE, group=custodian.custodian_group, key=key
            )


def admit(command: Vouch, *, actor: Actor) -> None:
    """Hand every version of the group's key over to somebody the other group has approved.

    Raises RuleBroken where the key in the database is not the one that was approved.
    """
    with noted(TRIED, "admit", command.custodian_id, actor):
        own = unlock(command.passphrase, actor=actor)
        with unit_of_work(actor) as uow:
            custodian = _get(uow, command.custodian_id)
            if custodian.custodian_group is not own.group:
                raise RuleBroken("custody-own-group")
            custodian.lifecycle.after(custodian.state, CustodianAction.ADMIT)
            _demand_key_of(uow, custodian, "custodian.approve")
            giver = find_member(uow.session, actor.id)
            if giver is None:
                raise RuleBroken("not-a-custodian")
            for key, given in _held(uow, giver):
                private = take_group_key(given, own.private, own.group, key.version)
                hand_over(uow, custodian, key, private)
            custodian.admitted_person = _person(uow)
            advance(uow, custodian, CustodianAction.ADMIT, group=custodian.custodian_group)


def _demand_key_of(uow: UnitOfWork, custodian: Custodian, step: str) -> None:
    """Refuse a key that has taken the place of the one the trail names since this step.

    Whoever can write to the database alone could otherwise have the group's key sealed to himself.
    """
    said = uow.session.scalar(
        select(AuditEvent.details)
        .where(AuditEvent.subject_id == custodian.id, AuditEvent.action == step)
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )
    if said is None or said.get("key") != fingerprint(custodian.public_key):
        raise RuleBroken("custodian-key-changed")


def hand_over(uow: UnitOfWork, custodian: Custodian, key: GroupKey, private: bytes) -> None:
    """Seal one version of the group's key to a custodian."""
    given = give_group_key(
        KeyPair(key.public_key, private), custodian.public_key, key.custodian_group, key.version
    )
    uow.session.add(
        Membership(
            custodian_id=custodian.id,
            group_key_id=key.id,
            custodian_group=key.custodian_group,
            sealed_group_key=given,
            created_at=uow.now,
        )
    )


def leave(custodian_id: UUID, *, actor: Actor) -> None:
    """Take every key from a custodian: themselves, any member, or the operator.

    The last member of a group stays, or nothing could be opened any more. What was sealed before
    can be opened by a leaver who kept copies of keys: `renew_keys` helps for what comes later.
    """
    with noted(TRIED, "leave", custodian_id, actor):
        if actor.kind is not ActorKind.OPERATOR:
            _demand_leaver_or_member(custodian_id, actor)
        with unit_of_work(actor) as uow:
            custodian = _get(uow, custodian_id)
            if custodian.state is CustodianState.MEMBER and _count_members(uow, custodian) == 1:
                raise RuleBroken("custody-group-empty", group=custodian.custodian_group)
            uow.session.execute(delete(Membership).where(Membership.custodian_id == custodian.id))
            custodian.locked_private_key = b""
            advance(uow, custodian, CustodianAction.LEAVE, group=custodian.custodian_group)


def _demand_leaver_or_member(custodian_id: UUID, actor: Actor) -> None:
    """Refuse whoever is neither the custodian nor a member of a group."""
    own = db.session().get(Custodian, custodian_id)
    if own is None or own.account_id != actor.id:
        demand_member(actor)


def change_passphrase(command: ChangePassphrase, *, actor: Actor) -> None:
    """Close one's own key with another passphrase; nobody can reset the present one."""
    with noted(TRIED, "change-passphrase", None, actor):
        custodian_id = demand_member(actor).id
        own = unlock(command.present, actor=actor)
        locked = lock_private(own.private, command.new, own.account_id)
        with unit_of_work(actor) as uow:
            fresh = _get(uow, custodian_id)
            fresh.locked_private_key = locked
            record(uow, "custodian.change-passphrase", "custodian", fresh.id)


def renew_keys(*, actor: Actor) -> GroupKeys:
    """Make the next version of both groups' keys, for the present members, and pin it.

    What was sealed before stays under the version it was sealed to. Refuses anybody but the
    operator.
    """
    if actor.kind is not ActorKind.OPERATOR:
        raise NotPermitted("not-permitted")
    present = group_keys()
    pairs = {group: new_pair() for group in CustodianGroup}
    keys = GroupKeys(
        pairs[CustodianGroup.REQUESTERS].public,
        pairs[CustodianGroup.APPROVERS].public,
        present.version + 1,
    )
    with replacing(keys), unit_of_work(actor) as uow:
        for group, pair in pairs.items():
            key = add_group_key(uow, group, pair, keys.version)
            uow.session.flush()
            for custodian in _members(uow, group):
                uow.session.add(membership(uow, custodian, key, pair))
            copy_for_recovery(uow, key, pair.private)
    return keys


def copy_for_recovery(uow: UnitOfWork, key: GroupKey, private: bytes) -> None:
    """Seal a version of a group's key to the group's recovery, if there is one."""
    recovery = uow.session.get(Recovery, key.custodian_group)
    if recovery is None:
        return
    pair = KeyPair(key.public_key, private)
    given = give_group_key(pair, recovery.public_key, key.custodian_group, key.version)
    kept = uow.session.get(RecoveryCopy, key.id)
    if kept is None:
        uow.session.add(RecoveryCopy(group_key_id=key.id, sealed_group_key=given))
    else:
        kept.sealed_group_key = given


def _get(uow: UnitOfWork, custodian_id: UUID) -> Custodian:
    custodian = uow.session.get(Custodian, custodian_id, with_for_update=True)
    if custodian is None:
        raise NotFound("custodian")
    return custodian


def _person(uow: UnitOfWork) -> UUID:
    if uow.actor.id is None:
        raise NotPermitted("not-permitted")
    return get_account(uow.session, uow.actor.id).person_id


def _held(uow: UnitOfWork, custodian: Custodian) -> Sequence[tuple[GroupKey, bytes]]:
    rows = uow.session.execute(
        select(GroupKey, Membership.sealed_group_key)
        .join(Membership, Membership.group_key_id == GroupKey.id)
        .where(Membership.custodian_id == custodian.id)
        .order_by(GroupKey.version)
    )
    return [(row.GroupKey, row.sealed_group_key) for row in rows]


def _members(uow: UnitOfWork, group: CustodianGroup) -> Sequence[Custodian]:
    return uow.session.scalars(
        select(Custodian)
        .where(Custodian.custodian_group == group, Custodian.state == CustodianState.MEMBER)
        .order_by(Custodian.id)
    ).all()


def _count_members(uow: UnitOfWork, custodian: Custodian) -> int:
    """How many the group has, with all of them locked: two who leave at once see each other."""
    group = custodian.custodian_group
    wanted = select(Custodian.id).where(
        Custodian.custodian_group == group, Custodian.state == CustodianState.MEMBER
    )
    return len(uow.session.scalars(wanted.order_by(Custodian.id).with_for_update()).all())
