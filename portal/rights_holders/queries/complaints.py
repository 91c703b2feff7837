"""The complaints of one organisation: as a list, one by one, and by the sheet they came in."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.evidence.queries import FileLine, list_files
from portal.infra.keyset import in_window
from portal.infra.tasks import Task, TaskState
from portal.infra.vault import ContentKey
from portal.intake.models import Report
from portal.intake.states import MAY_WAIT, PublicStage, public_stage
from portal.jurisdiction.place import Reason
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rights_holders.models import (
    Complaint,
    ComplaintFile,
    ComplaintSheet,
    Membership,
    Organisation,
    SentFile,
    Work,
    complaint_context,
)
from portal.rights_holders.queries.own import acts_for, get_the_one, key_of
from portal.rights_holders.rules.complaints import RIGHTS, ComplaintField, RightBasis
from portal.rights_holders.rules.problems import Fault, Problem
from portal.rights_holders.states import COMPLAINT_LIFECYCLE, ComplaintAction, ComplaintState

LIST_KEY: Final = (int,)
MOST_EXPORTED: Final = 20_000
IS_ASKED: Final = (Report.waiting_since.is_not(None), Report.state.in_(MAY_WAIT))


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the list is asked for.

    `asked` are those that the office waits with for a reply, `countered` those that a
    counter-notice was filed to which their people can answer now.
    """

    state: ComplaintState | None = None
    work: int | None = None
    sheet: int | None = None
    like: int | None = None
    asked: bool = False
    countered: bool = False
    oldest_first: bool = False


_COUNTERED: list[Callable[[UUID], ColumnElement[bool]]] = []


def offer_countered(condition: Callable[[UUID], ColumnElement[bool]]) -> None:
    """Have a later stage say which complaints of an organisation are countered."""
    _COUNTERED.append(condition)


