"""Every night: each record that has ended gets the day on which its time is over."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.cases.models import Case, CaseReport
from portal.cases.states import CaseState
from portal.disposal.models import RetentionItem
from portal.disposal.queries.terms import Kept, kept_cases, kept_reports
from portal.disposal.states import DisposalState
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.states import OPEN_STATES, ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor

BATCH: Final = 500
_FIRST: Final = UUID(int=0)
_ENDED: Final = tuple(sorted(frozenset(ReportState) - OPEN_STATES))


def schedule_records(*, actor: Actor) -> int:
    """Enter what has ended, and look again at what is open again or was dated by another version.

    Safe to run late and twice; returns how many were entered. What a hold keeps is dated as well.
    """
    entered = _walk(_new_reports, _enter_reports, actor) + _walk(_new_cases, _enter_cases, actor)
    _walk(_out_of_date, _date_again, actor)
    return entered


def _walk(
    asked: Callable[[UUID], Select[UUID]],
    act: Callable[[UnitOfWork, Sequence[UUID]], None],
    actor: Actor,
) -> int:
    """Do something to everything a question finds, some hundred at a time, in the order of ids."""
    last, count = _FIRST, 0
    while True:
        found = db.session.scalars(asked(last).limit(BATCH)).all()
        if not found:
            return count
        with unit_of_work(actor) as uow:
            act(uow, found)
        last, count = found[-1], count + len(found)


def _new_reports(after: UUID) -> Select[UUID]:
    """Those of a case that is open wait for it."""
    known = exists().where(RetentionItem.report_id == Report.id)
    wanted = select(Report.id).where(Report.state.in_(_ENDED), Report.disposed_at.is_(None), ~known)
    return wanted.where(Report.id > after, ~_in_open_case(Report.id)).order_by(Report.id)


def _new_cases(after: UUID) -> Select[UUID]:
    known = exists().where(RetentionItem.case_id == Case.id)
    wanted = select(Case.id).where(Case.state == CaseState.CLOSED, Case.disposed_at.is_(None))
    return wanted.where(~known, Case.id > after).order_by(Case.id)


def _in_open_case(report_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    link, case = aliased(CaseReport), aliased(Case)
    return exists().where(
        link.report_id == report_id,
        link.left_at.is_(None),
        case.id == link.case_id,
        case.state != CaseState.CLOSED,
    )


def _out_of_date(after: UUID) -> Select[UUID]:
    item = RetentionItem
    open_again = or_(
        and_(item.report_id.is_not(None), Report.state.in_(OPEN_STATES)),
        and_(item.case_id.is_not(None), Case.state != CaseState.CLOSED),
        _in_open_case(item.report_id),
    )
    return (
        select(item.id)
        .outerjoin(Report, Report.id == item.report_id)
        .outerjoin(Case, Case.id == item.case_id)
        .where(
            item.state == DisposalState.SCHEDULED,
            or_(item.place_version != current_place().version, open_again),
            item.id > after,
        )
        .order_by(item.id)
    )


def _enter_reports(uow: UnitOfWork, ids: Sequence[UUID]) -> None:
    for report_id, kept in kept_reports(uow.session, ids).items():
        _enter(uow, kept, report_id=report_id)


def _enter_cases(uow: UnitOfWork, ids: Sequence[UUID]) -> None:
    for case_id, kept in kept_cases(uow.session, ids).items():
        _enter(uow, kept, case_id=case_id)


def _enter(
    uow: UnitOfWork, kept: Kept, *, report_id: UUID | None = None, case_id: UUID | None = None
) -> None:
    if kept.terms is not None:
        uow.insert_once(new_item(kept, report_id=report_id, case_id=case_id))


def new_item(
    kept: Kept, *, report_id: UUID | None = None, case_id: UUID | None = None
) -> RetentionItem:
    """The row of a record that has ended."""
    if kept.terms is None:
        raise ValueError("a record without terms has not ended")
    return RetentionItem(
        report_id=report_id,
        case_id=case_id,
        department_code=kept.department,
        series=kept.terms.series,
        place_version=current_place().version,
        starts_on=kept.terms.starts_on,
        due_on=kept.terms.due_on,
        identity_on=kept.terms.identity_on,
    )


def _date_again(uow: UnitOfWork, ids: Sequence[UUID]) -> None:
    wanted = select(RetentionItem).where(
        RetentionItem.id.in_(ids), RetentionItem.state == DisposalState.SCHEDULED
    )
    items = uow.session.scalars(wanted.with_for_update()).all()
    date_items(uow, items)


def date_items(uow: UnitOfWork, items: Sequence[RetentionItem]) -> None:
    """Give scheduled records the days of the schedule of today; take out what is open again."""
    kept = {
        **kept_reports(uow.session, {one.report_id for one in items if one.report_id}),
        **kept_cases(uow.session, {one.case_id for one in items if one.case_id}),
    }
    for item in items:
        record = item.report_id or item.case_id
        terms = kept[record].terms if record and record in kept else None
        if terms is None:
            uow.session.delete(item)
            continue
        item.series, item.starts_on, item.due_on = terms.series, terms.starts_on, terms.due_on
        item.identity_on = terms.identity_on
        item.place_version = current_place().version
