"""Opening a case from reports, and which reports are in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.models import Case, CaseCounter, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import MAY_JOIN, demand_head, demand_work
from portal.cases.service import clocks
from portal.cases.service.in_hand import rank_again, take_open, today, touch
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Proposing to file a case on reports of one unit; whoever proposes has it from then on."""

    references: Sequence[str]
    title: str = field(repr=False)
    summary: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddReport:
    """One more report about the matter of a case."""

    number: str
    reference: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddReports:
    """Several reports about the matter of a case, picked on a list."""

    number: str
    references: Sequence[str]


@dataclass(frozen=True, slots=True)
class TakeOut:
    """Taking a report out of a case again, and why."""

    number: str
    reference: str
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class TakeOutUnseen:
    """Taking a report out of a case that has gone out of the head's sight, by its place in it."""

    number: str
    link_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


def open_case(command: OpenCase, *, actor: Actor) -> str:
    """Open a case on reports that were taken on; return its number.

    Raises RuleBroken for a report that has not been taken on, is over, is merged, or is in a case
    already, and for reports of several units.
    """
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        found = [_joinable(uow, one) for one in sorted(set(command.references))]
        if not found:
            raise RuleBroken("case-without-reports")
        first = min(found, key=lambda report: (report.received_at, report.reference))
        unit = str(first.department_code)
        where = Where(unit, first.region or unit.partition("@")[2], first.category)
        case = new_case(uow, where, command.title, command.summary)
        for report in found:
            _put_in(uow, case, report)
        return case.number


def add_report(command: AddReport, *, actor: Actor) -> None:
    """Put one more report into an open case; see `open_case` for what is refused.

    Raises RuleBroken besides for a report that few may know of, where the case is supervised: the
    unit would take it out of the sight of the office above, and for good.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        _put_in(uow, case, _joinable(uow, command.reference))
        rank_again(uow, case)
        touch(uow, case)


def add_reports(command: AddReports, *, actor: Actor) -> None:
    """Put several reports into an open case, all or none; see `add_report` for what is refused."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, None)
        found = [_joinable(uow, one) for one in sorted(set(command.references))]
        if not found:
            raise RuleBroken("case-without-reports")
        for report in found:
            _put_in(uow, case, report)
        rank_again(uow, case)
        touch(uow, case)


def take_out(command: TakeOut, *, actor: Actor) -> None:
    """Take a report out of an open case.

    Raises RuleBroken for the last one, without which there is no case.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        report = reports.get_report(uow.session, command.reference, actor)
        links = _links(uow, case)
        link = next((one for one in links if one.report_id == report.id), None)
        if link is None:
            raise RuleBroken("report-not-in-case")
        record(uow, "case.take-out", "case", case.id, report=report.reference)
        _leave(uow, case, link, links, command.reason)


def take_out_unseen(command: TakeOutUnseen, *, actor: Actor) -> None:
    """Take a report out that is out of sight by now: by the head, who learns nothing of it.

    Raises NotFound for a place in another case, and for a report that is in sight.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        links = _links(uow, case)
        link = next((one for one in links if one.id == command.link_id), None)
        seen = select(Report.id).where(reports.in_scope(actor))
        if link is None or uow.session.scalar(seen.where(Report.id == link.report_id)) is not None:
            raise NotFound("report")
        record(uow, "case.take-out-unseen", "case", case.id, link=link.id.hex)
        _leave(uow, case, link, links, command.reason)


def _links(uow: UnitOfWork, case: Case) -> Sequence[CaseReport]:
    in_it = select(CaseReport).where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None))
    return uow.session.scalars(in_it).all()


def _leave(
    uow: UnitOfWork, case: Case, link: CaseReport, links: Sequence[CaseReport], reason: str
) -> None:
    if len(links) == 1:
        raise RuleBroken("last-report-of-case")
    link.left_at = uow.now
    link.left_because = key_of(case).encrypt_text(
        reason, context_of("case_report.left_because", link.id)
    )
    record(uow, "report.out-of-case", "report", link.report_id, number=case.number)
    rank_again(uow, case)
    touch(uow, case)


def _joinable(uow: UnitOfWork, reference: str) -> Report:
    """The report, locked, if it may be put into a case by this actor."""
    report = reports.get_report(uow.session, reference, uow.actor, for_update=True)
    reports.demand_not_merged(report)
    if report.state not in MAY_JOIN or report.department_code is None:
        raise RuleBroken("report-not-taken-on")
    demand_work(uow.actor, report.department_code)
    held = select(CaseReport.id).where(
        CaseReport.report_id == report.id, CaseReport.left_at.is_(None)
    )
    if uow.session.scalar(held) is not None:
        raise RuleBroken("report-in-a-case")
    return report


@dataclass(frozen=True, slots=True)
class Where:
    """The unit, the region and the category that a case begins with."""

    unit: str
    region: str
    category: str


def new_case(uow: UnitOfWork, where: Where, title: str, summary: str) -> Case:
    """A case with the next number of its unit, and its first clock."""
    place, own = current_place(), uuid4()
    key, wrapped = vault().new_key()
    said = {"title": title, "summary": summary}
    case = Case(
        id=own,
        number=_next_number(uow, where.unit),
        department_code=where.unit,
        region=where.region,
        category=where.category,
        place_version=place.version,
        content_key=wrapped,
        content=key.encrypt_json(said, context_of("case_file.content", own)),
        opened_at=uow.now,
        opened_by=uow.actor.id,
        next_due_on=today(uow),
        changed_at=uow.now,
        handler_id=uow.actor.id,
    )
    uow.session.add(case)
    clocks.begin(uow, case, "open")
    details = {"number": case.number, "department": case.department_code}
    record(uow, "case.open", "case", case.id, **details)
    return case


def _next_number(uow: UnitOfWork, unit: str) -> str:
    """The next number of a unit in this year, such as `CULTURE_ENF-320412-2026-0007`.

    Taken in the transaction that uses it, so that no number is missing (案号连续).
    """
    year = today(uow).year
    on_postgresql = uow.session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    last = uow.session.scalar(
        insert(CaseCounter)
        .values(department_code=unit, year=year, last=1)
        .on_conflict_do_update(
            index_elements=[CaseCounter.department_code, CaseCounter.year],
            set_={"last": CaseCounter.last + 1},
        )
        .returning(CaseCounter.last)
    )
    return f"{unit.replace('@', '-')}-{year}-{last:04d}"


def _put_in(uow: UnitOfWork, case: Case, report: Report) -> None:
    if report.department_code != case.department_code:
        raise RuleBroken("report-of-another-unit")
    if case.supervised_at is not None and (report.restricted or report.conflict):
        raise RuleBroken("supervised-case-stays-in-sight")
    case.restricted = case.restricted or report.restricted
    case.conflict = case.conflict or report.conflict
    link = CaseReport(case_id=case.id, report_id=report.id, added_at=uow.now, added_by=uow.actor.id)
    uow.session.add(link)
    record(uow, "case.add-report", "case", case.id, report=report.reference)
    record(uow, "report.in-case", "report", report.id, number=case.number)
    if case.decision_stands:
        uow.task(TaskKind.TELL_WHO_JOINED, link.id)
