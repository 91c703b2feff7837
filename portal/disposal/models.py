"""How long each record is kept, lists of what is to be destroyed, legal holds, and what is left.

Nothing here says what a record said. A row whose record was destroyed is its tombstone.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.disposal.states import (
    DISPOSAL_LIFECYCLE,
    LIST_LIFECYCLE,
    DisposalAction,
    DisposalState,
    ListAction,
    ListState,
    NotDisposed,
)
from portal.infra.database import Base

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_SCHEDULED = "retention_item.state = 'scheduled'"
IS_DISPOSED = "retention_item.state = 'disposed'"
HAS_IDENTITY = "retention_item.identity_on IS NOT NULL"
IS_LIVE = "lifted_at IS NULL"
_ONE_RECORD = "(report_id IS NULL) <> (case_id IS NULL)"


def _some(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    where = text(condition.removeprefix("retention_item."))
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class DisposalList(Base):
    """Records that one person wants destroyed and another natural person decides on.

    Persons are kept beside their accounts: the database itself refuses one who approves their own.
    """

    __tablename__ = "disposal_list"
    __table_args__ = (
        CheckConstraint(
            "state <> 'approved' OR decided_person <> proposed_person", name="two_people"
        ),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(decided_at IS NULL) = (decided_person IS NULL)", name="by_somebody"),
    )
    lifecycle = LIST_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    number: Mapped[int] = mapped_column(unique=True)
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    proposed_person: Mapped[UUID]
    proposed_at: Mapped[datetime]
    total: Mapped[int]
    state: Mapped[ListState] = mapped_column(default=ListState.PROPOSED)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    decided_person: Mapped[UUID | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[ListAction, ...]:
        """What may become of it next."""
        return self.lifecycle.actions_from(self.state)


class RetentionItem(Base):
    """A report or a case that has ended, and until when it is kept; once destroyed, its tombstone.

    The tombstone names its list, the two who decided and the entry at which the trail of the record
    stood. It has no foreign keys to accounts: a backup may not know whoever came later.
    """

    __tablename__ = "retention_item"
    __table_args__ = (
        CheckConstraint(_ONE_RECORD, name="one_record"),
        CheckConstraint("(state = 'disposed') = (disposed_at IS NOT NULL)", name="disposed_at"),
        CheckConstraint(
            "state NOT IN ('proposed', 'approved') OR list_id IS NOT NULL", name="on_a_list"
        ),
        _some("ix_retention_item_due", IS_SCHEDULED, "due_on", "id"),
        _some("ix_retention_item_due_unit", IS_SCHEDULED, "department_code", "due_on", "id"),
        _some("ix_retention_item_identity", HAS_IDENTITY, "identity_on", "id"),
        _some("ix_retention_item_disposed", IS_DISPOSED, "disposed_at", "id"),
        Index("ix_retention_item_list_id", "list_id"),
    )
    lifecycle = DISPOSAL_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("report.id"), unique=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), unique=True)
    department_code: Mapped[str | None]
    series: Mapped[str]
    place_version: Mapped[int]
    starts_on: Mapped[date]
    due_on: Mapped[date]
    identity_on: Mapped[date | None]
    state: Mapped[DisposalState] = mapped_column(default=DisposalState.SCHEDULED)
    list_id: Mapped[UUID | None] = mapped_column(ForeignKey("disposal_list.id"), default=None)
    put_back_because: Mapped[NotDisposed | None] = mapped_column(default=None)
    disposed_at: Mapped[datetime | None] = mapped_column(default=None)
    list_number: Mapped[int | None] = mapped_column(default=None)
    proposed_by: Mapped[UUID | None] = mapped_column(default=None)
    approved_by: Mapped[UUID | None] = mapped_column(default=None)
    trail_seq: Mapped[int | None] = mapped_column(default=None)
    trail_hash: Mapped[str | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[DisposalAction, ...]:
        """What may become of it next."""
        return self.lifecycle.actions_from(self.state)


class LegalHold(Base):
    """That a record is kept whatever its time says: a court, an audit, a claim (U9).

    `words` holds basis and reason, `lifting` why it ended, as JSON and text under the key of the
    record. `until_on` is when somebody looks at it again; nothing ends by itself. Another natural
    person than whoever placed it lifts it, and the database refuses the same.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint(_ONE_RECORD, name="one_record"),
        CheckConstraint("lifted_person <> placed_person", name="two_people"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_person IS NULL)", name="by_somebody"),
        _some("ix_legal_hold_report", IS_LIVE, "report_id", unique=True),
        _some("ix_legal_hold_case", IS_LIVE, "case_id", unique=True),
        _some("ix_legal_hold_until", IS_LIVE, "until_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("report.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    words: Mapped[bytes]
    until_on: Mapped[date]
    placed_at: Mapped[datetime]
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    placed_person: Mapped[UUID]
    lifting: Mapped[bytes | None] = mapped_column(default=None)
    lifted_at: Mapped[datetime | None] = mapped_column(default=None)
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    lifted_person: Mapped[UUID | None] = mapped_column(default=None)


def words_context(hold_id: UUID) -> str:
    """The one place basis and reason of a hold may stand in."""
    return f"legal_hold.words:{hold_id}"


def lifting_context(hold_id: UUID) -> str:
    """The one place the reason for lifting a hold may stand in."""
    return f"legal_hold.lifting:{hold_id}"
