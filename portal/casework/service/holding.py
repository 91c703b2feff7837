"""Who has a report: taking it from the heap, giving it back, handing it over (U14, U18)."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.access.permissions import Permission, demand, may
from portal.accounts.absences import find_present
from portal.accounts.models import Account
from portal.audit.trail import record
from portal.casework.rules import can_hold, demand_can_hold, works_at
from portal.casework.service.in_hand import touch, write
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import MessageKind, Report
from portal.intake.rules import local_date
from portal.intake.states import OPEN_STATES
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotPermitted, RuleBroken


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """Taking a report of one's unit that nobody has; nothing is promised by it."""

    reference: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """Putting a report back onto the heap of its unit."""

    reference: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class HandOverReport:
    """Giving one's report, or that of a member of one's unit, to a colleague, and why."""

    reference: str
    officer: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


def claim_report(command: ClaimReport, *, actor: Actor) -> None:
    """Take a report off the heap without accepting it; one's own again changes nothing.

    Raises MoveRefused when somebody else has it, RuleBroken for a finished or unrouted report,
    and NotPermitted for the report of another unit.
    """
    with unit_of_work(actor) as uow:
        report = open_at_a_desk(uow, command.reference, command.seen_version)
        demand_can_hold(actor.roles, actor.department, report.department_code)
        if report.handler_id == actor.id:
            return
        if report.handler_id is not None:
            raise MoveRefused("has-somebody", subject="report", state=report.state)
        report.handler_id = actor.id
        record(uow, "report.claim", "report", report.id)
        touch(uow, report)


def release_report(command: ReleaseReport, *, actor: Actor) -> None:
    """Put a report back: one's own, or by whoever gives out the work of the unit.

    Raises MoveRefused when nobody has it any more.
    """
    with unit_of_work(actor) as uow:
        report = open_at_a_desk(uow, command.reference, command.seen_version)
        _demand_own_or_head(actor, report)
        if report.handler_id is None:
            raise MoveRefused("has-nobody", subject="report", state=report.state)
        before, report.handler_id = report.handler_id, None
        record(uow, "report.release", "report", report.id, handler_before=before.hex)
        touch(uow, report)


def hand_over_report(command: HandOverReport, *, actor: Actor) -> None:
    """Give a report to a named colleague of its unit; the reason is a note of the file.

    By whoever has it, or gives out the work of the unit. Somebody who is away is stood in for.
    Raises RuleBroken for a colleague who cannot have it, or who has it already.
    """
    with unit_of_work(actor) as uow:
        report = open_at_a_desk(uow, command.reference, command.seen_version)
        _demand_own_or_head(actor, report)
        before = report.handler_id
        give(uow, report, command.officer, "report.hand-over")
        if report.handler_id == before:
            raise RuleBroken("officer-has-it-already")
        write(uow, report, MessageKind.NOTE, command.reason)
        touch(uow, report)


def open_at_a_desk(uow: UnitOfWork, reference: str, seen: int | None) -> Report:
    """The report, locked, if it is open and with a unit; RuleBroken otherwise."""
    report = reports.get_report(uow.session, reference, uow.actor, for_update=True)
    reports.demand_version(report, seen)
    reports.demand_not_merged(report)
    if report.state not in OPEN_STATES or report.department_code is None:
        raise RuleBroken("nothing-to-assign")
    return report


def give(uow: UnitOfWork, report: Report, officer: UUID, action: str, **details: str) -> None:
    """Give a report to an officer, or to whoever stands in, and put that on the trail."""
    given = holder(uow, report, officer)
    away = officer.hex if given.id != officer else None
    report.handler_id = given.id
    record(uow, action, "report", report.id, handler=given.id.hex, instead_of=away, **details)


def holder(uow: UnitOfWork, report: Report, officer: UUID) -> Account:
    """Who gets what is given to this officer: they themselves, or whoever stands in today.

    Their account stays as it is until the report is theirs, so nothing is given to one that is
    being closed. Raises RuleBroken if they are unknown, cannot have it or must not know of it, or
    all are away.
    """
    here = find_present(uow.session, officer, local_date(current_place(), uow.now))
    if here is None:
        raise RuleBroken("officer-away")
    account = uow.session.get(Account, here, with_for_update={"read": True})
    excluded = reports.is_excluded(uow.session, report, here)
    if account is None or excluded or not _holds(account, report.department_code):
        raise RuleBroken("officer-not-available")
    return account


def can_be_given(uow: UnitOfWork, officer: UUID, department: str | None) -> bool:
    """Whether this account is open and can have reports of the unit, away or not."""
    account = uow.session.get(Account, officer)
    return account is not None and _holds(account, department)


def _holds(account: Account, department: str | None) -> bool:
    open_ = account.disabled_at is None
    return open_ and can_hold(account.roles, account.department, department)


def _demand_own_or_head(actor: Actor, report: Report) -> None:
    if may(actor, Permission.ASSIGN_REPORTS) and works_at(actor, report.department_code):
        return
    demand(actor, Permission.READ_REPORTS)
    if report.handler_id is None or report.handler_id != actor.id:
        raise NotPermitted("not-yours")
