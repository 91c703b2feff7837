"""Waiting for reporters: no pause is longer than its cap (U32)."""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.casework.service.in_hand import touch
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.clocks import stop_waiting
from portal.intake.models import Clock, Report
from portal.intake.rules import local_date
from portal.jurisdiction.place import DayUnit, Place
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import working_days_between

AT_ONCE: Final = 500


def end_long_waits(*, actor: Actor) -> int:
    """Let the clocks of reports run on whose reporter did not reply in time; return how many.

    Safe to run at any time and twice: what runs again is not paused any more.
    """
    paused = select(Clock).where(Clock.paused_at.is_not(None)).order_by(Clock.paused_at)
    place = current_place()
    over = {
        clock.report_id
        for clock in db.session.scalars(paused.limit(AT_ONCE))
        if _is_used_up(place, clock)
    }
    for report_id in over:
        _go_on(report_id, actor)
    return len(over)


def _go_on(report_id: UUID, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        report = uow.session.get(Report, report_id, with_for_update=True)
        if report is None or report.waiting_since is None:
            return
        stop_waiting(uow, report)
        record(uow, "report.go-on", "report", report.id)
        touch(uow, report)


def _is_used_up(place: Place, clock: Clock) -> bool:
    """Whether a paused clock has stood for all the days its rule allows."""
    rule = next((rule for rule in place.clocks if rule.id == clock.rule_id), None)
    if rule is None or clock.paused_at is None:
        return False
    since, today = local_date(place, clock.paused_at), _today(place)
    stood = (
        working_days_between(since, today, place.calendar)
        if rule.unit is DayUnit.WORKING
        else (today - since).days
    )
    return clock.paused_days + stood >= rule.pause_cap


def _today(place: Place) -> date:
    return local_date(place, datetime.now(UTC))
