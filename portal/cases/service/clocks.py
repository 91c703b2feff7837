"""The clocks of cases: begun by a move, extended by the head, stopped by a legal question."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.limits import after_standing, demand_more_time, end_of, look_on
from portal.cases.models import Case, CaseClock
from portal.cases.rules import ENDS, demand_head, step_of
from portal.cases.service.in_hand import take_open, today, touch, write_note
from portal.cases.states import Audience, CaseAction
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.desks import at_the_desks_of
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import Deadline
from portal.kernel.errors import RuleBroken

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class ExtendCase:
    """So many calendar days more for the step of a case, and why."""

    number: str
    days: int
    reason: str = field(repr=False)
    seen_version: int | None = None


def follow(uow: UnitOfWork, case: Case, action: CaseAction) -> None:
    """Start the clock of what comes next; a reopened case has the time that a filed one has."""
    if action in ENDS:
        stop(uow, case)
    else:
        begin(uow, case, CaseAction.FILE if action is CaseAction.REOPEN else action)


def begin(uow: UnitOfWork, case: Case, move: str) -> None:
    """Start the clock of what follows a move; where the place sets no time the old one runs on."""
    place = current_place()
    calendar = place.calendar_of(case.department_code)
    step, day = step_of(place, move), today(uow)
    if step.days is None:
        return
    stop(uow, case)
    clock = CaseClock(
        case_id=case.id,
        move=move,
        days=step.days,
        warn_days=step.warn_days,
        extension_days=step.extension_days,
        pause_cap=step.pause_cap,
        starts_on=day,
        due_on=day,
        promised_on=day,
        look_on=None,
    )
    end = end_of(clock, calendar, paused=0, extended=0)
    clock.due_on = clock.promised_on = end.on
    clock.provisional = end.provisional
    _look_again(clock)
    uow.session.add(clock)
    case.next_due_on = clock.due_on


def stop(uow: UnitOfWork, case: Case) -> None:
    """The step was made: its clock is met, and stands still no more."""
    clock = running(uow, case)
    case.paused_on = None
    if clock is not None:
        clock.met_at, clock.paused_on, clock.look_on = uow.now, None, None
        uow.session.flush()


def running(uow: UnitOfWork, case: Case) -> CaseClock | None:
    """The clock that runs, if any does."""
    uow.session.flush()
    wanted = select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.met_at.is_(None))
    return uow.session.scalar(wanted)


def extend_case(command: ExtendCase, *, actor: Actor) -> None:
    """Give the step of a case more time; the reason is a note, the first date stays beside it.

    Raises NotPermitted for whoever is not the head, and RuleBroken as `demand_more_time` says.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        clock = running(uow, case)
        if clock is None:
            raise RuleBroken("no-such-clock")
        demand_more_time(clock, command.days, today(uow))
        before, clock.extended_days = clock.due_on, command.days
        calendar = current_place().calendar_of(case.department_code)
        end = end_of(clock, calendar, paused=clock.paused_days, extended=command.days)
        date_clock(case, clock, replace(end, on=max(before, end.on)))
        write_note(uow, case, Audience.DEPARTMENT, command.reason)
        due = {"due_before": before.isoformat(), "due": clock.due_on.isoformat()}
        record(uow, "case.extend", "case", case.id, days=command.days, **due)
        touch(uow, case)


def stand_still(uow: UnitOfWork, case: Case) -> None:
    """Let the clock stand still, if it may and has days left to."""
    clock = running(uow, case)
    if clock is None or clock.paused_on is not None or clock.paused_days >= clock.pause_cap:
        return
    case.paused_on = clock.paused_on = today(uow)
    _look_again(clock)
    record(uow, "case.stand-still", "case", case.id, due=clock.due_on.isoformat())


def run_on(uow: UnitOfWork, case: Case) -> None:
    """Let the clock run on with the days it stood, up to its cap."""
    clock = running(uow, case)
    if clock is None or clock.paused_on is None:
        return
    calendar = current_place().calendar_of(case.department_code)
    stood = after_standing(clock, today(uow), calendar)
    clock.paused_days, clock.paused_on, case.paused_on = stood.days, None, None
    date_clock(case, clock, stood.end)
    record(uow, "case.run-on", "case", case.id, due=clock.due_on.isoformat())


def date_clock(case: Case, clock: CaseClock, end: Deadline) -> None:
    """Date a clock; if its end moved later, the desk is warned of it again."""
    if end.on > clock.due_on and clock.breached_at is None:
        clock.warned_at = None
    clock.due_on = case.next_due_on = end.on
    clock.provisional = end.provisional
    _look_again(clock)


def _look_again(clock: CaseClock) -> None:
    warned, breached = clock.warned_at is not None, clock.breached_at is not None
    clock.look_on = look_on(clock, warned=warned, breached=breached)


def watch_cases(*, actor: Actor) -> int:
    """Note the clocks that run out soon and those that have, and let run on what stood too long.

    Nothing outside the office hours of the unit. Returns how many; safe to run twice: what was
    noted is looked at again on another day, or never.
    """
    place, now = current_place(), datetime.now(UTC)
    here, day = at_the_desks_of(Case.department_code, place, now), local_date(place, now)
    if here is None:
        return 0
    wanted = (
        select(CaseClock.case_id)
        .join(Case, Case.id == CaseClock.case_id)
        .where(CaseClock.met_at.is_(None), CaseClock.look_on <= day, here)
        .order_by(CaseClock.look_on, CaseClock.id)
        .limit(AT_ONCE)
    )
    found = db.session.scalars(wanted).all()
    for case_id in found:
        with unit_of_work(actor) as uow:
            _look(uow, uow.session.get_one(Case, case_id, with_for_update=True))
    return len(found)


def _look(uow: UnitOfWork, case: Case) -> None:
    clock, day = running(uow, case), today(uow)
    if clock is None or clock.look_on is None or clock.look_on > day:
        return
    if clock.paused_on is not None:
        run_on(uow, case)
        return
    late = clock.due_on < day
    if late:
        clock.breached_at = uow.now
    else:
        clock.warned_at = uow.now
    action = "case.breach" if late else "case.warn"
    record(uow, action, "case", case.id, move=clock.move, due=clock.due_on.isoformat())
    _look_again(clock)
