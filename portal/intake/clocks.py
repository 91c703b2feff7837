"""Starting, meeting, pausing, extending and dating the clocks of a report, in a unit of work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, case, null, select, update

from portal.audit.trail import record
from portal.infra.uow import UnitOfWork
from portal.intake.models import Clock, Notice, Report
from portal.intake.nearest import Promise, higher, nearest, promised_about
from portal.intake.rules import (
    ClockDates,
    Matter,
    clock_dates,
    clock_rule,
    days_stood,
    end_of,
    local_date,
    look_on,
    no_instant_breach,
    stages_started,
    used_up_on,
    warn_on,
)
from portal.jurisdiction.place import (
    ClockEvent,
    ClockRule,
    OnBreach,
    Place,
    Stage,
    Suspension,
)
from portal.jurisdiction.queries import clock_rules, current_place
from portal.kernel.deadline import Deadline

# --- Starting and meeting -----------------------------------------------------------------------


def started(report_id: UUID, dates: ClockDates, version: int, round_: int = 1) -> Clock:
    """A clock as it starts; what is promised to the reporter is its first due date."""
    return Clock(
        report_id=report_id,
        stage=dates.rule.stage,
        round=round_,
        rule_id=dates.rule.id,
        place_version=version,
        starts_on=dates.starts_on,
        due_on=dates.due_on,
        warn_on=dates.warn_on,
        promised_on=dates.due_on,
        provisional=dates.provisional,
        look_on=dates.warn_on,
        territory=dates.territory,
    )


def matter_of(report: Report) -> Matter:
    """What decides which rules are the report's."""
    return Matter(report.kind, report.urgency, report.category, where_of(report))


def where_of(report: Report) -> str | None:
    """Whose calendar counts: that of the unit that has it, or else of where it happened."""
    return report.department_code or report.region or report.chosen_region


def start_stage(uow: UnitOfWork, report: Report, stage: Stage, round_: int = 1) -> Clock:
    """Start the clock of a stage today, by the rule that fits the report."""
    place = current_place()
    dates = clock_dates(place, stage, matter_of(report), local_date(place, uow.now))
    clock = started(report.id, dates, place.version, round_)
    uow.session.add(clock)
    return clock


def happened(uow: UnitOfWork, report: Report, event: ClockEvent, round_: int) -> None:
    """Start the clocks that start with an event, for the result the report is on its way to."""
    uow.session.flush()
    there = uow.session.scalars(
        select(Clock.stage).where(Clock.report_id == report.id, Clock.round == round_)
    ).all()
    for stage in stages_started(current_place(), event, matter_of(report), there):
        start_stage(uow, report, stage, round_)


_RUNNING = select(Clock).where(Clock.report_id == bindparam("report"), Clock.met_at.is_(None))


def running(uow: UnitOfWork, report_id: UUID) -> Sequence[Clock]:
    """The clocks of a report that were not met yet."""
    return uow.session.scalars(_RUNNING, {"report": report_id}).all()


def meet(uow: UnitOfWork, report_id: UUID, *stages: Stage) -> None:
    """Stop the clocks of the stages: what they ask for has been done."""
    uow.session.flush()
    uow.session.execute(
        update(Clock)
        .where(Clock.report_id == report_id, Clock.stage.in_(stages), Clock.met_at.is_(None))
        .values(met_at=uow.now, paused_at=None, paused_for=None)
    )


def routed(uow: UnitOfWork, place: Place, report: Report) -> None:
    """What routing does to the clocks, with one look at them.

    The triage clock is met. The others come forward when the report proved more urgent; none
    ever goes back. The report gets the nearest date that is left. Nobody waits for what another
    unit waited for.
    """
    clocks = running(uow, report.id)
    end_wait(uow, report)
    left = [clock for clock in clocks if clock.stage is not Stage.TRIAGE]
    for clock in clocks:
        if clock.stage is Stage.TRIAGE:
            clock.met_at, clock.paused_at, clock.paused_for = uow.now, None, None
    _run_on(uow, left)
    today, there = local_date(place, uow.now), where_of(report)
    for clock in left:
        _shorten(place, report, clock, today)
        if place.territory_of(there) != clock.territory:
            recompute(place, clock, today, there)
    at = {clock.stage for clock in left}
    left += [
        start_stage(uow, report, stage, report.result_number + 1)
        for stage in stages_started(place, ClockEvent.ROUTED, matter_of(report), at)
    ]
    keep_nearest(report, left)


