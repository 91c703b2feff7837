"""Reports that join a case which is decided already: told so at once, and owed their result."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.cases.models import Case, CaseReport
from portal.casework.service.in_hand import touch
from portal.decisions.models import Decision
from portal.decisions.service.serving import UNTOLD
from portal.decisions.service.telling import tell_reporter
from portal.decisions.states import DecisionState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks import happened
from portal.intake.models import Report
from portal.jurisdiction.place import ClockEvent
from portal.jurisdiction.tables import NoticeEvent
from portal.kernel.actor import Actor
from portal.triage.relations import list_following

_JOINED: Final = "report.joined-decided"


def tell_who_joined(link_id: UUID, *, actor: Actor) -> None:
    """Tell the reporter of a report that joined a case of the decision in force, and owe a result.

    The time for the result runs from the day on which the report joined. Those whose reports are
    merged into it are told too. Safe to run twice, and for a report that was taken out and put in
    again: what was told is on the trail of the report. Of a decision that is not in force yet they
    are told with the others when it is served.
    """
    with unit_of_work(actor) as uow:
        link = uow.session.get_one(CaseReport, link_id)
        case = uow.session.get_one(Case, link.case_id, with_for_update=True)
        if link.left_at is not None or not _in_force(uow, case):
            return
        report = uow.session.get_one(Report, link.report_id, with_for_update=True)
        for one in (report, *list_following(uow, report)):
            if one.state in UNTOLD and not _was_told(uow, one, case):
                happened(uow, one, ClockEvent.DECIDED, one.result_number + 1)
                tell_reporter(uow, one, NoticeEvent.SERVED)
                record(uow, _JOINED, "report", one.id, number=case.number)
                touch(uow, one)


def _in_force(uow: UnitOfWork, case: Case) -> bool:
    wanted = Decision.case_id == case.id, Decision.state == DecisionState.IN_FORCE
    return uow.session.scalar(select(Decision.id).where(*wanted).limit(1)) is not None


def _was_told(uow: UnitOfWork, report: Report, case: Case) -> bool:
    """Whether the report joined this case before, when it was decided already."""
    wanted = AuditEvent.subject_id == report.id, AuditEvent.action == _JOINED
    entries = uow.session.scalars(select(AuditEvent.details).where(*wanted))
    return any(one["number"] == case.number for one in entries)
