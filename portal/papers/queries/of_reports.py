"""The papers that were made of a report, and whether one can be made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.cases.models import CaseReport
from portal.casework.rules import works_at
from portal.intake.models import Report
from portal.intake.queries import get_report, key_of
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.papers.models import ReportPaper


@dataclass(frozen=True, slots=True)
class ReportPaperLine:
    id: UUID
    form: str
    number: str
    made_at: datetime
    struck_at: datetime | None
    struck_because: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PapersOfReport:
    """What was made of a report, the newest first.

    `makes` is whether the reader makes more, `strikes` whether they take back what was wrong.
    """

    lines: tuple[ReportPaperLine, ...]
    makes: bool
    strikes: bool

    def open_to_strike(self, paper_id: UUID) -> ReportPaperLine:
        """The paper, if the reader may take it back; NotFound for any other."""
        for one in self.lines:
            if one.id == paper_id and self.strikes and one.struck_at is None:
                return one
        raise NotFound("paper")


def get_papers(session: Session, reference: str, actor: Actor) -> PapersOfReport:
    """The papers of a report in the actor's scope; NotFound for any other."""
    report = get_report(session, reference, actor)
    rows = session.scalars(
        select(ReportPaper)
        .where(ReportPaper.report_id == report.id)
        .order_by(ReportPaper.made_at.desc(), ReportPaper.id)
    )
    key = key_of(report)
    lines = tuple(
        ReportPaperLine(
            one.id,
            one.form,
            one.number,
            one.made_at,
            one.struck_at,
            key.decrypt_text(one.struck_because, struck_context(one.id))
            if one.struck_because
            else "",
        )
        for one in rows
    )
    works = may(actor, Permission.ENTER_REPORTS) and works_at(actor, report.department_code)
    return PapersOfReport(lines, works and not is_in_case(session, report), works)


def struck_context(paper_id: UUID) -> str:
    """The one place that the reason may stand in."""
    return f"report_paper.struck_because:{paper_id}"


def is_in_case(session: Session, report: Report) -> bool:
    """Whether a report is in a case, whose papers are made there."""
    there = select(CaseReport.id).where(
        CaseReport.report_id == report.id, CaseReport.left_at.is_(None)
    )
    return session.scalar(there) is not None
