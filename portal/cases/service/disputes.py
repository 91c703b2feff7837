"""Leads that came back: sent again, and after the second return decided by the office above (F9).

No clock of a report moves by any of it: what its reporter was promised stays.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.chain_models import LEAD_IS_LATE, CaseLead
from portal.cases.queries.disputes import demand_impartial, get_dispute
from portal.cases.rules import HEAD_DAYS
from portal.cases.service.chain import demand_elsewhere, lock_case_of, move, say, wait_anew
from portal.cases.service.in_hand import take_open, touch
from portal.cases.states import CaseLeadAction
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.desks import at_the_desks_of
from portal.intake.rules import local_date
from portal.jurisdiction.calendar import Calendar
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, days_before
from portal.kernel.errors import MoveRefused, NotFound


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Sending a lead that came back once more, there or to another unit."""

    number: str
    lead_id: UUID
    region: str
    unit: str
    asked: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class DecideDispute:
    """Whose a lead is, as the office above both decides, and why."""

    lead_id: UUID
    to_receiver: bool
    reason: str = field(repr=False)
    seen_version: int | None = None


def send_again(command: SendAgain, *, actor: Actor) -> None:
    """Send a lead that came back; its time begins again, the count of returns does not."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_elsewhere(uow, case, command.unit)
        lead = uow.session.get(CaseLead, command.lead_id, with_for_update=True)
        if lead is None or lead.case_id != case.id or lead.whole:
            raise NotFound("case-lead")
        lead.lifecycle.after(lead.state, CaseLeadAction.SEND_AGAIN)
        lead.region, lead.department_code = command.region, command.unit
        wait_anew(uow, lead)
        say(lead, asked=command.asked)
        move(uow, lead, case, CaseLeadAction.SEND_AGAIN)
        touch(uow, case)


def decide_dispute(command: DecideDispute, *, actor: Actor) -> None:
    """Give a lead or a case to the unit it was sent to, which cannot return it, or leave it.

    For the office above both only: NotFound for anybody else. Raises MoveRefused once decided, and
    RuleBroken for a person who had a part in it (see `demand_impartial`).
    """
    demand(actor, Permission.SUPERVISE_CASES)
    action = CaseLeadAction.ASSIGN if command.to_receiver else CaseLeadAction.KEEP
    with unit_of_work(actor) as uow:
        lock_case_of(uow, command.lead_id)
        lead, case = get_dispute(uow.session, command.lead_id, actor, for_update=True)
        if command.seen_version is not None and lead.version != command.seen_version:
            raise MoveRefused("changed-meanwhile", subject="case_lead", state=lead.state)
        lead.lifecycle.after(lead.state, action)
        demand_impartial(uow.session, lead, case, actor)
        wait_anew(uow, lead)
        say(lead, decided=command.reason)
        move(uow, lead, case, action)


def watch_case_leads(*, actor: Actor) -> int:
    """Note the leads nobody has answered in time, which the office above sees; return how many.

    Of a whole case the head of the unit is told first, and the office above some days later. In the
    office hours of the unit that is silent. Safe to run twice: each is noted once.
    """
    place, now = current_place(), datetime.now(UTC)
    day = local_date(place, now)
    silent = at_the_desks_of(
        *(CaseLead.department_code, place, now), lambda days: _is_to_note(day, days)
    )
    if silent is None:
        return 0
    late = db.session.scalars(
        select(CaseLead.id).where(text(LEAD_IS_LATE), CaseLead.due_on < day, silent).limit(200)
    ).all()
    for lead_id in late:
        with unit_of_work(actor) as uow:
            lead = uow.session.get_one(CaseLead, lead_id, with_for_update=True)
            if lead.escalated_at is None:
                what = _note_silence(lead, uow.now)
                record(uow, what, "case", lead.case_id, lead=lead.id.hex)
    return len(late)


def _is_to_note(day: date, days: Calendar) -> ColumnElement[bool]:
    """Of a whole case the office above learns so many working days after the head."""
    above = days_before(day, HEAD_DAYS, DayUnit.WORKING, days)
    return or_(~CaseLead.whole, CaseLead.head_told_at.is_(None), CaseLead.due_on < above)


def _note_silence(lead: CaseLead, now: datetime) -> str:
    """Note who knows now that nobody answers; return what the trail calls it."""
    if lead.whole and lead.head_told_at is None:
        lead.head_told_at = now
        return "case.offer-late"
    lead.escalated_at = now
    return "case.offer-unanswered" if lead.whole else "case.lead-unanswered"
