"""The post: reporters are written to without anybody seeing where to.

Addresses are sealed to the post's own key. Its private half is sealed to the approvers, one of
whom opens the post after each start of the program; meanwhile it lies in the database closed with
what only the running processes know (`infra/boot.py`). While the post is closed, letters wait.
With the keys of the groups the post gets another pair; an older one is there for the addresses that
nobody has moved yet, and goes with the last of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.custody.keyring import fingerprint, new_pair
from portal.custody.models import GroupKey, PostKey
from portal.custody.queries import find_member, get_group_key, group_keys
from portal.custody.sealing import CustodianGroup, GroupKeys, seal, unseal
from portal.custody.service.attempts import noted
from portal.custody.service.rewrapping import BATCH, Rewrapper, newest_version
from portal.custody.service.unlocking import unlock
from portal.infra.boot import close_until_stop, open_if_same_start
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import pad, unpad
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

OPEN_FOR: Final = timedelta(days=30)
_PLACE: Final = "sunline/post/1"


@dataclass(frozen=True, slots=True)
class OpenPost:
    """The order to let letters go out."""

    passphrase: str = field(repr=False)


def open_post(command: OpenPost, *, actor: Actor) -> None:
    """Open the post until the program stops, at most 30 days; with a key of now.

    Takes an approver with their passphrase. No address is shown to anybody by that.
    """
    with noted("post", "open", None, actor):
        demand(actor, Permission.APPROVE_OPENING)
        own = unlock(command.passphrase, CustodianGroup.APPROVERS, actor=actor)
        with unit_of_work(actor) as uow:
            member = find_member(uow.session, actor.id)
            if member is None:
                raise RuleBroken("not-a-custodian")
            newest = _renewed(uow, group_keys())
            for key in _pairs(uow):
                group_key = get_group_key(uow.session, member, own.private, key.key_version)
                private = unseal(key.sealed_private_key, group_key, _place(key.key_version))
                _open(key, private, uow.now + OPEN_FOR)
            record(uow, "post.open", "post", None, fingerprint=fingerprint(newest.public_key))


def close_post(*, actor: Actor) -> None:
    """Close the post before its time."""
    with noted("post", "close", None, actor):
        demand(actor, Permission.APPROVE_OPENING)
        with unit_of_work(actor) as uow:
            found = _pairs(uow)
            for key in found:
                key.opened = key.open_until = None
            if found:
                record(uow, "post.close", "post", None)


@dataclass(frozen=True, slots=True)
class SealedAddress:
    """An address as it is stored: under which pair of the post, and sealed to it."""

    key_id: int
    address: bytes = field(repr=False)


def seal_address(session: Session, address: str, place: str) -> SealedAddress | None:
    """An address, sealed to the post for the one place it may stand in; None without a post."""
    key = _kept(session)
    if key is None:
        return None
    return SealedAddress(key.id, seal(pad(address.encode()), key.public_key, place))


def has_post(session: Session) -> bool:
    """Whether the post was ever opened, so that addresses can be sealed to it."""
    return _newest(session) is not None


def address_in(private_key: bytes, sealed: bytes, place: str) -> str:
    """The address that was sealed for this place."""
    return unpad(unseal(sealed, private_key, place)).decode()


def find_open_post(session: Session, now: datetime, key_id: int | None = None) -> bytes | None:
    """A private key of the post, the newest or this one, while the post is open in this start."""
    key = _newest(session) if key_id is None else session.get(PostKey, key_id)
    if key is None or key.opened is None or key.open_until is None or key.open_until <= now:
        return None
    return open_if_same_start(key.opened, _PLACE)


def find_open_until(session: Session, now: datetime) -> datetime | None:
    """Until when the post is open; None while it is closed, also by a new start."""
    key = _newest(session)
    return key.open_until if key is not None and find_open_post(session, now) else None


@dataclass(frozen=True, slots=True)
class AddressTable:
    """The table of addresses: its columns `address` and `key_id`, and the place of each row."""

    own: InstrumentedAttribute[UUID]
    place: Callable[[UUID], str]

    def count_behind(self, session: Session) -> int:
        """How many addresses are under a pair sealed to older keys, and pairs without any."""
        of_old = self._model.key_id == PostKey.id
        wanted = (
            select(func.count())
            .select_from(PostKey)
            .outerjoin(self._model, of_old)
            .where(PostKey.key_version < newest_version())
        )
        return session.scalar(wanted) or 0

    def rewrap_some(self, work: Rewrapper) -> int:
        """Move some addresses to the pair of now, and take away the pairs that have none any more.

        Returns how many of both there were.
        """
        session, model = work.uow.session, self._model
        if not self.count_behind(session):
            return 0
        newest = _renewed(work.uow, work.pinned)
        behind = self.count_behind(session)
        privates = {
            one.id: unseal(
                one.sealed_private_key, work.approvers_key(one.key_version), _place(one.key_version)
            )
            for one in _pairs(work.uow)
        }
        rows = self._behind(work.uow, newest)
        for row in rows:
            place = self.place(getattr(row, self.own.key))
            address = unseal(row.address, privates[row.key_id], place)
            row.address, row.key_id = seal(address, newest.public_key, place), newest.id
        session.flush()
        empty = ~exists().where(model.key_id == PostKey.id)
        session.execute(delete(PostKey).where(PostKey.id < newest.id, empty))
        return behind - self.count_behind(session)

    def _behind(self, uow: UnitOfWork, newest: PostKey) -> Sequence[Any]:
        model = self._model
        wanted = select(model).where(model.key_id < newest.id).order_by(self.own).limit(BATCH)
        return uow.session.scalars(wanted.with_for_update(skip_locked=True)).all()

    @property
    def _model(self) -> Any:  # noqa: ANN401  # the table of a later stage
        return self.own.class_


def _newest(session: Session) -> PostKey | None:
    return session.scalar(select(PostKey).order_by(PostKey.id.desc()).limit(1))


def _kept(session: Session) -> PostKey | None:
    """The newest pair, which nobody takes away before the address under it is there.

    Whoever waited for a pair that is gone by then does not see its successor, and looks once more.
    """
    newest = select(PostKey).order_by(PostKey.id.desc()).limit(1)
    kept = newest.with_for_update(read=True, key_share=True)
    return session.scalar(kept) or session.scalar(kept)


def _pairs(uow: UnitOfWork) -> Sequence[PostKey]:
    return uow.session.scalars(select(PostKey).order_by(PostKey.id).with_for_update()).all()


def _renewed(uow: UnitOfWork, pinned: GroupKeys) -> PostKey:
    """The newest pair; another one where it is sealed to older keys. It is open if that one is.

    One at a time makes one: where there is none yet, the keys of the groups are locked alone.
    """
    uow.session.execute(select(GroupKey.id).with_for_update())
    found = _pairs(uow)
    newest = found[-1] if found else None
    if newest is not None and newest.key_version >= pinned.version:
        return newest
    pair, version = new_pair(), pinned.version
    made = PostKey(
        id=newest.id + 1 if newest else 1,
        public_key=pair.public,
        sealed_private_key=seal(pair.private, pinned.approvers, _place(version)),
        key_version=version,
        made_at=uow.now,
    )
    if newest is not None and find_open_post(uow.session, uow.now, newest.id) is not None:
        _open(made, pair.private, newest.open_until)
    uow.session.add(made)
    uow.session.flush()
    return made


def _open(key: PostKey, private: bytes, until: datetime | None) -> None:
    key.opened, key.open_until = close_until_stop(private, _PLACE), until


def _place(version: int) -> str:
    return f"{_PLACE}/{version}"
