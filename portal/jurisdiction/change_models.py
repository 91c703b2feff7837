"""Changes of the place as they are stored until they are published, and who asked for it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.jurisdiction.states import (
    CHANGE_LIFECYCLE,
    REQUEST_LIFECYCLE,
    ChangeState,
    RequestState,
)


class PlaceChange(Base):
    """What somebody wants a row of a table to be (nothing: to be gone), until it is published.

    `before` is the row as it was when the change was drafted; both are as in the file of a pack.
    While it waits for a second person, `request_id` says with what it was handed in.
    """

    __tablename__ = "place_change"
    __table_args__ = (
        Index(
            "uq_place_change_draft",
            "made_by",
            "part",
            "key",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        Index("ix_place_change_version", "version"),
        Index("ix_place_change_request_id", "request_id"),
        Index("ix_place_change_row", "part", "key", "version"),
        CheckConstraint("(state = 'published') = (version IS NOT NULL)", name="published_in"),
    )
    lifecycle = CHANGE_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    part: Mapped[str]
    key: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime]
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.DRAFT)
    version: Mapped[int | None] = mapped_column(default=None)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("place_request.id"), default=None)


class PlaceRequest(Base):
    """Somebody's wish that a second person publish their drafts, for a reason and from a start.

    Persons are kept beside their accounts: the database itself refuses one who publishes what
    they asked for. `answer` is what the second person says who returns it.
    """

    __tablename__ = "place_request"
    __table_args__ = (
        CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)"
            " AND (decided_at IS NULL) = (decided_person IS NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint(
            "state IN ('waiting', 'taken-back') OR decided_person <> asked_person",
            name="second_person",
        ),
        Index(
            "ix_place_request_waiting",
            "asked_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_place_request_asked_by", "asked_by", "decided_at"),
    )
    lifecycle = REQUEST_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    asked_person: Mapped[UUID]
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    starts_at: Mapped[datetime | None]
    state: Mapped[RequestState] = mapped_column(default=RequestState.WAITING)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    decided_person: Mapped[UUID | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    answer: Mapped[str] = mapped_column(default="")
