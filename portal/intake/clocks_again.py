"""The clocks of a report that goes its own way again after it was worked on with another one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from portal.infra.uow import UnitOfWork
from portal.intake.clocks import run_on
from portal.intake.models import Clock, Report
from portal.intake.rules import local_date
from portal.jurisdiction.place import Stage, Suspension
from portal.jurisdiction.queries import current_place


def run_again(uow: UnitOfWork, report: Report, stages: Collection[Stage], since: datetime) -> None:
    """Let clocks run that stood, or counted as met, since a moment at which others took over.

    Each gets the days since then as if it had been paused, and at least one working day.
    """
    merged_on = local_date(current_place(), since)
    uow.session.flush()
    clocks = uow.session.scalars(select(Clock).where(Clock.report_id == report.id)).all()
    report.waiting_since = None
    for clock in clocks:
        if clock.met_at is None:
            stood = since if clock.starts_on <= merged_on else uow.now
            clock.paused_at = clock.paused_at or stood
        elif clock.stage in stages and clock.met_at >= since:
            clock.met_at, clock.paused_at = None, since
        else:
            continue
        clock.paused_for = clock.paused_for or Suspension.REPORTER
        run_on(uow, clock)
