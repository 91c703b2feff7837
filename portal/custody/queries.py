"""Reading the groups: the keys to seal to, and who the custodians are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.custody.keyring import fingerprint, take_group_key
from portal.custody.models import Custodian, GroupKey, Membership
from portal.custody.pins import CustodyNotReady, pin_path, read_pins
from portal.custody.sealing import CustodianGroup, GroupKeys
from portal.custody.states import CustodianState
from portal.infra.database import db
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """One group as an operator or a custodian compares it: newest key, members by name."""

    group: CustodianGroup
    version: int
    fingerprint: str
    members: tuple[str, ...]


def group_keys() -> GroupKeys:
    """Return the pinned keys, having compared them once in this process with the database.

    Raises CustodyNotReady if there are none or if they differ; called at start-up for that.
    """
    path = pin_path()
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise CustodyNotReady(f"{path.name}: not there; create the custodian groups") from None
    return _compared(path, changed)


@lru_cache(maxsize=1)
def _compared(path: Path, _changed: int) -> GroupKeys:
    pinned = read_pins(path)
    demand_agreement(db.session(), pinned)
    return pinned


def demand_agreement(session: Session, pinned: GroupKeys) -> None:
    """Raise CustodyNotReady unless the newest keys in the database are the pinned ones."""
    public = {
        CustodianGroup.REQUESTERS: pinned.requesters,
        CustodianGroup.APPROVERS: pinned.approvers,
    }
    for group, key in public.items():
        stored = find_newest_key(session, group)
        if stored is None:
            raise CustodyNotReady(f"no key of the {group} in the database")
        if (stored.version, stored.public_key) != (pinned.version, key):
            raise CustodyNotReady(f"the key of the {group} is not the pinned one")
        if stored.fingerprint != fingerprint(key):
            raise CustodyNotReady(f"the fingerprint of the {group} does not fit their key")


def find_newest_key(session: Session, group: CustodianGroup) -> GroupKey | None:
    """The key new records are sealed to."""
    return session.scalar(
        select(GroupKey)
        .where(GroupKey.custodian_group == group)
        .order_by(GroupKey.version.desc())
        .limit(1)
    )


def has_groups(session: Session) -> bool:
    """Whether any group key was ever made."""
    return bool(session.scalar(select(func.count()).select_from(GroupKey)))


def list_groups(session: Session) -> Sequence[GroupSummary]:
    """Both groups, if they exist."""
    keys = [find_newest_key(session, group) for group in CustodianGroup]
    return [
        GroupSummary(key.custodian_group, key.version, key.fingerprint, _members(session, key))
        for key in keys
        if key is not None
    ]


def _members(session: Session, key: GroupKey) -> tuple[str, ...]:
    names = (
        select(Account.name)
        .join(Custodian, Custodian.account_id == Account.id)
        .where(
            Custodian.custodian_group == key.custodian_group,
            Custodian.state == CustodianState.MEMBER,
        )
        .order_by(Account.name)
    )
    return tuple(session.scalars(names))


def find_member(session: Session, account_id: UUID | None) -> Custodian | None:
    """The custodian behind an account, if they are a member of a group now."""
    if account_id is None:
        return None
    return session.scalar(
        select(Custodian).where(
            Custodian.account_id == account_id, Custodian.state == CustodianState.MEMBER
        )
    )


def get_group_key(session: Session, custodian: Custodian, private: bytes, version: int) -> bytes:
    """A version of the private key of a custodian's group; NotFound if they were not given it."""
    given = session.scalar(
        select(Membership.sealed_group_key)
        .join(GroupKey, GroupKey.id == Membership.group_key_id)
        .where(Membership.custodian_id == custodian.id, GroupKey.version == version)
    )
    if given is None:
        raise NotFound("group-key")
    return take_group_key(given, private, custodian.custodian_group, version)


def find_custodian(session: Session, account_id: UUID) -> Custodian | None:
    """The custodian an account is or was, or wants to be."""
    return session.scalar(select(Custodian).where(Custodian.account_id == account_id))


@dataclass(frozen=True, slots=True)
class CustodianLine:
    """A custodian as colleagues see them."""

    id: UUID
    name: str
    group: CustodianGroup
    state: CustodianState
    fingerprint: str
    own: bool


def list_custodians(session: Session, account_id: UUID | None) -> Sequence[CustodianLine]:
    """Everybody who is a custodian, or waits to be one; `own` is whoever reads."""
    rows = session.execute(
        select(Custodian, Account.display_name)
        .join(Account, Account.id == Custodian.account_id)
        .where(Custodian.state != CustodianState.LEFT)
        .order_by(Custodian.custodian_group, Account.display_name, Custodian.id)
    )
    return [
        CustodianLine(
            row.Custodian.id,
            row.display_name,
            row.Custodian.custodian_group,
            row.Custodian.state,
            fingerprint(row.Custodian.public_key),
            own=row.Custodian.account_id == account_id,
        )
        for row in rows
    ]
