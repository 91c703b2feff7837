"""The further places of a report, and who of the staff must not know of it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.intake.states import LEAD_LIFECYCLE, LeadAction, LeadEnding, LeadState

# Said in the same words by the index and by the queries, or the database does not match them.
LEAD_IS_PROVISIONAL = "provisional AND state IN ('routed', 'taken')"
LEAD_IS_AT_WORK = "state IN ('routed', 'taken')"


def _some(name: str, condition: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


class ExclusionCause(StrEnum):
    """Why somebody of the staff must not know of a report (F13)."""

    NAMED = "named"
    DECLARED = "declared"
    STEPPED_ASIDE = "stepped-aside"


class Lead(Base):
    """One more place that a report names, looked into by the unit of that place (A7).

    The report stays one and its unit leads it. `number` counts within the report, which leads it
    as number 0. `asked`, `returned_because` and `summary` are typed by staff and may name people:
    encrypted under the report's key. A returned lead has no unit until it is sent on by hand.
    It is due by `due_on`; its unit is warned once and then once found late, each on `look_on`. It
    keeps its rule as a clock does, and runs by the calendar of its own unit.
    """

    __tablename__ = "lead"
    __table_args__ = (
        UniqueConstraint("report_id", "number"),
        CheckConstraint(
            "state IN ('returned', 'ended') OR department_code IS NOT NULL", name="has_unit"
        ),
        CheckConstraint("state <> 'returned' OR department_code IS NULL", name="sent_back"),
        CheckConstraint("state <> 'taken' OR taken_by IS NOT NULL", name="taken_by_somebody"),
        CheckConstraint("(state = 'reported') = (finding IS NOT NULL)", name="reported_finds"),
        CheckConstraint("(state = 'ended') = (ended_because IS NOT NULL)", name="why_ended"),
        # Which reports a unit knows by a lead.
        Index("ix_lead_unit_report", "department_code", "report_id"),
        # The work of a unit, nearest date first.
        _some("ix_lead_open_unit", LEAD_IS_AT_WORK, "department_code", "due_on", "id"),
        Index("ix_lead_state", "state"),
        _some("ix_lead_provisional", LEAD_IS_PROVISIONAL, "id"),
        # What is to be warned of or found late, and what was.
        _some("ix_lead_look", "look_on IS NOT NULL", "state", "look_on"),
        _some("ix_lead_late", "breached_at IS NOT NULL", "state", "due_on"),
    )
    lifecycle = LEAD_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("lead.id"), default=None)
    region: Mapped[str]
    department_code: Mapped[str | None]
    state: Mapped[LeadState] = mapped_column(default=LeadState.ROUTED)
    version: Mapped[int] = mapped_column(default=1)
    rule_id: Mapped[str] = mapped_column(server_default="")
    place_version: Mapped[int] = mapped_column(server_default="0")
    starts_on: Mapped[date] = mapped_column(server_default="1970-01-01")
    provisional: Mapped[bool] = mapped_column(server_default=false())
    due_on: Mapped[date]
    warn_on: Mapped[date] = mapped_column(server_default="9999-12-31")
    look_on: Mapped[date | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    asked: Mapped[bytes | None] = mapped_column(default=None)
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    returned_because: Mapped[bytes | None] = mapped_column(default=None)
    finding: Mapped[str | None] = mapped_column(default=None)
    summary: Mapped[bytes | None] = mapped_column(default=None)
    ended_because: Mapped[LeadEnding | None] = mapped_column(default=None)
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    breached_at: Mapped[datetime | None] = mapped_column(default=None)
    changed_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy

    @property
    def open_actions(self) -> tuple[LeadAction, ...]:
        """What may be done next."""
        return self.lifecycle.actions_from(self.state)


class ReportExclusion(Base):
    """Somebody of the staff who must not know of a report, whatever their roles (F13).

    It holds for the person (`Account.person_id`), by every account they have or are given later.
    Nobody is shown why; the cause says where it came from and quotes nothing. `shared_by` is the
    report that it was made for, where this one is only merged with that.
    """

    __tablename__ = "report_exclusion"
    __table_args__ = (
        Index("ix_report_exclusion_report_id", "report_id"),
        _some("ix_report_exclusion_shared_by", "shared_by IS NOT NULL", "shared_by"),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    cause: Mapped[ExclusionCause]
    made_at: Mapped[datetime]
    shared_by: Mapped[UUID | None] = mapped_column(default=None)
