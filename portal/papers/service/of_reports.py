"""Papers of a report that is in no case: the hotline's forms, numbered like all others (F22)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from uuid import UUID

from flask_babel import force_locale, gettext
from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.service.in_hand import today
from portal.casework.rules import demand_own_desk
from portal.evidence.made import erase_made, keep_made, open_made, record_made
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.papers.models import ReportPaper
from portal.papers.queries.of_reports import is_in_case, struck_context
from portal.papers.service.in_hand import form_of, known_language
from portal.papers.service.issuing import next_number
from portal.papers.sheets import LOCALES, ReportOnPaper, Sheet, paper_pdf
from portal.papers.striking import struck


@dataclass(frozen=True, slots=True)
class MakeReportPaper:
    """A paper of a report: its kind, and what is written in each part of it."""

    reference: str
    form: str
    words: Mapping[str, str] = field(repr=False)
    language: str = "zh-Hans"
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class StrikeReportPaper:
    """Taking back a paper that was made wrongly; it stays with its number, struck out."""

    reference: str
    paper_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedPaper:
    """A paper of a report being handed out, under the name it is saved by."""

    name: str
    chunks: Iterator[bytes] = field(repr=False)


def make_report_paper(command: MakeReportPaper, *, actor: Actor) -> str:
    """Make a paper of a report; return its number, which no other has and after which none lacks.

    Raises RuleBroken for a kind that belongs to a case, for a report that is in one, and where
    nobody could say which unit makes it.
    """
    demand(actor, Permission.ENTER_REPORTS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        reports.demand_version(report, command.seen_version)
        unit = _demand_maker(uow, report, command.form)
        number = next_number(uow, unit, command.form)
        language = known_language(command.language)
        sheet = _sheet(uow, report, unit, number, command)
        paper = BytesIO(paper_pdf(sheet, current_place(), language))
        made = ReportPaper(
            report_id=report.id,
            form=command.form,
            number=number,
            language=language,
            made_at=uow.now,
            made_by=actor.id,
            file_id=record_made(uow, keep_made(paper)),
        )
        uow.session.add(made)
        details = {"paper": made.id.hex, "form": made.form, "number": number}
        record(uow, "report.make-paper", "report", report.id, **details)
        return number


def strike_report_paper(command: StrikeReportPaper, *, actor: Actor) -> None:
    """Strike a paper of a report out, for a reason: it stays, and its number is not given again.

    Raises NotFound for one of another report and one that is struck out already.
    """
    demand(actor, Permission.ENTER_REPORTS)
    if not command.reason.strip():
        raise RuleBroken("struck-without-reason")
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        reports.demand_version(report, command.seen_version)
        demand_own_desk(uow.actor, report.department_code)
        made = uow.session.get(ReportPaper, command.paper_id, with_for_update=True)
        if made is None or made.report_id != report.id or made.struck_at is not None:
            raise NotFound("paper")
        made.struck_at = uow.now
        made.struck_because = reports.key_of(report).encrypt_text(
            command.reason, struck_context(made.id)
        )
        details = {"paper": made.id.hex, "form": made.form, "number": made.number}
        record(uow, "report.strike-paper", "report", report.id, **details)


def _demand_maker(uow: UnitOfWork, report: Report, code: str) -> str:
    """The unit that makes the paper: the one that has the report, or whose desk it lies at."""
    demand_own_desk(uow.actor, report.department_code)
    if is_in_case(uow.session, report):
        raise RuleBroken("paper-of-its-case")
    if not form_of(code).without_case:
        raise RuleBroken("paper-needs-case")
    unit = report.department_code or uow.actor.department
    if unit is None:
        raise RuleBroken("paper-without-unit")
    return unit


def _sheet(
    uow: UnitOfWork, report: Report, unit: str, number: str, command: MakeReportPaper
) -> Sheet:
    known = ReportOnPaper(
        report.reference,
        local_date(current_place(), report.received_at),
        report.channel,
        report.category,
        report.region,
    )
    form = form_of(command.form)
    kept = {str(part): command.words.get(part, "") for part in form.parts}
    return Sheet(form, "", unit, today(uow), kept, number, report=known)


def open_report_paper(reference: str, paper_id: UUID, *, actor: Actor) -> OpenedPaper:
    """Open a paper of a report to hand it out; who did is on the trail. NotFound out of scope.

    One that was struck out says so on every page.
    """
    demand(actor, Permission.READ_REPORTS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, reference, actor)
        made = uow.session.get(ReportPaper, paper_id)
        if made is None or made.report_id != report.id:
            raise NotFound("paper")
        record(uow, "report.open-paper", "report", report.id, paper=made.id.hex)
        chunks = open_made(uow.session, made.file_id).chunks
        if made.struck_at is not None:
            with force_locale(LOCALES[made.language]):
                chunks = iter((struck(b"".join(chunks), gettext("Struck out")),))
        return OpenedPaper(f"{made.number}.pdf", chunks)


def destroy_report_papers(uow: UnitOfWork, report_id: UUID) -> None:
    """Destroy what was made of a report; its numbers are not given again."""
    made = list(uow.session.scalars(select(ReportPaper).where(ReportPaper.report_id == report_id)))
    for one in made:
        uow.session.delete(one)
    uow.session.flush()
    for one in made:
        erase_made(uow, one.file_id)
