"""What the service of a decision does: from then on it is in force, and the time to object runs.

How it was served is written down with the paper that carries it (`portal.papers.service.serving`).
"""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import advance, record
from portal.cases.models import Case, CaseParty
from portal.cases.rules import time_from
from portal.cases.service.telling import reports_of
from portal.casework.service.in_hand import touch
from portal.decisions.models import Decision, DecisionMeasure, Service
from portal.decisions.queries.hearings import owed_in
from portal.decisions.queries.kept import why_kept
from portal.decisions.queries.notices import approval_of, told_in
from portal.decisions.rules import notices_before
from portal.decisions.service.drafting import begin_measures_again, end_measures, note_standing
from portal.decisions.service.telling import tell, tell_of_service
from portal.decisions.states import STANDING, DecisionAction, DecisionState
from portal.infra.uow import UnitOfWork
from portal.intake.clocks import happened
from portal.intake.rules import local_date
from portal.intake.states import ReportState
from portal.jurisdiction.place import ClockEvent
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import NoticeEvent, Recipient
from portal.kernel.deadline import Deadline
from portal.kernel.errors import MoveRefused, RuleBroken

# Of a case that is decided a reporter is told, whether or not the own report was looked into yet.
UNTOLD: Final = frozenset({ReportState.ACCEPTED, ReportState.VERIFIED})


def serve_decision(
    uow: UnitOfWork, case: Case, decision: Decision, party: CaseParty, served: Service, form: str
) -> None:
    """Put a decision in force that a paper of this kind carries; the time to object runs.

    One that it replaces ends then, with its measures. Raises MoveRefused for a decision that is
    not approved or has ended, and RuleBroken for a party that it orders nothing of and so does not
    concern, for a day before the approval, for a party that was not told beforehand where the step
    of the place says so, and for one that was still to be heard as it was decided.
    """
    served_on = served.served_on
    _demand_day(decision, served_on)
    _demand_concerned(uow, decision, party)
    _demand_told(uow, case, decision, party.id, form)
    before = _served_on(uow, decision)
    if party.id not in before:
        _demand_heard(uow, case, decision, party.id)
    record(uow, "decision.serve-on", "decision", decision.id, party=party.id.hex)
    if decision.state is DecisionState.APPROVED:
        _put_in_force(uow, decision)
        _have_results_told(uow, case)
    if party.id not in before:
        tell(uow, case, NoticeEvent.SERVED, party=party.id, leave_out=(Recipient.OTHER_REPORTERS,))
        tell_of_service(uow, case, (decision,), reports_of(uow, case))
    note_standing(uow, case)
    # The day of service itself where the place sets no time.
    end = time_from(current_place(), case.department_code, "object", served_on)
    end = end or Deadline(served_on, provisional=False)
    served.decision_id, served.object_by, served.provisional = decision.id, end.on, end.provisional


def take_back_service(uow: UnitOfWork, case: Case, service: Service) -> None:
    """Undo what an entry of service did that has been struck out, if no other says the same.

    Where none is left the decision is approved and not in force, and one that it replaced is in
    force again with its measures.
    """
    decision = uow.session.get_one(Decision, service.decision_id, with_for_update=True)
    uow.session.flush()
    left = _served_on(uow, decision)
    record(uow, "decision.strike-service", "decision", decision.id, party=service.party_id.hex)
    if service.party_id in left:
        return
    if decision.state is DecisionState.IN_FORCE:
        if not left:
            advance(uow, decision, DecisionAction.TAKE_BACK_SERVICE)
            _restore(uow, decision)
        tell(uow, case, NoticeEvent.SERVICE_STRUCK, party=service.party_id)
    note_standing(uow, case)


def demand_not_kept(uow: UnitOfWork, case: Case, service: Service) -> None:
    """Raise RuleBroken for striking out what has to stay; see `why_kept`.

    The service of the decision is struck out before that of its notice, or a review sets it aside.
    """
    if why := why_kept(uow.session, case).get(service.id):
        raise RuleBroken(why)


def _put_in_force(uow: UnitOfWork, decision: Decision) -> None:
    advance(uow, decision, DecisionAction.SERVE)
    if decision.replaces_id is not None:
        before = uow.session.get_one(Decision, decision.replaces_id, with_for_update=True)
        # A review may have set it aside meanwhile.
        if before.state is DecisionState.IN_FORCE:
            advance(uow, before, DecisionAction.REPLACE)
            end_measures(uow, before)


def _have_results_told(uow: UnitOfWork, case: Case) -> None:
    """Have the time run in which reporters without a result are told what came of it."""
    for report in reports_of(uow, case):
        if report.state in UNTOLD:
            happened(uow, report, ClockEvent.DECIDED, report.result_number + 1)
            touch(uow, report)


def _restore(uow: UnitOfWork, decision: Decision) -> None:
    """Have the decision before in force again, unless yet another one has replaced it."""
    if decision.replaces_id is None:
        return
    before = uow.session.get_one(Decision, decision.replaces_id, with_for_update=True)
    never = (DecisionState.DRAFTED, DecisionState.APPROVED, DecisionState.WITHDRAWN)
    also = select(Decision.id).where(
        Decision.replaces_id == before.id,
        Decision.id != decision.id,
        Decision.state.not_in(never),
    )
    if before.state is DecisionState.REPLACED and uow.session.scalar(also.limit(1)) is None:
        advance(uow, before, DecisionAction.RESTORE)
        begin_measures_again(uow, before)


def _demand_day(decision: Decision, served_on: date) -> None:
    if decision.state not in STANDING or decision.approved_at is None:
        raise MoveRefused("decision-not-approved", subject="decision", state=decision.state)
    if served_on < local_date(current_place(), decision.approved_at):
        raise RuleBroken("service-day-impossible")


def _demand_concerned(uow: UnitOfWork, decision: Decision, party: CaseParty) -> None:
    own = DecisionMeasure.decision_id == decision.id, DecisionMeasure.party_id == party.id
    if uow.session.scalar(select(DecisionMeasure.id).where(*own).limit(1)) is None:
        raise RuleBroken("party-without-measure")


def _demand_told(uow: UnitOfWork, case: Case, decision: Decision, party: UUID, form: str) -> None:
    """What is to be ordered was told the party before it was decided, or somebody waived that."""
    if decision.approved_at is None:
        return
    told = told_in(uow.session, case, notices_before(current_place(), form))
    approval = approval_of(uow.session, decision.approved_by, decision.approved_at)
    if why := told.why_untold(party, approval):
        raise RuleBroken(why)


def _demand_heard(uow: UnitOfWork, case: Case, decision: Decision, party: UUID) -> None:
    """A party that asked to be heard was heard before it was decided, or was refused that."""
    if decision.approved_at is None:
        return
    decided_on = local_date(current_place(), decision.approved_at)
    if party in owed_in(uow.session, case, decided_on):
        raise RuleBroken("decided-before-hearing")


def _served_on(uow: UnitOfWork, decision: Decision) -> frozenset[UUID]:
    """The parties on whom it was served, by the entries that are not struck out."""
    wanted = select(Service.party_id).where(
        Service.decision_id == decision.id, Service.struck_at.is_(None)
    )
    return frozenset(uow.session.scalars(wanted))
