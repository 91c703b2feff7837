"""Starting, meeting, pausing and resuming the clocks of a report, inside a unit of work."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update

from portal.infra.uow import UnitOfWork
from portal.intake.models import Clock, Report
from portal.intake.rules import ClockDates, clock_dates, local_date
from portal.jurisdiction.place import DayUnit, Place, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.deadline import days_before, due_on, working_days_between

# A report on which no clock runs sorts behind all others.
NO_CLOCK = date(9999, 12, 31)


def started(report_id: UUID, dates: ClockDates, round_: int = 1) -> Clock:
    """A clock as it starts; what is promised to the reporter is its first due date."""
    return Clock(
        report_id=report_id,
        stage=dates.rule.stage,
        round=round_,
        rule_id=dates.rule.id,
        starts_on=dates.starts_on,
        due_on=dates.due_on,
        warn_on=dates.warn_on,
        promised_on=dates.due_on,
        provisional=dates.provisional,
    )


def start_stage(uow: UnitOfWork, report: Report, stage: Stage, round_: int = 1) -> Clock:
    """Start the clock of a stage today, by the rule that fits the report."""
    place = current_place()
    on = local_date(place, uow.now)
    dates = clock_dates(place, stage, report.kind, report.urgency, on)
    clock = started(report.id, dates, round_)
    uow.session.add(clock)
    return clock


def running(uow: UnitOfWork, report_id: UUID) -> Sequence[Clock]:
    """The clocks of a report that were not met yet."""
    return uow.session.scalars(
        select(Clock).where(Clock.report_id == report_id, Clock.met_at.is_(None))
    ).all()


def meet(uow: UnitOfWork, report_id: UUID, *stages: Stage) -> None:
    """Stop the clocks of the stages: what they ask for has been done."""
    uow.session.flush()
    uow.session.execute(
        update(Clock)
        .where(Clock.report_id == report_id, Clock.stage.in_(stages), Clock.met_at.is_(None))
        .values(met_at=uow.now, paused_at=None)
    )


def routed(uow: UnitOfWork, place: Place, report: Report) -> None:
    """What routing does to the clocks, with one look at them.

    The triage clock is met. The others come forward when the report proved more urgent; none
    ever goes back. The report gets the nearest date that is left. Nobody waits for the reply to
    what another unit asked.
    """
    stop_waiting(uow, report)
    left = []
    for clock in running(uow, report.id):
        if clock.stage is Stage.TRIAGE:
            clock.met_at, clock.paused_at = uow.now, None
            continue
        _shorten(place, report, clock)
        left.append(clock.due_on)
    report.next_due_on = min(left, default=NO_CLOCK)


def _shorten(place: Place, report: Report, clock: Clock) -> None:
    dates = clock_dates(place, clock.stage, report.kind, report.urgency, clock.starts_on)
    if dates.due_on < clock.due_on:
        clock.rule_id = dates.rule.id
        clock.due_on, clock.warn_on = dates.due_on, dates.warn_on
        clock.promised_on = min(clock.promised_on, dates.due_on)


def pause(uow: UnitOfWork, report: Report) -> None:
    """Stop the running clocks while the reporter is asked something."""
    for clock in running(uow, report.id):
        clock.paused_at = clock.paused_at or uow.now


def stop_waiting(uow: UnitOfWork, report: Report) -> None:
    """Let the clocks run on: the reporter has replied, or the desk goes on without the reply."""
    if report.waiting_since is not None:
        report.waiting_since = None
        resume(uow, report)


def resume(uow: UnitOfWork, report: Report) -> None:
    """Let the paused clocks run on: each gets the days it stood, up to its rule's cap (U32).

    A clock whose time ran out while it stood gets at least one working day.
    """
    place = current_place()
    today = local_date(place, uow.now)
    for clock in running(uow, report.id):
        if clock.paused_at is None:
            continue
        rule = next(rule for rule in place.clocks if rule.id == clock.rule_id)
        paused_on = local_date(place, clock.paused_at)
        stood = _days(rule.unit, paused_on, today, place)
        clock.paused_days = min(rule.pause_cap, clock.paused_days + stood)
        clock.paused_at = None
        was_in_time = clock.due_on >= paused_on
        end = due_on(clock.starts_on, rule.n, rule.unit, place.calendar, paused=clock.paused_days)
        if was_in_time and end.on <= today:
            end = due_on(today, 1, DayUnit.WORKING, place.calendar)
        clock.due_on, clock.provisional = end.on, end.provisional
        clock.warn_on = max(today, days_before(end.on, rule.warn_days, rule.unit, place.calendar))


def _days(unit: DayUnit, start: date, end: date, place: Place) -> int:
    if unit is DayUnit.WORKING:
        return working_days_between(start, end, place.calendar)
    return (end - start).days


def refresh_due(uow: UnitOfWork, report: Report) -> None:
    """Keep on the report the nearest date of its running clocks, which the desk sorts by.

    What was promised about reports that are merged into it is to be kept by this one.
    """
    merged = select(Report.id).where(Report.merged_into == report.id)
    promises = select(func.min(Clock.due_on)).where(
        or_(Clock.report_id == report.id, Clock.report_id.in_(merged)), Clock.met_at.is_(None)
    )
    uow.session.flush()
    report.next_due_on = uow.session.scalar(promises) or NO_CLOCK


def run_again(uow: UnitOfWork, report: Report, stages: Collection[Stage], since: datetime) -> None:
    """Let clocks run that stood, or counted as met, since a moment at which others took over.

    Each gets the days since then as if it had been paused, and at least one working day.
    """
    today = local_date(current_place(), since)
    for clock in uow.session.scalars(select(Clock).where(Clock.report_id == report.id)):
        if clock.stage in stages and clock.met_at is not None and clock.met_at >= since:
            clock.met_at, clock.paused_at = None, since
        elif clock.met_at is None:
            clock.paused_at = clock.paused_at or (since if clock.starts_on <= today else uow.now)
    report.waiting_since = None
    resume(uow, report)
