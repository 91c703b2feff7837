"""Times of cases that were provisional become certain when their year is loaded (F15)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select, text

from portal.audit.trail import record
from portal.cases.chain_models import LEAD_WAITS, CaseLead
from portal.cases.limits import end_of
from portal.cases.models import IS_PROVISIONAL, Case, CaseClock
from portal.cases.service.chain import answer_end, date_lead
from portal.cases.service.clocks import date_clock
from portal.cases.states import WAITING_LEADS
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date, no_instant_breach
from portal.jurisdiction.queries import current_place, forget_place
from portal.kernel.actor import Actor

AT_ONCE: Final = 200
FIRST: Final = UUID(int=0)
_CLOCKS: Final = select(CaseClock.id, CaseClock.case_id).where(text(IS_PROVISIONAL))
_LEADS: Final = select(CaseLead.id, CaseLead.case_id).where(CaseLead.provisional, text(LEAD_WAITS))


def recompute_cases(version_id: UUID, *, actor: Actor) -> int:
    """Date the provisional times of cases and of their leads; return how many of cases.

    By the calendar of the newest place. Safe to run twice, since a time comes out the same however
    often it is dated. One that stands still is dated when it runs on, too.
    """
    forget_place()
    dated = date_each(_CLOCKS, _date_again, actor)
    leads = date_each(_LEADS, _date_lead, actor)
    with unit_of_work(actor) as uow:
        record(uow, "pack.recompute-cases", "pack", version_id, clocks=dated, leads=leads)
    return dated


def date_each(
    wanted: Select[UUID, UUID], date_one: Callable[[UnitOfWork, Case, UUID], bool], actor: Actor
) -> int:
    """Date all that `wanted` names, by its id and that of its case; return how many still ran.

    Each is a transaction of its own, which has the case.
    """
    own, after, dated = next(iter(wanted.selected_columns)), FIRST, 0
    page = wanted.order_by(own).limit(AT_ONCE)
    while found := db.session.execute(page.where(own > after)).all():
        after = found[-1][0]
        for one, case_id in found:
            with unit_of_work(actor, more_to_come=True) as uow:
                case = uow.session.get_one(Case, case_id, with_for_update=True)
                dated += date_one(uow, case, one)
    return dated


def _date_again(uow: UnitOfWork, case: Case, clock_id: UUID) -> bool:
    """Date one; whether it still runs. What was promised only comes forward."""
    clock = uow.session.get_one(CaseClock, clock_id, populate_existing=True)
    if clock.met_at is not None:
        return False
    place = current_place()
    today = local_date(place, datetime.now(UTC))
    calendar = place.calendar_of(case.department_code)
    end = end_of(clock, calendar, paused=clock.paused_days, extended=clock.extended_days)
    if clock.due_on >= today and end.on < clock.due_on:
        end = no_instant_breach(end, today, calendar)
    clock.promised_on = min(clock.promised_on, end.on)
    date_clock(case, clock, end)
    return True


def _date_lead(uow: UnitOfWork, _case: Case, lead_id: UUID) -> bool:
    """Date a lead that waits for an answer, by the days of the unit that it went to."""
    lead = uow.session.get_one(CaseLead, lead_id, with_for_update=True)
    if lead.state not in WAITING_LEADS:
        return False
    place, unit = current_place(), lead.department_code
    today = local_date(place, uow.now)
    end = answer_end(unit, local_date(place, lead.changed_at))
    if lead.due_on >= today and end.on < lead.due_on:
        end = no_instant_breach(end, today, place.calendar_of(unit))
    date_lead(lead, end)
    return True
