"""Accounts of staff, their second factors and their sessions, as they are stored."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.rules import AccountWish, Standing
from portal.infra.database import Base
from portal.kernel.actor import Role


class Account(Base):
    """One way for one natural person to sign in.

    `person_id` names the person: where two people are asked for, two accounts of one person
    count as one. `password_hash` is None until the person has chosen a password. Whoever is
    `outside` belongs to a rights-holder and not to the office: no role of theirs counts.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("name = lower(name)", name="name_folded"),
        Index("ix_account_person_id", "person_id"),
        Index("ix_account_department", "department"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(default_factory=uuid4)
    department: Mapped[str | None] = mapped_column(default=None)
    region: Mapped[str | None] = mapped_column(default=None)
    password_hash: Mapped[bytes | None] = mapped_column(default=None)
    locale: Mapped[str] = mapped_column(default="zh_Hans")
    is_demo: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    outside: Mapped[bool] = mapped_column(default=False, server_default=false())

    grants: Mapped[list["AccountRole"]] = relationship(
        default_factory=list, lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def roles(self) -> frozenset[Role]:
        """What the person is there for."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def standing(self) -> Standing:
        """What the person is there for, and where."""
        return Standing(self.roles, self.department, self.region)


class RoleRequest(Base):
    """A change of an account that works once a second person has confirmed it.

    `wish` says whether it is about roles, about opening a closed account or about a new one-time
    code; a confirmed wish for a code is good for one (`used_at`). Persons are kept beside their
    accounts: the database itself refuses one who decides on what they asked for.
    """

    __tablename__ = "role_request"
    __table_args__ = (
        CheckConstraint(
            "decided_person IS NULL OR decided_person <> asked_person", name="second_person"
        ),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_person IS NULL)"
            " AND (decided_at IS NULL) = (accepted IS NULL)",
            name="decided_by_somebody",
        ),
        # One of a kind at a time for each account.
        Index(
            "ix_role_request_waiting",
            "account_id",
            "wish",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    wish: Mapped[AccountWish]
    roles: Mapped[list[str]]
    department: Mapped[str | None]
    region: Mapped[str | None]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    asked_person: Mapped[UUID]
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    decided_person: Mapped[UUID | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    accepted: Mapped[bool | None] = mapped_column(default=None)
    used_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def standing(self) -> Standing:
        """What the person is to be there for."""
        roles = frozenset(Role(role) for role in self.roles)
        return Standing(roles, self.department, self.region)


class Absence(Base):
    """When somebody is away, and who stands in for them; the newest one told of replaces it.

    Both days belong to it. The days are those of the place, so whoever asks says what day it is.
    """

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="ends_after_it_begins"),
        CheckConstraint("substitute_id <> account_id", name="somebody_else"),
        Index("ix_absence_substitute_id", "substitute_id"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))


class AccountRole(Base):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("account.id"), primary_key=True, default=None
    )
    role: Mapped[Role] = mapped_column(primary_key=True)


class TimeCode(Base):
    """The secret of an authenticator app; at most one in use and one being set up.

    `secret` is encrypted under a key of its own and never shown again after it was set up.
    A code counts only if its time step is later than `last_step`, so it works once. One being set
    up belongs to the session that began it and goes with it.
    """

    __tablename__ = "time_code"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    in_use: Mapped[bool] = mapped_column(primary_key=True)
    wrapped_key: Mapped[bytes]
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_session.id", ondelete="CASCADE"), default=None
    )


class Passkey(Base):
    """One WebAuthn credential; `public_key` is COSE, `sign_count` what the device last said."""

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_account_id", "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)


class StaffSession(Base):
    """One signed-in browser: the only truth about it, so deleting the row signs it out.

    The cookie holds 256 random bits, the row their SHA-256. Until `second_factor_done` the
    session opens nothing but the second page. `challenge` is the WebAuthn challenge in the air.
    `chosen_password` is the hash of what was chosen with a one-time code: the account has it from
    the moment its new second factor is set up, and until then everything is as before.
    """

    __tablename__ = "staff_session"
    __table_args__ = (
        Index("ix_staff_session_account_id", "account_id"),
        Index("ix_staff_session_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    id_hash: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    second_factor_done: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    fresh_until: Mapped[datetime | None] = mapped_column(default=None)
    challenge: Mapped[bytes | None] = mapped_column(default=None)
    challenge_until: Mapped[datetime | None] = mapped_column(default=None)
    chosen_password: Mapped[bytes | None] = mapped_column(default=None)

    @property
    def starting(self) -> bool:
        """Whether it was opened by a one-time code that has not led to a second factor yet."""
        return self.chosen_password is not None


class OneTimeCode(Base):
    """What an administrator hands to a person to set, or set again, password and second factor.

    One per account; using it deletes it. The code has 100 bits, so SHA-256 of it is enough.
    """

    __tablename__ = "one_time_code"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    code_hash: Mapped[bytes]
    expires_at: Mapped[datetime]
