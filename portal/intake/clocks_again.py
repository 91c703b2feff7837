"""Clocks that run again: after work together with another report, and after another body had it."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update

from portal.infra.uow import UnitOfWork
from portal.intake.clocks import end_wait, look_again, run_on
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
    end_wait(uow, report)
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


def meet_round(uow: UnitOfWork, report_id: UUID, stage: Stage, round_: int) -> None:
    """Stop the clock of one round of a stage: others of the same stage may go on."""
    uow.session.flush()
    uow.session.execute(
        update(Clock)
        .where(_of(report_id, stage), Clock.round == round_, Clock.met_at.is_(None))
        .values(met_at=uow.now, paused_at=None, paused_for=None)
    )


def reopen_since(uow: UnitOfWork, report_id: UUID, stage: Stage, since: date) -> None:
    """Let a clock run that counted as met since a day: its date stays, for it was promised."""
    uow.session.flush()
    for clock in uow.session.scalars(
        select(Clock).where(_of(report_id, stage), Clock.met_at.is_not(None))
    ):
        met_at = clock.met_at
        if met_at is not None and local_date(current_place(), met_at) >= since:
            clock.met_at = None
            look_again(clock)


def _of(report_id: UUID, stage: Stage) -> ColumnElement[bool]:
    return and_(Clock.report_id == report_id, Clock.stage == stage)
