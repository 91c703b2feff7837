"""Reading a report and its files: what staff look at is on the trail."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import update

from portal.access.permissions import Permission, demand, may
from portal.audit.trail import record
from portal.casework.queries.comparison import Comparison, get_comparison
from portal.casework.queries.dossier import get_dossier
from portal.casework.queries.events import NOTED_EVERY, OPENING
from portal.casework.queries.lines import Dossier, Facts, LeadFile
from portal.casework.rules import works_at
from portal.evidence import queries as files
from portal.evidence import service as evidence
from portal.evidence.queries import OpenedFile
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Report, ReportFile
from portal.intake.states import OPEN_STATES
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class OpenOriginal:
    """Wanting a file as it was sent, and what for."""

    reference: str
    evidence_id: UUID
    reason: str = field(repr=False)


def open_dossier(reference: str, *, actor: Actor) -> Dossier | LeadFile:
    """Read a report; that this person opened it is noted once an hour.

    Who knows it by a lead only reads what was reported. Raises NotFound out of the actor's sight.
    """
    demand(actor, Permission.READ_REPORTS)
    dossier = get_dossier(db.session(), reference, actor)
    whole = dossier if isinstance(dossier, Dossier) else None
    news = whole.facts if whole and _reads_for_the_desk(whole.facts, actor) else None
    if news or not dossier.opened_lately:
        with unit_of_work(actor) as uow:
            if not dossier.opened_lately:
                record(uow, OPENING, "report", dossier.id)
            if news:
                note_read(uow, news)
    return dossier


def _reads_for_the_desk(facts: Facts, actor: Actor) -> bool:
    """Whether what the reporter wrote is no longer news once this reader has the page open."""
    if facts.written_at is None:
        return False
    if facts.handler_id is not None and facts.state in OPEN_STATES:
        return facts.handler_id == actor.id
    if facts.department_code is None:
        return may(actor, Permission.ROUTE_REPORTS)
    return works_at(actor, facts.department_code)


def note_read(uow: UnitOfWork, facts: Facts) -> None:
    """What came in meanwhile is still news; to read changes nothing that others act on."""
    seen = update(Report).where(Report.id == facts.id, Report.written_at == facts.written_at)
    uow.session.execute(seen.values(written_at=None, version=Report.version))


def open_comparison(reference: str, other: str, *, actor: Actor) -> Comparison:
    """Read two reports side by side; that this person opened them is noted once an hour.

    Raises NotFound unless the actor may see both.
    """
    demand(actor, Permission.RELATE_REPORTS)
    found = get_comparison(db.session(), reference, other, actor)
    new = [side for side in (found.one, found.other) if not side.opened_lately]
    if new:
        with unit_of_work(actor) as uow:
            for side in new:
                record(uow, OPENING, "report", side.facts.id)
    return found


def open_preview(reference: str, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open the small grey blurred picture of an image; that this person did is noted once an hour.

    A page shows every picture of a report at once, and is read again after each act.
    """
    demand(actor, Permission.READ_REPORTS)
    session = db.session()
    _demand_file(reports.get_report_in_sight(session, reference, actor), evidence_id)
    opened = files.open_preview(session, evidence_id)
    if not files.has_previewed(session, evidence_id, actor, datetime.now(UTC) - NOTED_EVERY):
        with unit_of_work(actor) as uow:
            evidence.note_preview(uow, evidence_id)
    return opened


def open_rendition(reference: str, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open the copy without metadata, and note who did."""
    demand(actor, Permission.READ_REPORTS)
    with unit_of_work(actor) as uow:
        report = reports.get_report_in_sight(uow.session, reference, actor)
        _demand_file(report, evidence_id)
        return evidence.open_rendition(uow, evidence_id)


def open_original(command: OpenOriginal, *, actor: Actor) -> OpenedFile:
    """Open a file as it was sent, and note who did and why.

    Raises NotFound for a file of another report, and for one known by a lead only: an original
    may tell its author. RuleBroken while it may not be opened.
    """
    demand(actor, Permission.OPEN_ORIGINALS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor)
        _demand_file(report, command.evidence_id)
        opened = evidence.open_original(uow, command.evidence_id, command.reason)
        _note_original(uow, report, command.evidence_id)
        return opened


def _demand_file(report: Report, evidence_id: UUID) -> None:
    """A file is reached through its report only."""
    link = db.session().get(ReportFile, evidence_id)
    if link is None or link.report_id != report.id:
        raise NotFound("file")


def _note_original(uow: UnitOfWork, report: Report, evidence_id: UUID) -> None:
    record(uow, "report.open-original", "report", report.id, evidence=evidence_id.hex)