def _shorten(place: Place, report: Report, clock: Clock, today: date) -> None:
    """Bring a clock forward by the rule that fits the report now; the days it stood stay added.

    One that was in time is not late at once, and what is promised lies ahead.
    """
    rule = clock_rule(place, clock.stage, matter_of(report))
    if rule.id == clock.rule_id:
        return
    stood = min(rule.pause_cap, clock.paused_days)
    calendar = place.calendar_of(clock.territory)
    end = end_of(rule, clock.starts_on, calendar, paused=stood)
    was_in_time = clock.due_on >= today
    if was_in_time:
        end = no_instant_breach(end, today, calendar)
    if end.on < clock.due_on:
        clock.rule_id, clock.place_version = rule.id, place.version
        clock.paused_days, clock.extended_days = stood, 0
        if was_in_time:
            clock.promised_on = min(clock.promised_on, end.on)
        _set_dates(place, clock, rule, end, clock.starts_on)


# --- Standing still (U32) -----------------------------------------------------------------------


def rule_of(clock: Clock) -> ClockRule:
    """The rule under which a clock runs, as it was in its version of the place."""
    return clock_rules(clock.place_version)[clock.rule_id]


def pause(uow: UnitOfWork, report: Report, cause: Suspension) -> list[Clock]:
    """Stop the running clocks that may stand still for this, and have days left to; return them."""
    stopped = [clock for clock in running(uow, report.id) if _may_stand_still(clock, cause)]
    for clock in stopped:
        clock.paused_at, clock.paused_for = uow.now, cause
        look_again(clock)
    return stopped


def _may_stand_still(clock: Clock, cause: Suspension) -> bool:
    rule = rule_of(clock)
    has_days = clock.paused_days < rule.pause_cap
    return clock.paused_at is None and cause in rule.suspends_on and has_days


def wait_for_reporter(uow: UnitOfWork, report: Report, **details: str) -> None:
    """Wait for the reply to a question with the clocks standing still; the trail has each."""
    if report.waiting_since is None:
        report.waiting_since = uow.now
        pause(uow, report, Suspension.REPORTER)
    else:
        details["again"] = "yes"
    record(uow, "report.ask", "report", report.id, **details)


def stop_waiting(uow: UnitOfWork, report: Report) -> None:
    """Let the clocks run on: the reporter has replied, or the desk goes on without the reply."""
    if end_wait(uow, report):
        resume(uow, report, Suspension.REPORTER)


def end_wait(uow: UnitOfWork, report: Report) -> bool:
    """Nobody waits for the reporter any more; whether somebody did. The trail says since when."""
    if report.waiting_since is None:
        return False
    report.waiting_since = None
    record(uow, "report.stop-waiting", "report", report.id)
    return True


def resume(uow: UnitOfWork, report: Report, *causes: Suspension) -> list[Clock]:
    """Let the clocks run on that stand still for one of these; return them."""
    clocks = [clock for clock in running(uow, report.id) if clock.paused_for in causes]
    _run_on(uow, clocks)
    return clocks


def run_on(uow: UnitOfWork, clock: Clock) -> None:
    """Let a paused clock run on: it gets the days it stood, up to its rule's cap (U32).

    A clock whose time ran out while it stood gets at least one working day.
    """
    if clock.paused_at is None:
        return
    place, rule = current_place(), rule_of(clock)
    today, paused_on = local_date(place, uow.now), local_date(place, clock.paused_at)
    calendar = place.calendar_of(clock.territory)
    stood = days_stood(rule, paused_on, today, calendar)
    clock.paused_days = min(rule.pause_cap, clock.paused_days + stood)
    clock.paused_at, clock.paused_for = None, None
    was_in_time = clock.due_on >= paused_on
    end = _end(place, clock, rule)
    if was_in_time:
        end = no_instant_breach(end, today, calendar)
    _set_dates(place, clock, rule, end, today)


def end_pauses(uow: UnitOfWork, report: Report) -> list[Clock]:
    """Let the clocks run on that have stood still as long as they may; return them.

    Their desk is told as of clocks that run out soon: the wait is over and they run.
    """
    place = current_place()
    today = local_date(place, uow.now)
    paused = [clock for clock in running(uow, report.id) if clock.paused_at is not None]
    for clock in paused:
        look_again(clock)
    ended = [clock for clock in paused if clock.look_on is not None and clock.look_on <= today]
    waited = any(clock.paused_for is Suspension.REPORTER for clock in ended)
    for clock in ended:
        run_on(uow, clock)
        clock.notice = higher(clock.notice, Notice.WARNED)
    if waited and not any(clock.paused_for is Suspension.REPORTER for clock in paused):
        end_wait(uow, report)
    return ended


def _run_on(uow: UnitOfWork, clocks: Collection[Clock]) -> None:
    for clock in clocks:
        run_on(uow, clock)


# --- More time, and dates that become certain ---------------------------------------------------


def extend(uow: UnitOfWork, clock: Clock, days: int) -> None:
    """Give a clock so many days more; what was promised stays as it was."""
    place, rule = current_place(), rule_of(clock)
    clock.extended_days += days
    clock.extensions += 1
    _set_dates(place, clock, rule, _end(place, clock, rule), local_date(place, uow.now))


