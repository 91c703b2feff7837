"""The chain from printer to shop, and the leads of a case to other places, as they are stored."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.cases.states import (
    CASE_LEAD_LIFECYCLE,
    FOR_LEADS,
    FOR_OFFERS,
    CaseLeadAction,
    CaseLeadState,
    ChainDirection,
)
from portal.infra.database import Base

# Said in the same words by the index and by the queries, or the database does not match them.
LEAD_WAITS = "state IN ('sent', 'assigned')"
LEAD_IS_LATE = "state IN ('sent', 'assigned') AND escalated_at IS NULL"
LEAD_IS_DISPUTED = "state = 'disputed'"


def _some(name: str, condition: str, *columns: str) -> Index:
    where = text(condition)
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class CaseEdge(Base):
    """That one party of a case supplies another, and what shows it (B13, C9, F18).

    Never a reporter: both ends are parties. `evidence` says what shows it and is encrypted under
    the key of the case; a paper of the file may stand beside it.
    """

    __tablename__ = "case_edge"
    __table_args__ = (
        CheckConstraint("supplier_id <> customer_id", name="two_ends"),
        Index("ix_case_edge_case_id", "case_id", "added_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("case_party.id"))
    evidence: Mapped[bytes]
    paper_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_paper.id"))
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    struck_at: Mapped[datetime | None] = mapped_column(default=None)


class CaseLead(Base):
    """That a case leads to another place, or is offered as a `whole` to another unit (A7, F9).

    `number` counts within the case. `words` holds what is asked, and why it was returned, under a
    key of its own: both units read it. Of the case that it comes from the other unit learns the
    number and nothing that is in it; of a whole case the `parts` that were chosen, and once it has
    accepted everything. The second return goes to the office above both units. An offer has no
    direction, and says in `from_code` which unit made it.
    """

    __tablename__ = "case_lead"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("(state = 'followed') = (to_case_id IS NOT NULL)", name="followed_by_case"),
        CheckConstraint("whole = (direction IS NULL)", name="lead_has_direction"),
        CheckConstraint("whole = (from_code IS NOT NULL)", name="offer_has_sender"),
        _some("ix_case_lead_waits", LEAD_WAITS, "department_code", "due_on", "id"),
        _some("ix_case_lead_late", LEAD_IS_LATE, "due_on"),
        _some("ix_case_lead_disputed", LEAD_IS_DISPUTED, "changed_at", "id"),
        Index("ix_case_lead_to_case_id", "to_case_id"),
    )
    lifecycle = CASE_LEAD_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    number: Mapped[int]
    region: Mapped[str]
    department_code: Mapped[str]
    direction: Mapped[ChainDirection | None]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_party.id"))
    words_key: Mapped[bytes]
    words: Mapped[bytes]
    sent_at: Mapped[datetime]
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
    # Until when the unit takes it on or sends it back; no answer is seen by the office above.
    due_on: Mapped[date]
    escalated_at: Mapped[datetime | None] = mapped_column(default=None)
    returns: Mapped[int] = mapped_column(default=0)
    state: Mapped[CaseLeadState] = mapped_column(default=CaseLeadState.SENT)
    version: Mapped[int] = mapped_column(default=1)
    to_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), default=None)
    whole: Mapped[bool] = mapped_column(default=False, server_default=false())
    from_code: Mapped[str | None] = mapped_column(default=None)
    parts: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    # When the head was told that nobody had answered an offer: before the office above is.
    head_told_at: Mapped[datetime | None] = mapped_column(default=None)
    # `due_on` runs into a year that is not announced yet.
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy

    @property
    def open_actions(self) -> tuple[CaseLeadAction, ...]:
        """What may be done next."""
        others = FOR_LEADS if self.whole else FOR_OFFERS
        return tuple(one for one in self.lifecycle.actions_from(self.state) if one not in others)


def lead_context(lead_id: UUID) -> str:
    """The one place the words of a lead may stand in."""
    return f"case_lead.words:{lead_id}"
