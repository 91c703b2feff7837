"""Keys of partners, and what came in by each."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class PartnerKey(Base):
    """What lets a partner's machine send reports, and nothing else.

    Of the key there is its SHA-256 only: it has 256 random bits, so that no slow hash is needed.
    `category` is where reports lie whose format knows no categories of ours.
    """

    __tablename__ = "partner_key"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    category: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    expires_on: Mapped[date]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class PartnerReport(Base):
    """That a report came in by a key."""

    __tablename__ = "partner_report"
    __table_args__ = (Index("ix_partner_report_key_id", "key_id", "at"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("partner_key.id"))
    at: Mapped[datetime]
