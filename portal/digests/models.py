"""Digests between units, as they are stored: figures and ids, nothing that anybody wrote."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base

# Said in the same words by the index and by the queries, or the database does not match them.
IS_UNREAD = "acknowledged_at IS NULL"
_UNREAD = text(IS_UNREAD)


class UnitDigest(Base):
    """What a unit and another one shared in a month, in the copy of the first (C14).

    Both have one, and each acknowledges its own. `given` is what the unit gave the other, `taken`
    what it got from there: how much, by kind and by what came of it. `things` are the ids behind
    it; who reads them is asked when they are read.
    """

    __tablename__ = "unit_digest"
    __table_args__ = (
        UniqueConstraint("department_code", "other_code", "month"),
        CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged_by_somebody"
        ),
        Index("ix_unit_digest_unit_month", "department_code", "month", "id"),
        Index("ix_unit_digest_month", "month", "id"),
        Index(
            "ix_unit_digest_unread",
            "department_code",
            sqlite_where=_UNREAD,
            postgresql_where=_UNREAD,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    department_code: Mapped[str]
    other_code: Mapped[str]
    month: Mapped[date]
    given: Mapped[dict[str, Any]] = mapped_column(JSON)
    taken: Mapped[dict[str, Any]] = mapped_column(JSON)
    things: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None] = mapped_column(default=None)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)


class DigestMonth(Base):
    """A month that two units were told of, or are to be; `digests` is how many there came to be.

    It stands also for a month in which nobody passed anything on: that is gathered once, too.
    """

    __tablename__ = "digest_month"
    __table_args__ = (
        CheckConstraint("(made_at IS NULL) = (digests IS NULL)", name="made_has_a_number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    month: Mapped[date] = mapped_column(unique=True)
    made_at: Mapped[datetime | None] = mapped_column(default=None)
    digests: Mapped[int | None] = mapped_column(default=None)
