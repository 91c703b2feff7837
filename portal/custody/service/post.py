"""The post: reporters are written to without anybody seeing where to.

Addresses are sealed to the post's own key. Its private half is sealed to the approvers, one of
whom opens the post after each start of the program; meanwhile it lies in the database closed with
what only the running processes know (`infra/boot.py`). While the post is closed, letters wait.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.custody.keyring import fingerprint, new_pair
from portal.custody.models import PostKey
from portal.custody.queries import find_member, get_group_key, group_keys
from portal.custody.sealing import CustodianGroup, seal, unseal
from portal.custody.service.attempts import noted
from portal.custody.service.unlocking import unlock
from portal.infra.boot import close_until_stop, open_if_same_start
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import pad, unpad
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

OPEN_FOR: Final = timedelta(days=30)
ONLY: Final = 1
_PLACE: Final = "sunline/post/1"


@dataclass(frozen=True, slots=True)
class OpenPost:
    """The order to let letters go out."""

    passphrase: str = field(repr=False)


def open_post(command: OpenPost, *, actor: Actor) -> None:
    """Open the post until the program stops, at most 30 days; the first time, make its key.

    Takes an approver with their passphrase. No address is shown to anybody by that.
    """
    with noted("post", "open", None, actor):
        demand(actor, Permission.APPROVE_OPENING)
        own = unlock(command.passphrase, CustodianGroup.APPROVERS, actor=actor)
        pinned = group_keys()
        with unit_of_work(actor) as uow:
            key = uow.session.get(PostKey, ONLY, with_for_update=True)
            if key is None:
                key = _make(uow, pinned.approvers, pinned.version)
            member = find_member(uow.session, actor.id)
            if member is None:
                raise RuleBroken("not-a-custodian")
            group_key = get_group_key(uow.session, member, own.private, key.key_version)
            private = unseal(key.sealed_private_key, group_key, _place(key.key_version))
            if key.key_version < pinned.version:
                key.key_version = pinned.version
                key.sealed_private_key = seal(private, pinned.approvers, _place(pinned.version))
            key.opened, key.open_until = close_until_stop(private, _PLACE), uow.now + OPEN_FOR
            record(uow, "post.open", "post", None, fingerprint=fingerprint(key.public_key))


def close_post(*, actor: Actor) -> None:
    """Close the post before its time."""
    with noted("post", "close", None, actor):
        demand(actor, Permission.APPROVE_OPENING)
        with unit_of_work(actor) as uow:
            key = uow.session.get(PostKey, ONLY, with_for_update=True)
            if key is not None:
                key.opened = key.open_until = None
                record(uow, "post.close", "post", None)


def seal_address(session: Session, address: str, place: str) -> bytes | None:
    """An address, sealed to the post for the one place it may stand in; None without a post."""
    key = session.get(PostKey, ONLY)
    return None if key is None else seal(pad(address.encode()), key.public_key, place)


def has_post(session: Session) -> bool:
    """Whether the post was ever opened, so that addresses can be sealed to it."""
    return session.get(PostKey, ONLY) is not None


def address_in(private_key: bytes, sealed: bytes, place: str) -> str:
    """The address that was sealed for this place."""
    return unpad(unseal(sealed, private_key, place)).decode()


def find_open_post(session: Session, now: datetime) -> bytes | None:
    """The private key of the post while it is open in this start of the program."""
    key = session.get(PostKey, ONLY)
    if key is None or key.opened is None or key.open_until is None or key.open_until <= now:
        return None
    return open_if_same_start(key.opened, _PLACE)


def find_open_until(session: Session, now: datetime) -> datetime | None:
    """Until when the post is open; None while it is closed, also by a new start."""
    key = session.get(PostKey, ONLY)
    return key.open_until if key is not None and find_open_post(session, now) else None


def _make(uow: UnitOfWork, approvers: bytes, version: int) -> PostKey:
    pair = new_pair()
    key = PostKey(
        id=ONLY,
        public_key=pair.public,
        sealed_private_key=seal(pair.private, approvers, _place(version)),
        key_version=version,
        made_at=uow.now,
    )
    uow.session.add(key)
    return key


def _place(version: int) -> str:
    return f"{_PLACE}/{version}"
