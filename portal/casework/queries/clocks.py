"""How the clocks of a report stand, and which of them may be given more time."""

from datetime import date

from sqlalchemy.orm import Session

from portal.casework.queries.board import days_left, viewpoint
from portal.casework.queries.lines import ClockLine
from portal.intake import queries as reports
from portal.intake.clocks import rule_of
from portal.intake.models import Clock
from portal.jurisdiction.place import ClockRule, DayUnit, Stage, Suspension
from portal.kernel.actor import Actor


def clock_line(clock: Clock, today: date) -> ClockLine:
    """A clock as the page of its report shows it."""
    runs, rule = clock.met_at is None, rule_of(clock)
    going = runs and clock.paused_at is None
    return ClockLine(
        stage=clock.stage,
        due_on=clock.due_on,
        promised_on=clock.promised_on,
        met_at=clock.met_at,
        paused=clock.paused_at is not None,
        paused_for=clock.paused_for.reason if clock.paused_for else None,
        runs_on=clock.look_on if clock.paused_at is not None else None,
        overdue=going and clock.due_on < today,
        days_left=days_left(today, clock.due_on, clock.territory),
        provisional=clock.provisional,
        extensions=clock.extensions,
        may_extend=runs and _may_extend(clock, rule, today),
        may_stand_still=going and _may_stand_still(clock, rule),
    )


def _may_extend(clock: Clock, rule: ClockRule, today: date) -> bool:
    left = rule.extension is not None and clock.extensions < rule.extension.times
    return left and clock.due_on >= today


def _may_stand_still(clock: Clock, rule: ClockRule) -> bool:
    """For something that an officer can say; waiting for the reporter begins with a question."""
    has_cause = any(cause is not Suspension.REPORTER for cause in rule.suspends_on)
    return has_cause and clock.paused_days < rule.pause_cap


def list_extensions(
    session: Session, reference: str, actor: Actor
) -> list[tuple[Stage, int, DayUnit]]:
    """The stages that may be given more time, with how many days of which unit at most."""
    report = reports.get_report(session, reference, actor)
    today = viewpoint(actor).today
    found = []
    for clock in reports.list_clocks(session, report.id):
        rule = rule_of(clock)
        if clock.met_at is None and rule.extension and _may_extend(clock, rule, today):
            found.append((clock.stage, rule.extension.n, rule.unit))
    return found
