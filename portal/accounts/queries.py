"""Reading accounts and sessions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import (
    Account,
    AccountRole,
    Passkey,
    RoleRequest,
    StaffSession,
    TimeCode,
)
from portal.accounts.rules import (
    CONFIRMED_CODE,
    IDLE,
    AccountWish,
    Standing,
    fold_name,
    is_guarded,
)
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session and whose it is, detached from the database: what a request knows of its user.

    Until `second_factor_done` it is only somebody who knew a password or, if `starting`, had a
    one-time code. Has the attributes Flask-Login asks of a user.
    """

    session_id: UUID
    account_id: UUID
    person_id: UUID
    name: str
    display_name: str
    locale: str
    actor: Actor
    second_factor_done: bool
    starting: bool
    last_seen_at: datetime
    fresh_until: datetime | None

    @property
    def is_authenticated(self) -> bool:
        return self.second_factor_done

    @property
    def is_active(self) -> bool:
        return self.second_factor_done

    @property
    def is_anonymous(self) -> bool:
        return not self.second_factor_done

    def get_id(self) -> str:
        """Asked for by Flask-Login; nothing is stored under it."""
        return self.session_id.hex

    def is_fresh(self, now: datetime) -> bool:
        """Whether the second factor was shown lately enough for money, identity and export."""
        return self.second_factor_done and self.fresh_until is not None and self.fresh_until > now


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a typed password is compared with."""

    account_id: UUID
    password_hash: bytes | None = field(repr=False)
    disabled: bool


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account."""

    time_code: bool
    passkeys: tuple[Passkey, ...]

    @property
    def count(self) -> int:
        return int(self.time_code) + len(self.passkeys)


# One row for each role; columns only, so that nothing hangs on the transaction of the request.
_WHO_IS_IN: Final = (
    select(
        StaffSession.id,
        StaffSession.account_id,
        StaffSession.second_factor_done,
        StaffSession.last_seen_at,
        StaffSession.fresh_until,
        StaffSession.chosen_password.is_not(None).label("starting"),
        Account.person_id,
        Account.name,
        Account.display_name,
        Account.department,
        Account.region,
        Account.locale,
        Account.outside,
        AccountRole.role,
    )
    .join(Account, Account.id == StaffSession.account_id)
    .outerjoin(AccountRole, AccountRole.account_id == Account.id)
    .where(
        StaffSession.id_hash == bindparam("id_hash"),
        StaffSession.expires_at > bindparam("now"),
        StaffSession.last_seen_at > bindparam("seen_since"),
        Account.disabled_at.is_(None),
    )
)


def find_signed_in(session: Session, id_hash: bytes, now: datetime) -> SignedIn | None:
    """The live session with this hash, its account and roles, in one statement."""
    asked = {"id_hash": id_hash, "now": now, "seen_since": now - IDLE}
    rows = session.execute(_WHO_IS_IN, asked).all()
    if not rows:
        return None
    roles = frozenset(row.role for row in rows if row.role is not None)
    return _signed_in(rows[0], roles)


def find_actor(session: Session, account_id: UUID) -> Actor | None:
    """Somebody as the services see them, with the roles of now; None once the account is closed."""
    account = session.get(Account, account_id, populate_existing=True)
    return None if account is None or account.disabled_at is not None else actor_behind(account)


def actor_behind(account: Account) -> Actor:
    """Whoever has an open account, as the services see them."""
    if account.outside:
        return Actor.outside(account.id, account.display_name)
    return Actor(
        ActorKind.STAFF,
        id=account.id,
        roles=account.roles,
        department=account.department,
        region=account.region,
        name=account.display_name,
        person=account.person_id,
    )


def person_behind(account_id: UUID | None) -> ScalarSelect[UUID]:
    """The natural person whose account this is, to be compared with in any statement."""
    asked = select(Account.person_id).where(Account.id == account_id)
    return asked.correlate(None).scalar_subquery()


def own_accounts(session: Session, account_id: UUID | None) -> frozenset[UUID]:
    """Every account of the natural person whose account this is: what one did, all of them did."""
    own = select(Account.id).where(Account.person_id == person_behind(account_id))
    return frozenset(session.scalars(own))


def accounts_of(
    session: Session, accounts: Iterable[UUID | None]
) -> Mapping[UUID | None, frozenset[UUID]]:
    """The same for several accounts, by one statement."""
    asked, own = aliased(Account), defaultdict[UUID | None, set[UUID]](set)
    same = select(asked.id, Account.id).join(Account, Account.person_id == asked.person_id)
    for one, other in session.execute(same.where(asked.id.in_({*accounts} - {None}))):
        own[one].add(other)
    return {one: frozenset(others) for one, others in own.items()}


def find_credentials(session: Session, typed_name: str) -> Credentials | None:
    """What to compare a password with, by a sign-in name as typed."""
    row = session.execute(
        select(Account.id, Account.password_hash, Account.disabled_at).where(
            Account.name == fold_name(typed_name)
        )
    ).first()
    return Credentials(row.id, row.password_hash, row.disabled_at is not None) if row else None


