"""Legal holds: one person places one, another natural person lifts it."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account
from portal.audit.trail import record
from portal.cases.models import Case, CaseReport
from portal.cases.queries import access as cases
from portal.casework.service.erasure import awaits_erasing
from portal.disposal.models import LegalHold, lifting_context, words_context
from portal.disposal.queries.holds import get_hold, key_of
from portal.disposal.rules import demand_another
from portal.infra.erasures import ErasureKind, note_hold
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.jurisdiction.tables import RecordKind
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """A hold on a record, by its reference or number: on what it rests, why, and until when."""

    record: RecordKind
    name: str
    until_on: date
    basis: str = field(repr=False)
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LiftHold:
    """The end of a hold, and why it is not needed any more."""

    hold_id: UUID
    reason: str = field(repr=False)


def place_hold(command: PlaceHold, *, actor: Actor) -> UUID:
    """Keep a record whatever the schedule says; return the id of the hold.

    Raises NotFound out of scope, Disposed when it came too late, RuleBroken for a second hold.
    """
    demand(actor, Permission.DISPOSE_RECORDS)
    with unit_of_work(actor) as uow:
        target = _take(uow, command.record, command.name)
        if target.held_at is not None:
            raise RuleBroken("held-already")
        account = _account(uow)
        hold = LegalHold(
            report_id=target.id if isinstance(target, Report) else None,
            case_id=target.id if isinstance(target, Case) else None,
            words=b"",
            until_on=command.until_on,
            placed_at=uow.now,
            placed_by=account.id,
            placed_person=account.person_id,
        )
        said = {"basis": command.basis, "reason": command.reason}
        hold.words = key_of(target).encrypt_json(said, words_context(hold.id))
        uow.session.add(hold)
        target.held_at = uow.now
        _tell_ledger(uow, target)
        _note(uow, target, "hold", hold)
        return hold.id


def lift_hold(command: LiftHold, *, actor: Actor) -> Report | Case:
    """End a hold: from here on the schedule counts again; return the record.

    Raises NotFound for a hold out of scope or lifted already, and RuleBroken for the natural person
    who placed it, from whichever account.
    """
    demand(actor, Permission.DISPOSE_RECORDS)
    with unit_of_work(actor) as uow:
        hold, target = get_hold(uow.session, command.hold_id, actor, for_update=True)
        account = _account(uow)
        demand_another(hold.placed_person, account.person_id, "hold-needs-second")
        hold.lifting = key_of(target).encrypt_text(command.reason, lifting_context(hold.id))
        hold.lifted_by, hold.lifted_person = account.id, account.person_id
        hold.lifted_at = uow.now
        target.held_at = None
        _note(uow, target, "lift-hold", hold)
        if isinstance(target, Report) and awaits_erasing(target):
            uow.task(TaskKind.ERASE_WORDS, target.id, cause=f"hold:{hold.id.hex}")
        return target


def _take(uow: UnitOfWork, kind: RecordKind, name: str) -> Report | Case:
    if kind is RecordKind.REPORT:
        return reports.get_report(uow.session, name, uow.actor, for_update=True)
    return cases.get_case(uow.session, name, uow.actor, for_update=True)


def _account(uow: UnitOfWork) -> Account:
    account = uow.session.get(Account, uow.actor.id) if uow.actor.id else None
    if account is None:
        raise NotFound("account")
    return account


def _tell_ledger(uow: UnitOfWork, target: Report | Case) -> None:
    """An erasure that a crash kept from happening is not replayed over a hold that came since."""
    if isinstance(target, Report):
        _hold(uow, target)
        around = select(CaseReport.case_id).where(CaseReport.report_id == target.id)
        for case_id in uow.session.scalars(around.where(CaseReport.left_at.is_(None))):
            note_hold(uow, ErasureKind.CASE, case_id)
        return
    note_hold(uow, ErasureKind.CASE, target.id)
    inside = select(Report).join(CaseReport, CaseReport.report_id == Report.id)
    here = inside.where(CaseReport.case_id == target.id, CaseReport.left_at.is_(None))
    for report in uow.session.scalars(here):
        _hold(uow, report)


def _hold(uow: UnitOfWork, report: Report) -> None:
    """Its words too, where they wait to be erased: gone ones must stay so after a restore."""
    note_hold(uow, ErasureKind.REPORT, report.id)
    if awaits_erasing(report):
        note_hold(uow, ErasureKind.WORDS, report.id)


def _note(uow: UnitOfWork, target: Report | Case, act: str, hold: LegalHold) -> None:
    kind = "report" if isinstance(target, Report) else "case"
    record(uow, f"{kind}.{act}", kind, target.id, hold=hold.id.hex, until=str(hold.until_on))
