"""Lists of cases and of tasks, page by page."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, or_, select, text, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.models import Account
from portal.cases.models import IS_OPEN_CASE, IS_TO_DO, Case, CaseTask
from portal.cases.queries.access import context_of, in_scope, key_of
from portal.cases.states import CaseState
from portal.casework.queries.board import days_left
from portal.casework.queries.filters import Viewpoint
from portal.jurisdiction.queries import current_place
from portal.kernel.page import Key, Page, Window, page_of

DUE_KEY: Final = (int, UUID)
NEWEST_KEY: Final = (datetime, UUID)


class CaseList(StrEnum):
    """Which cases a list shows."""

    MINE = "mine"
    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as lists show it; `days_left` in working days, negative when late."""

    id: UUID
    number: str
    title: str = field(repr=False)
    state: CaseState
    category: str
    region: str
    department: str
    handler: str | None = field(repr=False)
    opened_at: datetime
    due_on: date | None
    days_left: int
    overdue: bool
    paused: bool
    supervised: bool


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as lists show it."""

    id: UUID
    number: str
    text: str = field(repr=False)
    due_on: date
    days_left: int
    overdue: bool


Columns = Select[Case, str]
Day = InstrumentedAttribute[date]
Own = InstrumentedAttribute[UUID]


def list_cases(
    session: Session, chosen: CaseList, view: Viewpoint, window: Window
) -> Page[CaseLine]:
    """Open cases by their date, or all of them by when they were opened, newest first."""
    rows = select(Case, Account.display_name).outerjoin(Account, Account.id == Case.handler_id)
    asked = rows.where(in_scope(view.actor)).limit(window.fetch)
    if chosen is CaseList.ALL:
        found = session.execute(_by_opening(asked, window)).all()
        page = page_of(found, window, lambda row: (row[0].opened_at, row[0].id))
    else:
        asked = asked.where(text(IS_OPEN_CASE))
        if chosen is CaseList.MINE:
            asked = asked.where(Case.handler_id == view.actor.id)
        due, own = Case.next_due_on, Case.id
        asked = asked.where(_beyond(due, own, window)).order_by(*_order(due, own, window))
        found = session.execute(asked).all()
        page = page_of(found, window, lambda row: (row[0].next_due_on.toordinal(), row[0].id))
    return Page(tuple(case_line(row, view) for row in page.items), page.after, page.before)


def list_tasks(session: Session, view: Viewpoint, window: Window) -> Page[TaskLine]:
    """What the reader has to do in cases, the nearest date first."""
    rows = select(CaseTask, Case).join(Case, Case.id == CaseTask.case_id)
    asked = rows.where(
        CaseTask.owner_id == view.actor.id, text(IS_TO_DO), in_scope(view.actor)
    ).limit(window.fetch)
    due, own = CaseTask.due_on, CaseTask.id
    asked = asked.where(_beyond(due, own, window)).order_by(*_order(due, own, window))
    page = page_of(
        session.execute(asked).all(), window, lambda row: (row[0].due_on.toordinal(), row[0].id)
    )
    lines = tuple(_task_line(task, case, view) for task, case in page.items)
    return Page(lines, page.after, page.before)


def title_of(case: Case) -> str:
    """What a case is called."""
    said = key_of(case).decrypt_json(case.content, context_of("case_file.content", case.id))
    return str(said["title"])


def _by_opening(asked: Columns, window: Window) -> Columns:
    at, own = Case.opened_at, Case.id
    if window.key is not None:
        moment, last = window.key
        if window.backwards:
            asked = asked.where(at >= moment, or_(at > moment, own > last))
        else:
            asked = asked.where(at <= moment, or_(at < moment, own < last))
    return asked.order_by(at, own) if window.backwards else asked.order_by(at.desc(), own.desc())


def _beyond(due: Day, own: Own, window: Window) -> ColumnElement[bool]:
    """What lies beyond the page the reader comes from, by date."""
    if window.key is None:
        return true()
    day, last = _day(window.key), window.key[1]
    if window.backwards:
        return (due <= day) & or_(due < day, own < last)
    return (due >= day) & or_(due > day, own > last)


def _order(due: Day, own: Own, window: Window) -> tuple[ColumnElement[date], ColumnElement[UUID]]:
    return (due.desc(), own.desc()) if window.backwards else (due.asc(), own.asc())


def _day(key: Key) -> date:
    """The day of an ordinal out of a URL, whatever number stands there."""
    return date.fromordinal(min(max(int(str(key[0])), 1), date.max.toordinal()))


def case_line(row: Row[Case, str], view: Viewpoint) -> CaseLine:
    """A case as lists show it."""
    case, handler = row
    open_ = case.state is not CaseState.CLOSED
    version = current_place().version
    return CaseLine(
        id=case.id,
        number=case.number,
        title=title_of(case),
        state=case.state,
        category=case.category,
        region=case.region,
        department=case.department_code,
        handler=handler,
        opened_at=case.opened_at,
        due_on=case.next_due_on if open_ else None,
        days_left=days_left(version, view.today, case.next_due_on) if open_ else 0,
        overdue=open_ and case.paused_on is None and case.next_due_on < view.today,
        paused=open_ and case.paused_on is not None,
        supervised=case.supervised_at is not None,
    )


def _task_line(task: CaseTask, case: Case, view: Viewpoint) -> TaskLine:
    said = key_of(case).decrypt_text(task.body, context_of("case_task.body", task.id))
    return TaskLine(
        id=task.id,
        number=case.number,
        text=said,
        due_on=task.due_on,
        days_left=days_left(current_place().version, view.today, task.due_on),
        overdue=task.due_on < view.today,
    )
