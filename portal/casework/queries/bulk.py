"""Many reports at once: what an act would touch, and what became of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select, text
from sqlalchemy.orm import Session, aliased

from portal.accounts.absences import get_member
from portal.accounts.models import Account
from portal.casework.models import BulkRow, BulkRun
from portal.casework.queries.filters import Filter, Order, Viewpoint, conditions_of
from portal.casework.rules import Desk, why_not
from portal.casework.states import BulkAct
from portal.infra.keyset import in_window
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake import queries as reports
from portal.intake.models import IS_OPEN, Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

MOST_AT_ONCE = 500
ROW_KEY = (int,)


@dataclass(frozen=True, slots=True)
class Picked:
    """A report that was picked, as it was when it was seen."""

    reference: str
    version: int


@dataclass(frozen=True, slots=True)
class PickedLine:
    """What a run would do with a report; `why` is the code of what stands against it.

    `following` are the reports merged into it: what is done on it is done for them.
    """

    reference: str
    version: int
    state: ReportState
    department: str | None
    handler: str | None = field(repr=False)
    following: int
    why: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be touched, what not, and how many were picked that are not there (any more)."""

    touched: tuple[PickedLine, ...]
    left: tuple[PickedLine, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """One report of a run; `reference` is None if the reader may not see it any more."""

    place: int
    reference: str | None
    state: TaskState
    code: str | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run and how far it is; `failed` rows need a person who looks after tasks."""

    id: UUID
    act: BulkAct
    total: int
    waiting: int
    refused: int
    failed: int

    @property
    def done(self) -> int:
        return self.total - self.waiting - self.refused - self.failed


def preview(session: Session, act: BulkAct, picked: Sequence[Picked], actor: Actor) -> Preview:
    """Sort what was picked into what the act would touch and what it would not, and why."""
    seen = {one.reference: one.version for one in picked[:MOST_AT_ONCE]}
    found = session.execute(_rows().where(Report.reference.in_(seen), reports.in_scope(actor)))
    rows = {row.reference: row for row in found}
    lines = [_line(rows[one], act, actor, seen[one]) for one in seen if one in rows]
    return Preview(
        touched=tuple(line for line in lines if line.why is None),
        left=tuple(line for line in lines if line.why is not None),
        missing=len(seen) - len(lines),
    )


def pick_all(session: Session, chosen: Filter, view: Viewpoint) -> list[Picked]:
    """Every report that a filter leaves, up to MOST_AT_ONCE, in the order of the list."""
    wanted = select(Report.reference, Report.version).where(*conditions_of(chosen, view))
    by_due = chosen.order is Order.DUE
    order = Report.next_due_on if by_due else Report.received_at.desc()
    ordered = wanted.order_by(order, Report.id if by_due else Report.id.desc())
    return [Picked(*row) for row in session.execute(ordered.limit(MOST_AT_ONCE))]


def pick_all_of(session: Session, handler: UUID, actor: Actor) -> list[Picked]:
    """Every open report that a member of the actor's unit has there, up to MOST_AT_ONCE.

    NotFound for somebody of another unit.
    """
    get_member(session, handler, actor)
    held = and_(Report.handler_id == handler, Report.department_code == actor.department)
    wanted = select(Report.reference, Report.version)
    wanted = wanted.where(text(IS_OPEN), held, reports.in_scope(actor))
    return [Picked(*row) for row in session.execute(wanted.limit(MOST_AT_ONCE))]


def get_run(session: Session, run_id: UUID, actor: Actor) -> RunSummary:
    """A run of the actor's own and how far it is; NotFound for anybody else's."""
    run = session.get(BulkRun, run_id)
    if run is None or run.author_id != actor.id:
        raise NotFound("bulk-run")
    counts: dict[tuple[TaskState, bool], int] = {}
    rows = session.execute(
        _tasked(select(Task.state, BulkRow.code.is_not(None), func.count()))
        .where(BulkRow.run_id == run_id)
        .group_by(Task.state, BulkRow.code.is_not(None))
    )
    for state, refused, count in rows:
        counts[state, bool(refused)] = count
    return RunSummary(
        run.id,
        run.act,
        total=sum(counts.values()),
        waiting=_sum(counts, TaskState.PENDING),
        refused=counts.get((TaskState.DONE, True), 0),
        failed=_sum(counts, TaskState.DEAD) + _sum(counts, TaskState.CANCELLED),
    )


def list_run(session: Session, run_id: UUID, actor: Actor, window: Window) -> Page[RunLine]:
    """The reports of a run in order, each with what became of it."""
    asked = _tasked(select(BulkRow.place, Report.reference, Task.state, BulkRow.code))
    asked = asked.outerjoin(
        Report, and_(Report.id == BulkRow.report_id, reports.in_scope(actor))
    ).where(BulkRow.run_id == run_id)
    rows = session.execute(in_window(asked, window, BulkRow.place)).all()
    page = page_of(rows, window, lambda row: (row.place,))
    return Page(tuple(RunLine(*row) for row in page.items), page.after, page.before)


def _tasked(wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Rows of runs, each with its task."""
    own = and_(Task.subject_id == BulkRow.id, Task.kind == TaskKind.RUN_BULK_ROW)
    return wanted.select_from(BulkRow).join(Task, own)


def _sum(counts: dict[tuple[TaskState, bool], int], state: TaskState) -> int:
    return sum(count for (found, _refused), count in counts.items() if found is state)


def _rows() -> Select[*tuple[Any, ...]]:
    merged = aliased(Report)
    following = select(func.count()).where(merged.merged_into == Report.id).scalar_subquery()
    return select(
        Report.reference,
        Report.version,
        Report.state,
        Report.department_code,
        Report.handler_id,
        Report.merged_into,
        Account.display_name,
        following.label("following"),
    ).outerjoin(Account, Account.id == Report.handler_id)


def _line(row: Row[*tuple[Any, ...]], act: BulkAct, actor: Actor, seen: int) -> PickedLine:
    merged = row.merged_into is not None
    why = why_not(act, actor, Desk(row.state, row.department_code, row.handler_id, merged))
    if row.version != seen:
        why = "changed-meanwhile"
    return PickedLine(
        reference=row.reference,
        version=row.version,
        state=row.state,
        department=row.department_code,
        handler=row.display_name,
        following=row.following,
        why=why,
    )
