"""Hand-overs as they are stored: what went to whom, how, and what came back."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.jurisdiction.tables import Way
from portal.transfers.states import (
    HAND_OVER_LIFECYCLE,
    Carrier,
    FileForm,
    HandOverAction,
    HandOverResult,
    HandOverState,
)

# Said in the same words by the indexes and by the queries, or the database does not match them.
HAND_OVER_IS_OPEN = "state IN ('prepared', 'ready', 'unconfirmed', 'sent', 'received')"
_OPEN = text(HAND_OVER_IS_OPEN)


class HandOver(Base):
    """A matter passed on to a body outside the office, and what became of it (B14).

    `number` counts within the report, and is the round of the clock that waits for the answer.
    What people typed, and what the other body wrote, is in `words`: one JSON document under a key
    of its own, which goes when the words of the report are erased. `failure` is a code.
    """

    __tablename__ = "hand_over"
    __table_args__ = (
        UniqueConstraint("report_id", "number"),
        # One body has a matter once at a time, whoever is quicker.
        Index(
            "uq_hand_over_open",
            "report_id",
            "department_code",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # The list of the desk: what is out, the oldest first.
        Index("ix_hand_over_open", "made_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("(words IS NULL) = (words_key IS NULL)", name="key_with_words"),
        CheckConstraint(
            "state NOT IN ('sent', 'received', 'answered', 'returned') OR sent_on IS NOT NULL",
            name="sent_has_day",
        ),
        CheckConstraint("(state = 'answered') = (result IS NOT NULL)", name="answer_has_result"),
    )
    lifecycle = HAND_OVER_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    department_code: Mapped[str]
    sender_code: Mapped[str | None]
    way: Mapped[Way]
    state: Mapped[HandOverState] = mapped_column(default=HandOverState.PREPARED)
    version: Mapped[int] = mapped_column(default=1)
    parts: Mapped[list[str]]
    language: Mapped[str]
    words_key: Mapped[bytes | None]
    words: Mapped[bytes | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    bundle_id: Mapped[UUID | None] = mapped_column(ForeignKey("made_file.id"), default=None)
    carrier: Mapped[Carrier | None] = mapped_column(default=None)
    by_mail: Mapped[bool] = mapped_column(default=False)
    failure: Mapped[str | None] = mapped_column(default=None)
    sent_on: Mapped[date | None] = mapped_column(default=None)
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    received_on: Mapped[date | None] = mapped_column(default=None)
    result: Mapped[HandOverResult | None] = mapped_column(default=None)
    ended_on: Mapped[date | None] = mapped_column(default=None)
    changed_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy

    @property
    def open_actions(self) -> tuple[HandOverAction, ...]:
        """What may be done next."""
        return self.lifecycle.actions_from(self.state)


class HandOverFile(Base):
    """A file that was chosen to go with a hand-over, and in which form.

    The file itself may be erased later; that it went stays known.
    """

    __tablename__ = "hand_over_file"

    hand_over_id: Mapped[UUID] = mapped_column(ForeignKey("hand_over.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(primary_key=True)
    form: Mapped[FileForm]


def words_context(hand_over_id: UUID) -> str:
    """The one place the words of a hand-over may stand in."""
    return f"hand_over.words:{hand_over_id}"
