"""The two groups, their members, and the keys as they are stored; no key here is open."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.custody.rules import OpeningPurpose
from portal.custody.sealing import CustodianGroup
from portal.custody.states import (
    CUSTODIAN_LIFECYCLE,
    OPENING_LIFECYCLE,
    CustodianState,
    OpeningState,
)
from portal.infra.database import Base


class GroupKey(Base):
    """One version of a group's public key; its private half exists in `Membership` only."""

    __tablename__ = "custody_group_key"
    __table_args__ = (
        UniqueConstraint("custodian_group", "version"),
        UniqueConstraint("id", "custodian_group"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    custodian_group: Mapped[CustodianGroup]
    version: Mapped[int]
    suite: Mapped[int]
    public_key: Mapped[bytes]
    fingerprint: Mapped[str]
    created_at: Mapped[datetime]


class Custodian(Base):
    """A member of one group, and their own key pair, the private half under their passphrase.

    `person_id` is unique: the database itself keeps one natural person out of the other group,
    whatever accounts they have. Whoever is not a member holds no key of the group; whoever has
    left has no key of their own either.
    """

    __tablename__ = "custodian"
    __table_args__ = (
        UniqueConstraint("id", "custodian_group"),
        CheckConstraint("approved_person <> person_id", name="approved_by_another"),
        CheckConstraint("admitted_person <> person_id", name="admitted_by_another"),
    )
    lifecycle = CUSTODIAN_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(unique=True)
    custodian_group: Mapped[CustodianGroup]
    public_key: Mapped[bytes]
    locked_private_key: Mapped[bytes]
    created_at: Mapped[datetime]
    state: Mapped[CustodianState] = mapped_column(default=CustodianState.ENROLLED)
    approved_person: Mapped[UUID | None] = mapped_column(default=None)
    admitted_person: Mapped[UUID | None] = mapped_column(default=None)


class Membership(Base):
    """One version of a group's private key, sealed to one custodian of that group."""

    __tablename__ = "custody_membership"
    __table_args__ = (
        ForeignKeyConstraint(
            ["custodian_id", "custodian_group"], ["custodian.id", "custodian.custodian_group"]
        ),
        ForeignKeyConstraint(
            ["group_key_id", "custodian_group"],
            ["custody_group_key.id", "custody_group_key.custodian_group"],
        ),
        UniqueConstraint("custodian_id", "group_key_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    custodian_id: Mapped[UUID]
    group_key_id: Mapped[UUID]
    custodian_group: Mapped[CustodianGroup]
    sealed_group_key: Mapped[bytes]
    created_at: Mapped[datetime]


class Recovery(Base):
    """The public key of a group's recovery; its private half is in three envelopes, 2 open it."""

    __tablename__ = "custody_recovery"

    custodian_group: Mapped[CustodianGroup] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]
    set_at: Mapped[datetime]
    drilled_at: Mapped[datetime | None] = mapped_column(default=None)


class RecoveryCopy(Base):
    """One version of a group's private key, sealed to the recovery of that group."""

    __tablename__ = "custody_recovery_copy"

    group_key_id: Mapped[UUID] = mapped_column(ForeignKey("custody_group_key.id"), primary_key=True)
    sealed_group_key: Mapped[bytes]


class PostKey(Base):
    """A pair that addresses for letters are sealed to: the newest, and older ones not yet empty.

    `key_version` is that of the approvers' key to which the private half is sealed. `opened` is
    that half while the post is open, closed with what only the running processes know.
    """

    __tablename__ = "custody_post_key"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public_key: Mapped[bytes]
    sealed_private_key: Mapped[bytes]
    key_version: Mapped[int]
    made_at: Mapped[datetime]
    opened: Mapped[bytes | None] = mapped_column(default=None)
    open_until: Mapped[datetime | None] = mapped_column(default=None)


class Opening(Base):
    """A request to open something sealed, and what became of it.

    `words` are reason and legal basis, `answer` why it was refused, `hold` why the notice waits;
    all under a key of the request's own. `inner` is there between release and reading only: what
    the approvers' layer held, still sealed to the requesters, and sealed again to the one who
    asked. Persons are kept beside accounts: the database refuses one who decides on their own.
    """

    __tablename__ = "opening"
    __table_args__ = (
        CheckConstraint("decided_person <> asked_person", name="two_people"),
        CheckConstraint(
            "(state = 'released') = (inner_seal IS NOT NULL)", name="held_while_released"
        ),
        CheckConstraint("(state = 'read') = (read_at IS NOT NULL)", name="read_has_time"),
        Index("ix_opening_state", "state", "asked_at", "id"),
        Index("ix_opening_asked_by", "asked_by", "asked_at", "id"),
        Index("ix_opening_subject_id", "subject_id", "asked_at"),
        Index("ix_opening_read_at", "read_at"),
        Index("ix_opening_tell_on", "tell_on"),
    )
    lifecycle = OPENING_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    fields: Mapped[list[str]]
    purpose: Mapped[OpeningPurpose]
    words_key: Mapped[bytes | None]
    words: Mapped[bytes | None]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    asked_person: Mapped[UUID]
    asked_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[OpeningState] = mapped_column(default=OpeningState.ASKED)
    version: Mapped[int] = mapped_column(default=1)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    decided_person: Mapped[UUID | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    answer: Mapped[bytes | None] = mapped_column(default=None)
    inner_seal: Mapped[bytes | None] = mapped_column(default=None)
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    tell_on: Mapped[date | None] = mapped_column(default=None)
    hold: Mapped[bytes | None] = mapped_column(default=None)
    told_at: Mapped[datetime | None] = mapped_column(default=None)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy
