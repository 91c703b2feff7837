"""Who may be given a case or a task of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.absences import Colleague
from portal.cases.models import CaseReport
from portal.cases.queries.access import get_case
from portal.casework.queries.staff import list_holders
from portal.intake.lead_models import ReportExclusion
from portal.kernel.actor import Actor


def list_owners(session: Session, number: str, actor: Actor) -> list[Colleague]:
    """Everybody of the unit who may have a part in this case; NotFound outside the scope."""
    case = get_case(session, number, actor)
    excluded = (
        select(ReportExclusion.account_id)
        .join(CaseReport, CaseReport.report_id == ReportExclusion.report_id)
        .where(CaseReport.case_id == case.id)
    )
    return list_holders(session, case.department_code, actor, excluded)
