"""Giving a stage more time, and letting its clock stand still or run on (U32)."""

from dataclasses import dataclass, field

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.casework.rules import (
    demand_extension,
    demand_own_desk,
    listed_reason,
    suspension_of,
    told,
)
from portal.casework.service import following
from portal.casework.service.in_hand import touch, write
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import end_wait, extend, pause, resume, rule_of, running
from portal.intake.models import Clock, MessageKind, Report
from portal.intake.rules import local_date
from portal.jurisdiction.place import ReasonKind, Stage, Suspension
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class ExtendTime:
    """So many days more for a stage, in the unit of its clock, and why: the reporter reads it."""

    reference: str
    stage: Stage
    days: int
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class StandStill:
    """Letting the clocks stand still for a listed reason; `text` is what the officer adds."""

    reference: str
    reason: str
    text: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RunOn:
    """Letting the clocks run on: what was waited for is there, or is not waited for any more."""

    reference: str
    seen_version: int | None = None


def extend_time(command: ExtendTime, *, actor: Actor) -> None:
    """Give a stage more time and tell the reporter why; the old promise stands beside the new date.

    Reports that are merged into this one get it as far as their own rules allow.

    Raises RuleBroken when the rule allows no extension, when it is used up, for more days than
    it allows, and once the time is over; NotPermitted for whoever is not the head.
    """
    demand(actor, Permission.EXTEND_TIME)
    with unit_of_work(actor) as uow:
        report = _take(uow, command.reference, command.seen_version)
        clock = _running(uow, report, command.stage)
        today, before = local_date(current_place(), uow.now), clock.due_on
        demand_extension(
            rule_of(clock).extension, clock.extensions, command.days, is_late=before < today
        )
        extend(uow, clock, command.days)
        write(uow, report, MessageKind.NOTICE, command.reason)
        record(
            uow,
            "report.extend",
            "report",
            report.id,
            stage=clock.stage,
            days=command.days,
            due_before=before.isoformat(),
            due=clock.due_on.isoformat(),
        )
        following.extended(uow, report, command.stage, command.days, command.reason)
        touch(uow, report)


def stand_still(command: StandStill, *, actor: Actor) -> None:
    """Let the clocks stand still that may for this reason, each up to its cap, and say why.

    Raises RuleBroken for a reason that is not on the list, and when no clock may stand still.
    """
    demand(actor, Permission.WORK_REPORTS)
    reason = listed_reason(current_place().reasons, command.reason, ReasonKind.PAUSE)
    cause = suspension_of(reason)
    with unit_of_work(actor) as uow:
        report = _take(uow, command.reference, command.seen_version)
        stopped = pause(uow, report, cause)
        _demand_some(stopped)
        words = told(reason.to_reporter.in_(report.language), command.text)
        write(uow, report, MessageKind.NOTICE, words)
        record(
            uow,
            "report.stand-still",
            "report",
            report.id,
            reason=reason.code,
            stages=_names(stopped),
        )
        following.stood_still(uow, report, cause, command.text)
        touch(uow, report)


def run_on(command: RunOn, *, actor: Actor) -> None:
    """Let every clock of a report run on, also without the reply that was waited for.

    Raises RuleBroken when none stands still.
    """
    demand(actor, Permission.WORK_REPORTS)
    with unit_of_work(actor) as uow:
        report = _take(uow, command.reference, command.seen_version)
        end_wait(uow, report)
        resumed = resume(uow, report, *Suspension)
        _demand_some(resumed)
        record(uow, "report.run-on", "report", report.id, stages=_names(resumed))
        following.ran_on(uow, report)
        touch(uow, report)


def _take(uow: UnitOfWork, reference: str, seen: int | None) -> Report:
    """The report, locked, at the actor's own desk and as the actor has seen it."""
    report = reports.get_report(uow.session, reference, uow.actor, for_update=True)
    demand_own_desk(uow.actor, report.department_code)
    reports.demand_version(report, seen)
    reports.demand_not_merged(report)
    return report


def _running(uow: UnitOfWork, report: Report, stage: Stage) -> Clock:
    found = [clock for clock in running(uow, report.id) if clock.stage is stage]
    if not found:
        raise RuleBroken("no-such-clock")
    return found[0]


def _demand_some(clocks: list[Clock]) -> None:
    if not clocks:
        raise RuleBroken("no-clock-to-move")


def _names(clocks: list[Clock]) -> str:
    return ",".join(clock.stage for clock in clocks)
