"""Where complaints stood after each entry of the trail, as their people were told then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.intake.models import Report
from portal.intake.states import PublicStage, ReportState, public_stage
from portal.rights_holders.models import Complaint, Organisation
from portal.rights_holders.queries.complaints import find_own
from portal.rights_holders.rules.webhooks import waits_after
from portal.rights_holders.states import ComplaintState

Rows = Mapping[UUID, tuple[Complaint, Report | None]]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """From when on a complaint stood where; `stage` is that of its report."""

    at: datetime
    state: ComplaintState
    stage: PublicStage | None


@dataclass(frozen=True, slots=True)
class Stood:
    """What is said of a complaint after an entry, and whether that was another thing before it."""

    said: Mapping[str, object]
    changed: bool


def standings_of(own: Sequence[AuditEvent], rows: Rows) -> dict[int, Stood]:
    """Where each complaint stood after each entry: from where it stands now, one step back each."""
    now: dict[UUID, _Standing] = {}
    found: dict[int, Stood] = {}
    for entry in reversed(own):
        complaint, report = rows[entry.subject_id]  # type: ignore[index]
        standing = now.setdefault(complaint.id, _Standing(complaint, report))
        standing.be_after(entry)
        said = standing.said()
        standing.be_before(entry)
        found[entry.seq] = Stood(said, changed=said != standing.said())
    return found


class _Standing:
    """A complaint and its report at some moment."""

    def __init__(self, complaint: Complaint, report: Report | None) -> None:
        self.number, self.complaint = complaint.number, complaint.state
        self.reference = report.reference if report else None
        self.report = report.state if report else ReportState.RECEIVED
        self.waits = report is not None and report.waiting_since is not None

    def be_after(self, entry: AuditEvent) -> None:
        """What the entry says that it led to."""
        self._be(entry, "after")
        waits = waits_after(entry.action, entry.details)
        self.waits = self.waits if waits is None else waits

    def be_before(self, entry: AuditEvent) -> None:
        """What the entry says that it began with."""
        self._be(entry, "before")
        waits = waits_after(entry.action, entry.details)
        self.waits = self.waits if waits is None else not waits

    def _be(self, entry: AuditEvent, when: str) -> None:
        state = entry.details.get(when)
        if entry.subject_kind == "complaint" and state in set(ComplaintState):
            self.complaint = ComplaintState(state)
        elif entry.subject_kind == "report" and state in set(ReportState):
            self.report = ReportState(state)

    def stands(self) -> tuple[ComplaintState, PublicStage | None]:
        """Its state, and the stage of its report once it has one."""
        if self.reference is None or self.complaint is not ComplaintState.FILED:
            return self.complaint, None
        return self.complaint, public_stage(self.report, waiting_for_reporter=self.waits)

    def said(self) -> dict[str, object]:
        """Which complaint it is, and where it stands."""
        state, stage = self.stands()
        reference = self.reference if stage else None
        said = {"reference": reference, "stage": stage.value if stage else None}
        return {"complaint": self.number, "state": state.value, **said}


def list_history(session: Session, organisation: Organisation, number: int) -> list[HistoryLine]:
    """Where a complaint has stood, from its beginning; NotFound for none of the organisation's."""
    complaint = find_own(session, organisation, number)
    report = session.get(Report, complaint.report_id) if complaint.report_id else None
    rows = {one.id: (complaint, report) for one in (complaint, report) if one is not None}
    own = session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.subject_id.in_(rows), AuditEvent.subject_kind.in_(("complaint", "report"))
        )
        .order_by(AuditEvent.seq)
    ).all()
    standing = _Standing(complaint, report)
    lines: list[HistoryLine] = []
    for entry in reversed(own):
        standing.be_after(entry)
        after = standing.stands()
        standing.be_before(entry)
        if after != standing.stands():
            lines.append(HistoryLine(entry.at, *after))
    return [HistoryLine(complaint.made_at, *standing.stands()), *reversed(lines)]
