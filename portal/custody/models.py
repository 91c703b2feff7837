"""The two groups, their members, and the keys as they are stored; no key here is open."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.custody.sealing import CustodianGroup
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
    whatever accounts they have.
    """

    __tablename__ = "custodian"
    __table_args__ = (UniqueConstraint("id", "custodian_group"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(unique=True)
    custodian_group: Mapped[CustodianGroup]
    public_key: Mapped[bytes]
    locked_private_key: Mapped[bytes]
    created_at: Mapped[datetime]


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
