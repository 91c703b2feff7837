"""Whether a report that waits to be taken on is somebody else's already."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.absences import find_present
from portal.accounts.models import Account
from portal.casework.queries.filters import Viewpoint
from portal.casework.rules import works_at
from portal.intake.models import Report
from portal.intake.states import ReportState


def is_spoken_for(session: Session, report: Report, view: Viewpoint) -> bool:
    """Whether a colleague took it off the heap, so that the reader does not decide on it.

    Not for that colleague, from whichever account; not for whoever stands in for them today, and
    not for who gives out the work of the unit.
    """
    has, reader = report.handler_id, view.actor
    if report.state is not ReportState.ROUTED or has is None or has == reader.id:
        return False
    if may(reader, Permission.ASSIGN_REPORTS) and works_at(reader, report.department_code):
        return False
    if find_present(session, has, view.today) == reader.id:
        return False
    persons = select(func.count(Account.person_id.distinct()))
    return session.scalar(persons.where(Account.id.in_({has, reader.id}))) != 1
