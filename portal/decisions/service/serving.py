"""Serving a decision: from then on it is in force, and the time to object runs."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.trail import advance, record
from portal.cases.models import CaseParty
from portal.cases.service.in_hand import last_day, take, today, touch
from portal.decisions.models import Decision, DecisionMeasure, DecisionService
from portal.decisions.service.access import party_of
from portal.decisions.service.drafting import end_measures, get_decision, note_standing
from portal.decisions.service.telling import tell
from portal.decisions.states import STANDING, DecisionAction, DecisionState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import NoticeEvent, Recipient
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, RuleBroken


@dataclass(frozen=True, slots=True)
class ServeDecision:
    """That a decision was served on a party, and on which day."""

    number: str
    decision: int
    party: UUID
    served_on: date
    seen_version: int | None = None


def serve_decision(command: ServeDecision, *, actor: Actor) -> None:
    """Note that a decision was served on a party; the first service puts it in force.

    One that it replaces ends then, with its measures. Raises MoveRefused for a decision that is
    not approved or has ended, and RuleBroken for a second service on one party, for a party that
    it orders nothing of and so does not concern, and for a day to come or before the approval.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        decision = get_decision(uow, case, command.decision)
        party = party_of(uow, case, command.party)
        _demand_day(uow, decision, command.served_on)
        earlier = _count_services(uow, decision, None)
        if _count_services(uow, decision, party.id):
            raise RuleBroken("served-already")
        _demand_concerned(uow, decision, party)
        uow.session.add(
            DecisionService(
                decision_id=decision.id,
                party_id=party.id,
                served_on=command.served_on,
                object_by=_object_by(command.served_on),
                at=uow.now,
                by=actor.id,
            )
        )
        record(uow, "decision.serve-on", "decision", decision.id, party=party.id.hex)
        if decision.state is DecisionState.APPROVED:
            _put_in_force(uow, decision)
        told_already = (Recipient.OTHER_REPORTERS,) if earlier else ()
        tell(uow, case, NoticeEvent.SERVED, party=party.id, leave_out=told_already)
        note_standing(uow, case)
        touch(uow, case)


def _put_in_force(uow: UnitOfWork, decision: Decision) -> None:
    advance(uow, decision, DecisionAction.SERVE)
    if decision.replaces_id is not None:
        before = uow.session.get_one(Decision, decision.replaces_id, with_for_update=True)
        # A review may have set it aside meanwhile.
        if before.state is DecisionState.IN_FORCE:
            advance(uow, before, DecisionAction.REPLACE)
            end_measures(uow, before)


def _demand_day(uow: UnitOfWork, decision: Decision, served_on: date) -> None:
    if decision.state not in STANDING or decision.approved_at is None:
        raise MoveRefused("decision-not-approved", subject="decision", state=decision.state)
    approved_on = local_date(current_place(), decision.approved_at)
    if not approved_on <= served_on <= today(uow):
        raise RuleBroken("service-day-impossible")


def _demand_concerned(uow: UnitOfWork, decision: Decision, party: CaseParty) -> None:
    own = DecisionMeasure.decision_id == decision.id, DecisionMeasure.party_id == party.id
    if uow.session.scalar(select(DecisionMeasure.id).where(*own).limit(1)) is None:
        raise RuleBroken("party-without-measure")


def _count_services(uow: UnitOfWork, decision: Decision, party: UUID | None) -> int:
    wanted = select(func.count()).where(DecisionService.decision_id == decision.id)
    if party is not None:
        wanted = wanted.where(DecisionService.party_id == party)
    return uow.session.scalar(wanted) or 0


def _object_by(served_on: date) -> date:
    """The last day to object; the day of service itself where the place sets no time."""
    return last_day("object", served_on) or served_on
