"""The papers that were made of a report, and whether one can be made of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.cases.models import CaseReport
from portal.casework.rules import works_at
from portal.intake.models import Report
from portal.intake.queries import get_report
from portal.kernel.actor import Actor
from portal.papers.models import ReportPaper


@dataclass(frozen=True, slots=True)
class ReportPaperLine:
    id: UUID
    form: str
    number: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PapersOfReport:
    """What was made of a report, the newest first; `makes` is whether the reader makes more."""

    lines: tuple[ReportPaperLine, ...]
    makes: bool


def get_papers(session: Session, reference: str, actor: Actor) -> PapersOfReport:
    """The papers of a report in the actor's scope; NotFound for any other."""
    report = get_report(session, reference, actor)
    rows = session.scalars(
        select(ReportPaper)
        .where(ReportPaper.report_id == report.id)
        .order_by(ReportPaper.made_at.desc(), ReportPaper.id)
    )
    lines = tuple(ReportPaperLine(one.id, one.form, one.number, one.made_at) for one in rows)
    makes = may(actor, Permission.ENTER_REPORTS) and works_at(actor, report.department_code)
    return PapersOfReport(lines, makes and not is_in_case(session, report))


def is_in_case(session: Session, report: Report) -> bool:
    """Whether a report is in a case, whose papers are made there."""
    there = select(CaseReport.id).where(
        CaseReport.report_id == report.id, CaseReport.left_at.is_(None)
    )
    return session.scalar(there) is not None
