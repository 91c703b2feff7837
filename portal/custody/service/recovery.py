"""Recovery: a copy of each group's key that two of three envelopes open, and the drill of it."""

import hmac
import os
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import advance, record
from portal.custody.keyring import fingerprint, take_group_key
from portal.custody.models import Custodian, GroupKey, Recovery, RecoveryCopy
from portal.custody.queries import find_member, find_newest_key, get_group_key, group_keys
from portal.custody.recovery_words import public_of, put_together
from portal.custody.sealing import CustodianGroup, open_inner, peel_outer, seal_record
from portal.custody.service.attempts import noted
from portal.custody.service.members import TRIED, copy_for_recovery, hand_over
from portal.custody.service.unlocking import unlock
from portal.custody.states import CustodianAction
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken


@dataclass(frozen=True, slots=True)
class SetRecovery:
    """The public key of a group's recovery, for which a member copies the group's keys."""

    public_key: bytes
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelopes:
    """The words of two envelopes of a group."""

    group: CustodianGroup
    shares: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recover:
    """The order to give a group's keys to somebody with the words of two envelopes."""

    custodian_id: UUID
    shares: tuple[str, ...] = field(repr=False)


def set_recovery(command: SetRecovery, *, actor: Actor) -> str:
    """Copy every version of the actor's group key to a recovery key; return its fingerprint.

    Takes the place of an earlier one, whose envelopes are worth nothing from then on.
    """
    with noted(TRIED, "set-recovery", None, actor):
        own = unlock(command.passphrase, actor=actor)
        with unit_of_work(actor) as uow:
            member = find_member(uow.session, actor.id)
            if member is None:
                raise RuleBroken("not-a-custodian")
            kept = uow.session.get(Recovery, own.group)
            if kept is not None:
                uow.session.delete(kept)
                uow.session.flush()
            uow.session.add(
                Recovery(custodian_group=own.group, public_key=command.public_key, set_at=uow.now)
            )
            uow.session.flush()
            for key in _versions(uow, own.group):
                private = get_group_key(uow.session, member, own.private, key.version)
                copy_for_recovery(uow, key, private)
            found = fingerprint(command.public_key)
            record(
                uow,
                "custody.set-recovery",
                "custodian",
                member.id,
                group=own.group,
                fingerprint=found,
            )
            return found


def recover(command: Recover, *, actor: Actor) -> None:
    """Give a group's keys to somebody the other group has approved, from two envelopes.

    Refuses anybody but the operator, and words that are not those of the group's recovery.
    """
    with noted(TRIED, "recover", command.custodian_id, actor):
        _demand_operator(actor)
        with unit_of_work(actor) as uow:
            custodian = uow.session.get(Custodian, command.custodian_id, with_for_update=True)
            if custodian is None:
                raise NotFound("custodian")
            group = custodian.custodian_group
            private = put_together(command.shares, _recovery(uow, group).public_key)
            for key in _versions(uow, group):
                hand_over(uow, custodian, key, _from_copy(uow, key, private))
            advance(uow, custodian, CustodianAction.ADMIT, group=group, rule="recovery")


def drill(envelopes: tuple[Envelopes, ...], *, actor: Actor) -> None:
    """Show that the envelopes of both groups open what is sealed today; open nothing real.

    A record of random words is sealed to the pinned keys and opened with what the envelopes give.
    Raises RuleBroken if it does not open; that it was done is on the trail.
    """
    with noted(TRIED, "drill", None, actor):
        _demand_operator(actor)
        pinned = group_keys()
        given = {one.group: one.shares for one in envelopes}
        with unit_of_work(actor) as uow:
            found = {group: _newest(uow, group, given.get(group, ())) for group in CustodianGroup}
            words = {"words": os.urandom(16).hex()}
            sealed = seal_record(words, pinned, "custody.drill")
            inner = peel_outer(found[CustodianGroup.APPROVERS], sealed, "custody.drill")
            opened = open_inner(found[CustodianGroup.REQUESTERS], inner, sealed, "custody.drill")
            if not hmac.compare_digest(opened["words"], words["words"]):
                raise RuleBroken("drill-failed")
            for group in CustodianGroup:
                _recovery(uow, group).drilled_at = uow.now
            record(uow, "custody.drill", "custody_group_key", None, version=pinned.version)


def find_recovery(group: CustodianGroup) -> Recovery | None:
    """The recovery of a group, if one was set."""
    return db.session().get(Recovery, group)


def _newest(uow: UnitOfWork, group: CustodianGroup, shares: tuple[str, ...]) -> bytes:
    """The newest private key of a group, as its envelopes give it."""
    key = find_newest_key(uow.session, group)
    if key is None:
        raise RuleBroken("custody-not-ready")
    private = put_together(shares, _recovery(uow, group).public_key)
    opened = _from_copy(uow, key, private)
    if public_of(opened) != key.public_key:
        raise RuleBroken("drill-failed")
    return opened


def _from_copy(uow: UnitOfWork, key: GroupKey, private: bytes) -> bytes:
    copy = uow.session.get(RecoveryCopy, key.id)
    if copy is None:
        raise RuleBroken("recovery-incomplete")
    return take_group_key(copy.sealed_group_key, private, key.custodian_group, key.version)


def _recovery(uow: UnitOfWork, group: CustodianGroup) -> Recovery:
    recovery = uow.session.get(Recovery, group)
    if recovery is None:
        raise RuleBroken("recovery-not-set", group=group)
    return recovery


def _versions(uow: UnitOfWork, group: CustodianGroup) -> list[GroupKey]:
    wanted = select(GroupKey).where(GroupKey.custodian_group == group).order_by(GroupKey.version)
    return list(uow.session.scalars(wanted))


def _demand_operator(actor: Actor) -> None:
    if actor.kind is not ActorKind.OPERATOR:
        raise NotPermitted("not-permitted")
