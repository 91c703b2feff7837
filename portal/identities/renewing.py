"""Identities that are still under older keys of the groups, and wrapping them again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.custody.models import GroupKey, Opening
from portal.custody.queries import find_member, group_keys
from portal.custody.sealing import CustodianGroup, GroupKeys
from portal.custody.service.attempts import noted
from portal.custody.service.rewrapping import Rewrapper
from portal.custody.service.unlocking import OpenKey, unlock
from portal.custody.states import OpeningState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.identity import identity_context
from portal.intake.models import ReporterIdentity
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

BATCH: Final = 200
MOST_AT_ONCE: Final = 4000


@dataclass(frozen=True, slots=True)
class WrapAgain:
    """The order to put what is under older keys under the newest ones."""

    passphrase: str = field(repr=False)


def count_behind(session: Session) -> int:
    """How many identities are wrapped for older keys than those of now."""
    newest = select(func.max(GroupKey.version)).scalar_subquery()
    wanted = select(func.count()).where(ReporterIdentity.wrap_version < newest)
    return session.scalar(wanted) or 0


def wrap_identities_again(command: WrapAgain, *, actor: Actor) -> int:
    """Wrap identities for the newest keys, some thousand at once; return how many.

    Takes an approver with their passphrase; nothing is opened by it. What is released at this
    moment is passed over. Safe to run twice, and by two at once.
    """
    with noted("custodian", "wrap-again", None, actor):
        demand(actor, Permission.APPROVE_OPENING)
        key = unlock(command.passphrase, CustodianGroup.APPROVERS, actor=actor)
        pinned, done = group_keys(), 0
        while done < MOST_AT_ONCE:
            with unit_of_work(actor) as uow:
                count = _wrap_some(uow, key, pinned)
            if not count:
                break
            done += count
        return done


def _wrap_some(uow: UnitOfWork, key: OpenKey, pinned: GroupKeys) -> int:
    approver = find_member(uow.session, uow.actor.id)
    if approver is None:
        raise RuleBroken("not-a-custodian")
    rows = _behind(uow, pinned.version)
    if not rows:
        return 0
    work = Rewrapper(uow, approver, key, pinned)
    return work.rewrap((row, identity_context(row.report_id)) for row in rows)


def _behind(uow: UnitOfWork, version: int) -> Sequence[ReporterIdentity]:
    """Some that are behind, locked; what was released holds the older layers, and is let be.

    A release locks the identity, so that asking after the lock sees every release there is.
    """
    released = select(Opening.subject_id).where(Opening.state == OpeningState.RELEASED)
    wanted = (
        select(ReporterIdentity)
        .where(ReporterIdentity.wrap_version < version, ReporterIdentity.report_id.not_in(released))
        .order_by(ReporterIdentity.report_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = uow.session.scalars(wanted).all()
    ids = [row.report_id for row in rows]
    late = set(uow.session.scalars(released.where(Opening.subject_id.in_(ids))))
    return [row for row in rows if row.report_id not in late]
