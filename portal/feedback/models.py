"""What a reporter says about a result."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class Contest(Base):
    """A result called "not resolved" (U1), once for each, for a listed reason, in one message."""

    __tablename__ = "contest"
    __table_args__ = (UniqueConstraint("report_id", "result_number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    result_number: Mapped[int]
    reason: Mapped[str]
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    made_at: Mapped[datetime]
