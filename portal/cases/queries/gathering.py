"""Reports that were picked on a list, and what stands against each being in a case."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.cases.models import CaseReport
from portal.cases.rules import MAY_JOIN, may_work
from portal.intake.models import Report
from portal.intake.queries import in_scope
from portal.intake.states import ReportState
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class JoinLine:
    """A picked report; `why` is the code of what stands against it."""

    reference: str
    state: ReportState
    department: str | None
    why: str | None


def list_joinable(
    session: Session, references: Sequence[str], actor: Actor
) -> tuple[JoinLine, ...]:
    """The picked reports in the actor's scope, in their order; what is out of it is left out."""
    held = exists().where(CaseReport.report_id == Report.id, CaseReport.left_at.is_(None))
    found = session.execute(
        select(Report, held.label("held")).where(Report.reference.in_(references), in_scope(actor))
    )
    lines = {row.Report.reference: _line(row.Report, actor, held=row.held) for row in found}
    return tuple(lines[one] for one in references if one in lines)


def _line(report: Report, actor: Actor, *, held: bool) -> JoinLine:
    why = _why_not(report, actor, held=held)
    return JoinLine(report.reference, report.state, report.department_code, why)


def _why_not(report: Report, actor: Actor, *, held: bool) -> str | None:
    """The code with which `open_case` would refuse it."""
    if report.merged_into is not None:
        return "report-is-merged"
    if report.state not in MAY_JOIN or report.department_code is None:
        return "report-not-taken-on"
    if not may_work(actor, report.department_code):
        return "not-your-case"
    return "report-in-a-case" if held else None
