"""Wrapping again what is sealed to an older version of the groups' keys, after somebody has left.

One approver does it, for every table that a stage says is sealed (`keep_under_newest`). The
approvers' layer is taken off; what is inside stays sealed to the requesters, and is sealed to the
newest keys of both groups around that. Nobody reads anything by it, and whoever holds older keys
only opens neither the outer layer nor the one under it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.custody.models import Custodian, GroupKey, Opening
from portal.custody.queries import find_member, get_group_key, group_keys
from portal.custody.sealing import CustodianGroup, GroupKeys, Sealed, wrap_again
from portal.custody.service.attempts import noted
from portal.custody.service.unlocking import OpenKey, unlock
from portal.custody.states import OpeningState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

BATCH: Final = 200
MOST_AT_ONCE: Final = 4000


class SealedRow(Protocol):
    """A row that keeps something sealed; any table that has these columns."""

    body: bytes
    wrap: bytes
    key_version: int
    layers: list[int]
    wrap_version: int


@dataclass(frozen=True, slots=True)
class WrapAgain:
    """The order to put what is under older keys under the newest ones."""

    passphrase: str = field(repr=False)


@dataclass(slots=True)
class Rewrapper:
    """An approver at work: their key, and the versions of the group's key opened so far."""

    uow: UnitOfWork
    approver: Custodian
    key: OpenKey = field(repr=False)
    pinned: GroupKeys
    _opened: dict[int, bytes] = field(default_factory=dict, repr=False)

    def approvers_key(self, version: int) -> bytes:
        """A version of the private key of the approvers."""
        if version not in self._opened:
            found = get_group_key(self.uow.session, self.approver, self.key.private, version)
            self._opened[version] = found
        return self._opened[version]


class UnderKeys(Protocol):
    """A table of things that are sealed, by whichever way, to the keys of the groups."""

    def count_behind(self, session: Session) -> int:
        """How many are under older keys than those of now."""
        ...

    def rewrap_some(self, work: Rewrapper) -> int:
        """Put some that are behind under the newest keys; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table of `SealedRow`: its column that openings name, and the place of each row."""

    own: InstrumentedAttribute[UUID]
    context: Callable[[UUID], str]

    @property
    def model(self) -> Any:  # noqa: ANN401  # whichever table
        """The rows."""
        return self.own.class_

    def count_behind(self, session: Session) -> int:
        """How many rows are wrapped for older keys than those of now."""
        wanted = select(func.count()).where(self.model.wrap_version < newest_version())
        return session.scalar(wanted) or 0

    def rewrap_some(self, work: Rewrapper) -> int:
        """Wrap some rows again."""
        rows = self._behind(work)
        for row in rows:
            version, place = row.wrap_version, self.context(getattr(row, self.own.key))
            key = work.approvers_key(version)
            sealed = wrap_again(key, sealed_of(row), work.pinned, place)
            row.wrap, row.layers = sealed.wrap, list(sealed.layers)
            row.wrap_version = sealed.wrap_version
        return len(rows)

    def _behind(self, work: Rewrapper) -> Sequence[Any]:
        """Some that are behind, locked; what was released holds the older layers, and is let be.

        A release locks the row, so that asking after the lock sees every release there is.
        """
        session, model = work.uow.session, self.model
        released = select(Opening.subject_id).where(Opening.state == OpeningState.RELEASED)
        wanted = (
            select(model)
            .where(model.wrap_version < work.pinned.version, self.own.not_in(released))
            .order_by(self.own)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        rows = session.scalars(wanted).all()
        ids = [getattr(row, self.own.key) for row in rows]
        late = set(session.scalars(released.where(Opening.subject_id.in_(ids))))
        return [row for row in rows if getattr(row, self.own.key) not in late]


TABLES: Final[list[UnderKeys]] = []


def keep_under_newest(table: UnderKeys) -> None:
    """Have a table wrapped again with the others; said once by the stage that fills it."""
    TABLES.append(table)


def newest_version() -> Any:  # noqa: ANN401  # a part of a statement
    """The newest version of the keys, as the database knows it."""
    return select(func.max(GroupKey.version)).scalar_subquery()


def count_behind(session: Session) -> int:
    """How many names, payees and addresses are under older keys than those of now."""
    return sum(table.count_behind(session) for table in TABLES)


def wrap_everything_again(command: WrapAgain, *, actor: Actor) -> int:
    """Put what is behind under the newest keys, some thousand of a table at once; return how many.

    Takes an approver with their passphrase; nobody is shown anything by it. What is released at
    this moment is passed over. Safe to run twice, and by two at once.
    """
    with noted("custodian", "wrap-again", None, actor):
        demand(actor, Permission.APPROVE_OPENING)
        key = unlock(command.passphrase, CustodianGroup.APPROVERS, actor=actor)
        return sum(_rewrap(table, key, group_keys(), actor) for table in TABLES)


def sealed_of(row: SealedRow) -> Sealed:
    """What a row keeps sealed."""
    return Sealed(row.body, row.wrap, row.key_version, tuple(row.layers))


def _rewrap(table: UnderKeys, key: OpenKey, pinned: GroupKeys, actor: Actor) -> int:
    done = 0
    while done < MOST_AT_ONCE:
        with unit_of_work(actor) as uow:
            approver = find_member(uow.session, actor.id)
            if approver is None:
                raise RuleBroken("not-a-custodian")
            count = table.rewrap_some(Rewrapper(uow, approver, key, pinned))
            if not count:
                break
            said = {"count": count, "version": pinned.version}
            record(uow, "custody.wrap-again", "custody", None, **said)
        done += count
    return done
