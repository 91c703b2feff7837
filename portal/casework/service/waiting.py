"""Clocks that stand still: no pause is longer than its cap (U32)."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.casework.service.in_hand import touch
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.clocks import end_pauses, refresh_due
from portal.intake.models import Clock
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused
from portal.triage.relations import find_leading, lock_together

AT_ONCE: Final = 500


def end_long_waits(*, actor: Actor) -> int:
    """Let clocks run on that have stood still as long as they may; return of how many reports.

    The desk finds the report among what was warned of. Safe to run at any time and twice: what
    runs again does not stand still any more.
    """
    today = local_date(current_place(), datetime.now(UTC))
    over = db.session.scalars(
        select(Clock.report_id)
        .where(Clock.met_at.is_(None), Clock.paused_at.is_not(None), Clock.look_on <= today)
        .order_by(Clock.look_on)
        .limit(AT_ONCE)
    )
    return sum(_go_on(report_id, actor) for report_id in dict.fromkeys(over))


def _go_on(report_id: UUID, actor: Actor) -> bool:
    """Whether any clock of the report runs again; one that was just merged is for the next time."""
    try:
        return _end_waits_of(report_id, actor)
    except MoveRefused:
        return False


def _end_waits_of(report_id: UUID, actor: Actor) -> bool:
    with unit_of_work(actor) as uow:
        report = lock_together(uow, report_id).get(report_id)
        ended = end_pauses(uow, report) if report is not None else []
        if report is None or not ended:
            return False
        stages = ",".join(clock.stage for clock in ended)
        record(uow, "report.go-on", "report", report.id, stages=stages)
        touch(uow, report)
        leading = find_leading(uow.session, report)
        if leading is not None:
            refresh_due(uow, leading)
        return True
