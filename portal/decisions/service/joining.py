"""Reports that join a case which is decided already: told so at once, and owed their result."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseReport
from portal.casework.service.in_hand import touch
from portal.decisions.models import Decision
from portal.decisions.service.serving import UNTOLD
from portal.decisions.service.telling import JOINED, named, tell_of_service
from portal.decisions.states import DecisionState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks import happened
from portal.intake.models import Report
from portal.jurisdiction.place import ClockEvent
from portal.kernel.actor import Actor
from portal.triage.relations import list_following


def tell_who_joined(link_id: UUID, *, actor: Actor) -> None:
    """Tell the reporter of a report that joined a case of the decision in force, and owe a result.

    The time for the result runs from the day on which the report joined. Those whose reports are
    merged into it are told too. Safe to run twice, and for a report that was taken out and put in
    again or was told with the others: of which decision it was told is on its trail. Of a decision
    that is not in force yet they are told with the others when it is served.
    """
    with unit_of_work(actor) as uow:
        link = uow.session.get_one(CaseReport, link_id)
        case = uow.session.get_one(Case, link.case_id, with_for_update=True)
        decisions = _in_force(uow, case)
        if link.left_at is not None or not decisions:
            return
        report = uow.session.get_one(Report, link.report_id, with_for_update=True)
        owed = [one for one in (report, *list_following(uow, report)) if one.state in UNTOLD]
        for one in tell_of_service(uow, case, decisions, owed):
            happened(uow, one, ClockEvent.DECIDED, one.result_number + 1)
            of = {"number": case.number, "decisions": named(decisions)}
            record(uow, JOINED, "report", one.id, **of)
            touch(uow, one)


def _in_force(uow: UnitOfWork, case: Case) -> Sequence[Decision]:
    wanted = Decision.case_id == case.id, Decision.state == DecisionState.IN_FORCE
    return uow.session.scalars(select(Decision).where(*wanted).order_by(Decision.number)).all()