def find_by_name(session: Session, typed_name: str) -> Account | None:
    """The account with this sign-in name."""
    return session.scalar(select(Account).where(Account.name == fold_name(typed_name)))


def get_account(session: Session, account_id: UUID, *, lock: bool = False) -> Account:
    """The account, for changing it if `lock`; raise NotFound if there is none."""
    account = session.get(Account, account_id, with_for_update=True if lock else None)
    if account is None:
        raise NotFound("account")
    return account


def list_accounts(session: Session) -> list[Account]:
    """All accounts of staff by name; an installation has hundreds, not thousands."""
    staff = select(Account).where(Account.outside.is_(False))
    return list(session.scalars(staff.order_by(Account.name)))


def list_demo_accounts(session: Session) -> list[Account]:
    """The accounts for trying out, by name: of staff, and of a rights-holder."""
    return list(
        session.scalars(select(Account).where(Account.is_demo.is_(True)).order_by(Account.name))
    )


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A change of an account that waits for a second person."""

    id: UUID
    wish: AccountWish
    account_id: UUID
    name: str
    display_name: str
    standing: Standing
    asked_by: str
    asked_at: datetime


def list_waiting(session: Session, account_id: UUID | None = None) -> list[WaitingRequest]:
    """The changes that wait for a second person, of one account or of all, the oldest first.

    There is at most one of a kind for each account.
    """
    asking = aliased(Account)
    wanted = (
        select(RoleRequest, Account.name, Account.display_name, asking.display_name)
        .join(Account, Account.id == RoleRequest.account_id)
        .join(asking, asking.id == RoleRequest.asked_by)
        .where(RoleRequest.decided_at.is_(None))
        .order_by(RoleRequest.asked_at, RoleRequest.id)
    )
    if account_id is not None:
        wanted = wanted.where(RoleRequest.account_id == account_id)
    return [
        WaitingRequest(
            one.id,
            one.wish,
            one.account_id,
            name,
            shown,
            one.standing,
            asked_by,
            one.asked_at,
        )
        for one, name, shown, asked_by in session.execute(wanted)
    ]


def find_confirmed_code(session: Session, account_id: UUID, now: datetime) -> RoleRequest | None:
    """A second person's yes to a new one-time code that is not used up yet."""
    return session.scalar(
        select(RoleRequest)
        .where(
            RoleRequest.account_id == account_id,
            RoleRequest.wish == AccountWish.CODE,
            RoleRequest.accepted.is_(True),
            RoleRequest.used_at.is_(None),
            RoleRequest.decided_at > now - CONFIRMED_CODE,
        )
        .order_by(RoleRequest.decided_at.desc())
        .limit(1)
    )


def code_needs_second(session: Session, account: Account) -> bool:
    """Whether a second person has yet to confirm a one-time code before it can be given."""
    if account.password_hash is None or not is_guarded(account.roles):
        return False
    return find_confirmed_code(session, account.id, datetime.now(UTC)) is None


def list_sessions(session: Session, account_id: UUID) -> list[StaffSession]:
    """The live, full sessions of an account, the newest first."""
    now = datetime.now(UTC)
    return list(
        session.scalars(
            select(StaffSession)
            .where(
                StaffSession.account_id == account_id,
                StaffSession.second_factor_done,
                StaffSession.expires_at > now,
                StaffSession.last_seen_at > now - IDLE,
            )
            .order_by(StaffSession.last_seen_at.desc())
        )
    )


def factors_of(session: Session, account_id: UUID) -> Factors:
    """Which second factors the account has set up."""
    codes = session.scalar(
        select(func.count())
        .select_from(TimeCode)
        .where(TimeCode.account_id == account_id, TimeCode.in_use)
    )
    passkeys = session.scalars(
        select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at)
    )
    return Factors(bool(codes), tuple(passkeys))


def _signed_in(row: Row[*tuple[Any, ...]], roles: frozenset[Role]) -> SignedIn:
    return SignedIn(
        session_id=row.id,
        account_id=row.account_id,
        person_id=row.person_id,
        name=row.name,
        display_name=row.display_name,
        locale=row.locale,
        actor=_actor(row, roles),
        second_factor_done=row.second_factor_done,
        starting=row.starting,
        last_seen_at=row.last_seen_at,
        fresh_until=row.fresh_until,
    )


def _actor(row: Row[*tuple[Any, ...]], roles: frozenset[Role]) -> Actor:
    """Who is signed in; whoever is outside has no roles, whatever the tables say."""
    if row.outside:
        return Actor.outside(row.account_id, row.display_name)
    return Actor(
        ActorKind.STAFF,
        id=row.account_id,
        roles=roles,
        department=row.department,
        region=row.region,
        name=row.display_name,
        person=row.person_id,
    )
