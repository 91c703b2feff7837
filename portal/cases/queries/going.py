"""Whether a case may go to another unit: as a lead, as joint work, or as a whole (F9, F13, F21)."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.access.permissions import GRANTS, Permission
from portal.cases.models import Case, CaseReport
from portal.cases.oversight_models import Supervision
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.triage.wall import may_have_it

_AT_CASES: Final = tuple(role for role, given in GRANTS.items() if Permission.WORK_CASES in given)


def is_closed_to_others(session: Session, case: Case) -> bool:
    """Whether few may know of a case, or of a report that is or was in it, or follows one (F21)."""
    if case.restricted or case.conflict:
        return True
    closed = or_(Report.restricted, Report.conflict)
    asked = (one.where(closed).exists() for one in ever_in(case.id))
    return bool(session.scalar(select(or_(*asked))))


def why_not_elsewhere(session: Session, case: Case, unit: str) -> str | None:
    """The code of what keeps anything of a case from a unit.

    It is none, or a body outside the office, where nobody could answer here, or the case's own,
    or few may know of the case.
    """
    return next(_elsewhere(session, case, unit), None)


def why_it_stays(session: Session, case: Case, unit: str, region: str) -> str | None:
    """The code of what keeps a whole case from a unit of the office.

    Beside what `why_not_elsewhere` says: it has nobody who works on cases and may know of every
    report that is or was in it; and for a supervised case it lies outside the region of the office
    that supervises it, or is that office.
    """
    return next(_as_a_whole(session, case, unit, region), None)


def _elsewhere(session: Session, case: Case, unit: str) -> Iterator[str]:
    if unit not in current_place().departments:
        yield "department-unknown"
    if current_place().is_outside(unit):
        yield "unit-outside-the-office"
    if is_closed_to_others(session, case):
        yield "case-closed-to-others"
    if unit == case.department_code:
        yield "department-has-it-already"


def _as_a_whole(session: Session, case: Case, unit: str, region: str) -> Iterator[str]:
    yield from _elsewhere(session, case, unit)
    reports = [one for asked in ever_in(case.id) for one in session.scalars(asked)]
    if reports and not may_have_it(session, reports[0], unit, reports[1:], _AT_CASES):
        yield "nobody-there-may-have-it"
    live = select(Supervision.unit_code).where(
        Supervision.case_id == case.id, Supervision.released_at.is_(None)
    )
    for office in session.scalars(live):
        if office == unit or not current_place().inside(region, office.partition("@")[2]):
            yield "supervised-here"


def ever_in(case_id: UUID) -> tuple[Select[Report], Select[Report]]:
    """The reports that are or were in a case, and those merged into one of them."""
    ever = select(CaseReport.report_id).where(CaseReport.case_id == case_id)
    return (
        select(Report).where(Report.id.in_(ever)),
        select(Report).where(Report.merged_into.in_(ever)),
    )
