"""Lists of cases and of tasks, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, literal, select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import IS_OPEN_CASE, IS_TO_DO, THROUGHOUT, Case, CaseTask
from portal.cases.queries.access import context_of, in_scope, key_of
from portal.cases.queries.regions import codes_inside
from portal.cases.states import CaseState
from portal.casework.queries.board import STATEMENTS_KEPT, days_left
from portal.casework.queries.filters import Viewpoint
from portal.infra.keyset import in_window
from portal.jurisdiction.queries import current_place, kept_by_version
from portal.kernel.page import Page, Window, page_of

DUE_KEY: Final = (int, UUID)
NEWEST_KEY: Final = (datetime, UUID)


class CaseList(StrEnum):
    """Which cases a list shows."""

    MINE = "mine"
    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """A list of cases and what it is narrowed down to; an empty value does not narrow."""

    which: CaseList = CaseList.OPEN
    state: CaseState | None = None
    category: str = ""
    region: str = ""
    handler: UUID | None = None
    overdue: bool = False

    @property
    def newest_first(self) -> bool:
        """Whether it is in the order of opening: open cases are listed by their date."""
        return not self.overdue and (self.which is CaseList.ALL or self.state is CaseState.CLOSED)


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
class TaskFilter:
    """Whose tasks a list shows: the reader's own, or those of the whole unit; and which."""

    whole_unit: bool = False
    overdue: bool = False
    reminded: bool = False


OWN_TASKS: Final = TaskFilter()
DUE_TASKS: Final = TaskFilter(reminded=True)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as lists show it; one that goes on throughout the case has no day (E13)."""

    id: UUID
    number: str
    text: str = field(repr=False)
    owner: str = field(repr=False)
    due_on: date | None
    days_left: int
    overdue: bool


def list_cases(
    session: Session, chosen: CaseFilter, view: Viewpoint, window: Window
) -> Page[CaseLine]:
    """Open cases by their date, or all of them by when they were opened, newest first."""
    found = session.execute(_rows_of_cases(chosen, view, window)).all()
    newest = chosen.newest_first
    page = page_of(
        found,
        window,
        lambda row: (row[0].opened_at if newest else row[0].next_due_on.toordinal(), row[0].id),
    )
    return Page(tuple(case_line(row, view) for row in page.items), page.after, page.before)


@kept_by_version(most=STATEMENTS_KEPT)
def _rows_of_cases(chosen: CaseFilter, view: Viewpoint, window: Window) -> Select[Case, str]:
    rows = select(Case, Account.display_name).outerjoin(Account, Account.id == Case.handler_id)
    asked = rows.where(in_scope(view.actor), *_narrowed(chosen, view))
    newest = chosen.newest_first
    place = Case.opened_at if newest else Case.next_due_on
    return in_window(asked, window, place, Case.id, newest_first=newest)


def key_kinds(chosen: CaseFilter) -> tuple[type, ...]:
    """The types of the key of a list of cases."""
    return NEWEST_KEY if chosen.newest_first else DUE_KEY


def _narrowed(chosen: CaseFilter, view: Viewpoint) -> Iterator[ColumnElement[bool]]:
    if not chosen.newest_first:
        yield text(IS_OPEN_CASE)  # type: ignore[misc]  # a literal, so that partial indexes match
    if chosen.which is CaseList.MINE:
        yield Case.handler_id == view.actor.id
    for column, value in (
        (Case.state, chosen.state),
        (Case.category, chosen.category),
        (Case.handler_id, chosen.handler),
    ):
        if value:
            yield column == value
    if chosen.region:
        yield Case.region.in_(codes_inside(current_place().version, chosen.region))
    if chosen.overdue:
        yield Case.next_due_on < view.today


def list_tasks(
    session: Session, view: Viewpoint, window: Window, chosen: TaskFilter = OWN_TASKS
) -> Page[TaskLine]:
    """What is to be done in cases, the nearest date first; what goes on throughout comes last."""
    found = session.execute(_rows_of_tasks(chosen, view, window)).all()
    page = page_of(found, window, lambda row: (row[0].due_on.toordinal(), row[0].id))
    lines = tuple(_task_line(row, view) for row in page.items)
    return Page(lines, page.after, page.before)


@kept_by_version(most=STATEMENTS_KEPT)
def _rows_of_tasks(
    chosen: TaskFilter, view: Viewpoint, window: Window
) -> Select[CaseTask, Case, str]:
    rows = (
        select(CaseTask, Case, Account.display_name)
        .join(Case, Case.id == CaseTask.case_id)
        .join(Account, Account.id == CaseTask.owner_id)
        .where(in_scope(view.actor), *_to_do(chosen, view))
    )
    return in_window(rows, window, CaseTask.due_on, CaseTask.id)


def heap_of_tasks(view: Viewpoint) -> Select[int]:
    """The tasks that the reader has."""
    return _heap(OWN_TASKS, view)


def heap_of_due_tasks(view: Viewpoint) -> Select[int]:
    """The tasks that the reader is reminded of."""
    return _heap(DUE_TASKS, view)


def _heap(chosen: TaskFilter, view: Viewpoint) -> Select[int]:
    """Begun with the reader's tasks; joined, it would begin with all the unit ever had of cases."""
    its_case = exists().where(Case.id == CaseTask.case_id, in_scope(view.actor))
    return select(literal(1)).select_from(CaseTask).where(*_to_do(chosen, view), its_case)


def _to_do(chosen: TaskFilter, view: Viewpoint) -> Iterator[ColumnElement[bool]]:
    yield text(IS_TO_DO)  # type: ignore[misc]  # a literal, so that partial indexes match
    if chosen.whole_unit:
        yield Case.department_code == view.actor.department
    else:
        yield CaseTask.owner_id == view.actor.id
    if chosen.overdue:
        yield CaseTask.due_on < view.today
    if chosen.reminded:
        yield CaseTask.reminded_at.is_not(None)


def title_of(case: Case) -> str:
    """What a case is called."""
    said = key_of(case).decrypt_json(case.content, context_of("case_file.content", case.id))
    return str(said["title"])


def case_line(row: Row[Case, str], view: Viewpoint) -> CaseLine:
    """A case as lists show it."""
    case, handler = row
    open_ = case.state is not CaseState.CLOSED
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
        days_left=days_left(view.today, case.next_due_on, case.department_code) if open_ else 0,
        overdue=open_ and case.paused_on is None and case.next_due_on < view.today,
        paused=open_ and case.paused_on is not None,
        supervised=case.supervised_at is not None,
    )


def _task_line(row: Row[CaseTask, Case, str], view: Viewpoint) -> TaskLine:
    task, case, owner = row
    said = key_of(case).decrypt_text(task.body, context_of("case_task.body", task.id))
    dated = task.due_on != THROUGHOUT
    return TaskLine(
        id=task.id,
        number=case.number,
        text=said,
        owner=owner,
        due_on=task.due_on if dated else None,
        days_left=days_left(view.today, task.due_on, case.department_code) if dated else 0,
        overdue=task.due_on < view.today,
    )
