"""Times of cases that were provisional become certain when their year is loaded (F15)."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from portal.audit.trail import record
from portal.cases.limits import end_of
from portal.cases.models import IS_PROVISIONAL, Case, CaseClock
from portal.cases.service.clocks import date_clock
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date, no_instant_breach
from portal.jurisdiction.queries import current_place, forget_place
from portal.kernel.actor import Actor

AT_ONCE: Final = 200
FIRST: Final = UUID(int=0)


def recompute_cases(version_id: UUID, *, actor: Actor) -> int:
    """Date the provisional times of cases by the calendar of the newest place; return how many.

    Each case is a transaction of its own; safe to run twice, since a time comes out the same
    however often it is dated. One that stands still is dated when it runs on, too.
    """
    forget_place()
    after, dated = FIRST, 0
    provisional = select(CaseClock.id, CaseClock.case_id).where(text(IS_PROVISIONAL))
    page = provisional.order_by(CaseClock.id).limit(AT_ONCE)
    while found := db.session.execute(page.where(CaseClock.id > after)).all():
        after = found[-1].id
        for clock_id, case_id in found:
            with unit_of_work(actor, more_to_come=True) as uow:
                case = uow.session.get_one(Case, case_id, with_for_update=True)
                dated += _date_again(uow, case, clock_id)
    with unit_of_work(actor) as uow:
        record(uow, "pack.recompute-cases", "pack", version_id, clocks=dated)
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