@dataclass(frozen=True, slots=True)
class OwnComplaint:
    """By what an address names a complaint."""

    organisation: str
    number: int


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """A complaint as its people see it, and as much of its report as a reporter is told."""

    number: int
    state: ComplaintState
    work: str | None
    work_number: int | None
    cells: Mapping[str, str] = field(repr=False)
    problems: tuple[Problem, ...]
    made_at: datetime
    due_on: date | None
    declared: bool
    sheet: int | None
    row: int | None
    repeats: int | None
    reference: str | None
    stage: PublicStage | None
    promised_on: date | None
    outcome: Reason | None
    version: int

    @property
    def target(self) -> str:
        """What is complained about, in one line."""
        return self.cells.get(ComplaintField.URL) or self.cells.get(ComplaintField.PLACE) or ""

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether it can still be taken back: no office has seen it."""
        return ComplaintAction.WITHDRAW in COMPLAINT_LIFECYCLE.actions_from(self.state)

    @property
    def right(self) -> RightBasis | None:
        """By what right it is complained, if what was typed means one."""
        return RIGHTS.get(self.cells.get(ComplaintField.RIGHT, "").casefold())


@dataclass(frozen=True, slots=True)
class SheetPage:
    """A sheet and how far its rows have come.

    The first rows lapse after `lapse_on` if nobody declares them, after `wrong_lapse_on` if nobody
    mends them.
    """

    id: UUID
    number: int
    encoding: str
    rows: int
    received_at: datetime
    declared_at: datetime | None
    counts: Mapping[ComplaintState, int]
    lapse_on: date | None = None
    wrong_lapse_on: date | None = None
    stuck: int = 0

    @property
    def under_way(self) -> int:
        """How many rows are about to be filed, without those that failed and wait for a person."""
        return self.counts[ComplaintState.READY] - self.stuck if self.declared_at else 0


def list_complaints(
    session: Session, organisation: Organisation, window: Window, filters: Filters
) -> Page[ComplaintLine]:
    """The complaints of an organisation that the filters ask for, in one statement."""
    wanted = _filtered(session, organisation, filters)
    newest = not filters.oldest_first
    rows = session.execute(in_window(wanted, window, Complaint.number, newest_first=newest)).all()
    key = key_of(organisation)
    return page_of([_line(key, row) for row in rows], window, lambda one: (one.number,))


def every_complaint(
    session: Session, organisation: Organisation, filters: Filters
) -> Iterator[ComplaintLine]:
    """The same without pages, for taking along; at most MOST_EXPORTED."""
    key = key_of(organisation)
    wanted = _filtered(session, organisation, filters).order_by(Complaint.number)
    for row in session.execute(wanted.limit(MOST_EXPORTED)):
        yield _line(key, row)


def get_complaint(session: Session, organisation: Organisation, number: int) -> ComplaintLine:
    """One complaint of this organisation; NotFound for any other."""
    wanted = _lines(organisation).where(Complaint.number == number)
    row = session.execute(wanted).first()
    if row is None:
        raise NotFound("complaint")
    return _line(key_of(organisation), row)


def find_own(
    session: Session, organisation: Organisation, number: int, *, lock: bool = False
) -> Complaint:
    """The row of a complaint of this organisation; NotFound for any other."""
    wanted = select(Complaint).where(
        Complaint.organisation_id == organisation.id, Complaint.number == number
    )
    return get_the_one(session, wanted, "complaint", lock=lock)


def get_own_complaint(session: Session, complaint_id: UUID, actor: Actor) -> OwnComplaint:
    """Where a complaint stands for whoever acts for its organisation now; NotFound for others."""
    found = session.execute(
        select(Organisation.number, Complaint.number)
        .join(Complaint, Complaint.organisation_id == Organisation.id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Complaint.id == complaint_id, acts_for(actor))
    ).first()
    if found is None:
        raise NotFound("complaint")
    return OwnComplaint(*found)


def list_own_files(session: Session, organisation: Organisation, number: int) -> list[FileLine]:
    """The files that came with a complaint."""
    complaint = find_own(session, organisation, number)
    sent = select(ComplaintFile.evidence_id).where(ComplaintFile.complaint_id == complaint.id)
    return list_files(session, sent)


def files_of(session: Session, complaints: Collection[UUID]) -> Mapping[UUID, list[UUID]]:
    """The files that came with some complaints, for those that have any."""
    found: dict[UUID, list[UUID]] = {}
    sent = (
        select(ComplaintFile.complaint_id, ComplaintFile.evidence_id)
        .where(ComplaintFile.complaint_id.in_(complaints))
        .order_by(ComplaintFile.complaint_id, ComplaintFile.evidence_id)
    )
    for complaint, file in session.execute(sent):
        found.setdefault(complaint, []).append(file)
    return found


def get_sent_file(session: Session, organisation: Organisation, number: int) -> FileLine:
    """A file that was sent ahead and waits; NotFound for any other."""
    sent = select(SentFile.evidence_id).where(
        SentFile.organisation_id == organisation.id, SentFile.number == number
    )
    found = list_files(session, sent)
    if not found:
        raise NotFound("file")
    return found[0]


def get_sheet(session: Session, organisation: Organisation, number: int) -> ComplaintSheet:
    """A sheet of this organisation; NotFound for any other."""
    wanted = select(ComplaintSheet).where(
        ComplaintSheet.organisation_id == organisation.id, ComplaintSheet.number == number
    )
    return get_the_one(session, wanted, "sheet")


def get_sheet_page(session: Session, organisation: Organisation, number: int) -> SheetPage:
    """A sheet with the number of its rows in each state, and when the first of them lapse."""
    sheet = get_sheet(session, organisation, number)
    first = func.min(Complaint.due_on)
    undeclared = Complaint.state == ComplaintState.READY, Complaint.declared_at.is_(None)
    lapse_on, wrong_lapse_on = session.execute(
        select(
            first.filter(*undeclared),
            first.filter(Complaint.state == ComplaintState.NEEDS_INFORMATION),
        ).where(Complaint.sheet_id == sheet.id)
    ).one()
    page = _sheet_page(session, sheet)
    return replace(page, lapse_on=lapse_on, wrong_lapse_on=wrong_lapse_on)


def list_sheets(session: Session, organisation: Organisation, window: Window) -> Page[SheetPage]:
    """The sheets of an organisation, the newest first."""
    wanted = select(ComplaintSheet).where(ComplaintSheet.organisation_id == organisation.id)
    found = in_window(wanted, window, ComplaintSheet.number, newest_first=True)
    sheets = session.scalars(found).all()
    counts = _counts(session, [one.id for one in sheets])
    pages = [_counted(one, counts.get(one.id, {})) for one in sheets]
    return page_of(pages, window, lambda one: (one.number,))


def cells_of(key: ContentKey, complaint: Complaint) -> Mapping[str, str]:
    """What was typed; nothing once it was erased."""
    if complaint.body is None:
        return {}
    typed: Mapping[str, str] = key.decrypt_json(complaint.body, complaint_context(complaint.id))
    return typed


def problems_of(complaint: Complaint) -> tuple[Problem, ...]:
    """What is missing or wrong."""
    listed = complaint.problems.get("list", [])
    return tuple(Problem(field, Fault(fault)) for field, fault in listed)


def _sheet_page(session: Session, sheet: ComplaintSheet) -> SheetPage:
    found = _counted(sheet, _counts(session, [sheet.id]).get(sheet.id, {}))
    return replace(found, stuck=_count_stuck(session, sheet)) if found.under_way else found


def _count_stuck(session: Session, sheet: ComplaintSheet) -> int:
    dead = exists().where(Task.subject_id == Complaint.id, Task.state == TaskState.DEAD)
    ready = select(func.count()).where(
        Complaint.sheet_id == sheet.id, Complaint.state == ComplaintState.READY, dead
    )
    return session.scalar(ready) or 0


def _counts(session: Session, sheets: list[UUID]) -> dict[UUID, dict[ComplaintState, int]]:
    rows = session.execute(
        select(Complaint.sheet_id, Complaint.state, func.count())
        .where(Complaint.sheet_id.in_(sheets))
        .group_by(Complaint.sheet_id, Complaint.state)
    )
    found: dict[UUID, dict[ComplaintState, int]] = {}
    for sheet, state, count in rows:
        if sheet is not None:
            found.setdefault(sheet, {})[state] = count
    return found


def _counted(sheet: ComplaintSheet, counts: Mapping[ComplaintState, int]) -> SheetPage:
    return SheetPage(
        id=sheet.id,
        number=sheet.number,
        encoding=sheet.encoding,
        rows=sheet.rows,
        received_at=sheet.received_at,
        declared_at=sheet.declared_at,
        counts={state: counts.get(state, 0) for state in ComplaintState},
    )


def _lines(organisation: Organisation) -> Select[*tuple[Any, ...]]:
    earlier = aliased(Complaint)
    return (
        select(
            Complaint,
            Work.title,
            Work.number,
            earlier.number,
            ComplaintSheet.number,
            Report.reference,
            Report.state,
            Report.waiting_since,
            Report.next_due_on,
            Report.close_reason,
            Report.decline_reason,
        )
        .outerjoin(Work, Work.id == Complaint.work_id)
        .outerjoin(earlier, earlier.id == Complaint.repeats)
        .outerjoin(ComplaintSheet, ComplaintSheet.id == Complaint.sheet_id)
        .outerjoin(Report, Report.id == Complaint.report_id)
        .where(Complaint.organisation_id == organisation.id)
    )


def _filtered(
    session: Session, organisation: Organisation, filters: Filters
) -> Select[*tuple[Any, ...]]:
    wanted = _lines(organisation)
    if filters.state is not None:
        wanted = wanted.where(Complaint.state == filters.state)
    if filters.work is not None:
        wanted = wanted.where(Work.number == filters.work)
    if filters.sheet is not None:
        sheet = get_sheet(session, organisation, filters.sheet)
        wanted = wanted.where(Complaint.sheet_id == sheet.id)
    if filters.asked:
        wanted = wanted.where(*IS_ASKED)
    if filters.countered:
        wanted = wanted.where(*(condition(organisation.id) for condition in _COUNTERED))
    if filters.like is not None:
        target = find_own(session, organisation, filters.like).target
        # Of what is erased, or names no target, nothing else is known to be about the same.
        same = Complaint.number == filters.like if target is None else Complaint.target == target
        wanted = wanted.where(same)
    return wanted


def _line(key: ContentKey, row: Any) -> ComplaintLine:  # noqa: ANN401  # eleven columns
    complaint, title, work, earlier, sheet, reference, state, waits, due, closed, declined = row
    stage = public_stage(state, waiting_for_reporter=waits is not None) if state else None
    ended = stage in {PublicStage.CLOSED, PublicStage.NOT_TAKEN_ON}
    return ComplaintLine(
        number=complaint.number,
        state=complaint.state,
        work=title,
        work_number=work,
        cells=cells_of(key, complaint),
        problems=problems_of(complaint),
        made_at=complaint.made_at,
        due_on=complaint.due_on,
        declared=complaint.declared_at is not None,
        sheet=sheet,
        row=complaint.sheet_row,
        repeats=earlier,
        reference=reference,
        stage=stage,
        promised_on=None if ended else due,
        outcome=current_place().reasons.get(closed or declined or "") if ended else None,
        version=complaint.version,
    )