def recompute(place: Place, clock: Clock, today: date, where: str | None) -> None:
    """Date a running clock by the calendar as it is now `where` it runs.

    A promise only comes forward.
    """
    rule, clock.territory = rule_of(clock), place.territory_of(where)
    end = _end(place, clock, rule)
    if clock.due_on >= today and end.on < clock.due_on:
        end = no_instant_breach(end, today, place.calendar_of(where))
    clock.promised_on = min(clock.promised_on, end.on)
    _set_dates(place, clock, rule, end, clock.starts_on)


def _end(place: Place, clock: Clock, rule: ClockRule) -> Deadline:
    return end_of(
        rule,
        clock.starts_on,
        place.calendar_of(clock.territory),
        paused=clock.paused_days,
        extended=clock.extended_days,
    )


def _set_dates(place: Place, clock: Clock, rule: ClockRule, end: Deadline, after: date) -> None:
    """Date a clock; if its end moved later, the desk is warned of it again."""
    if end.on > clock.due_on and clock.breached_at is None:
        clock.warned_at = clock.notice = None
    clock.due_on, clock.provisional = end.on, end.provisional
    calendar = place.calendar_of(clock.territory)
    clock.warn_on = max(after, warn_on(rule, clock.starts_on, end.on, calendar))
    look_again(clock)


def look_again(clock: Clock) -> None:
    """Find the day on which somebody must look at a clock next."""
    place, used_up = current_place(), None
    if clock.paused_at is not None:
        paused_on = local_date(place, clock.paused_at)
        calendar = place.calendar_of(clock.territory)
        used_up = used_up_on(rule_of(clock), paused_on, clock.paused_days, calendar)
    clock.look_on = look_on(
        due=clock.due_on,
        warn=clock.warn_on,
        warned=clock.warned_at is not None,
        breached=clock.breached_at is not None,
        used_up=used_up,
    )


# --- What people are made aware of (U4) ----------------------------------------------------------

_NOTICES = {OnBreach.TELL_HEAD: Notice.TOLD, OnBreach.ESCALATE: Notice.ESCALATED}


def note(uow: UnitOfWork, clock: Clock, today: date) -> None:
    """Warn of a clock that runs out soon, or note that it has and who is to know."""
    if clock.due_on >= today:
        clock.warned_at = uow.now
        clock.notice = higher(clock.notice, Notice.WARNED)
    else:
        clock.breached_at = uow.now
        for action in rule_of(clock).on_breach:
            clock.notice = higher(clock.notice, _NOTICES.get(action))
    look_again(clock)


def held_clocks(
    uow: UnitOfWork,
    report_ids: Collection[UUID],
    *narrowed: ColumnElement[bool],
    skip_locked: bool = False,
) -> dict[UUID, list[Clock]]:
    """Lock reports, in the order of their ids, and return the running clocks of each.

    With `skip_locked` a report that somebody is working on is left for another time.
    """
    wanted = select(Report.id).where(Report.id.in_(report_ids), *narrowed).order_by(Report.id)
    held = uow.session.scalars(wanted.with_for_update(skip_locked=skip_locked)).all()
    clocks: dict[UUID, list[Clock]] = {report_id: [] for report_id in held}
    found = select(Clock).where(Clock.report_id.in_(held), Clock.met_at.is_(None))
    for clock in uow.session.scalars(found.order_by(Clock.report_id, Clock.id)):
        clocks[clock.report_id].append(clock)
    return clocks


def keep_all(uow: UnitOfWork, clocks: Mapping[UUID, Sequence[Clock]]) -> None:
    """Keep on many reports what their running clocks come to, in one statement.

    Their versions stay: nobody's open page is out of date because a clock was looked at.
    """
    if not clocks:
        return
    names = ("due", "paused", "notice")
    about = promised_about(uow, clocks.keys())
    rows = [
        {"own": own, **dict(zip(names, nearest([*one, *about.get(own, ())]), strict=True))}
        for own, one in clocks.items()
    ]
    table = cast("Table", Report.__table__)
    uow.session.execute(
        table.update()
        .where(table.c.id == bindparam("own"))
        .values(
            next_due_on=bindparam("due"),
            paused=bindparam("paused"),
            notice=case((table.c.merged_into.is_(None), bindparam("notice")), else_=null()),
        ),
        rows,
    )


# --- What stands on the report ------------------------------------------------------------------


def refresh_due(uow: UnitOfWork, report: Report) -> None:
    """Keep on the report the nearest date of its running clocks, which the desk sorts by.

    What was promised about reports that are merged into it is to be kept by this one.
    """
    own = running(uow, report.id)
    keep_nearest(report, [*own, *promised_about(uow, [report.id]).get(report.id, ())])


def keep_nearest(report: Report, clocks: Sequence[Clock | Promise]) -> None:
    """Keep on the report what its running clocks come to; see `nearest`.

    Nobody is made aware of a merged report: the one it is worked on with is in the heaps.
    """
    report.next_due_on, report.paused, report.notice = nearest(clocks)
    if report.merged_into is not None:
        report.notice = None
