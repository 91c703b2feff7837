"""The lists of the desk: heaps of work with bounded counts, and filtered pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.absences import away
from portal.accounts.models import Absence, Account
from portal.casework.queries.filters import (
    Filter,
    Order,
    Section,
    Viewpoint,
    conditions_of,
    given_back_conditions,
    heap_of_leads,
    priority_conditions,
    section_ways,
    sections_of,
)
from portal.casework.queries.masses import count_masses, in_mass, not_behind_another
from portal.infra.keyset import in_window
from portal.infra.tasks import Task, TaskState
from portal.intake import queries as reports
from portal.intake.clocks import where_of
from portal.intake.models import Channel, Report, ReportKind, Stream
from portal.intake.nearest import NO_CLOCK
from portal.intake.rules import local_date
from portal.intake.states import OPEN_STATES, ReportState
from portal.jurisdiction.place import Urgency
from portal.jurisdiction.queries import current_place, kept_by_version
from portal.kernel.actor import Actor
from portal.kernel.deadline import working_days_between
from portal.kernel.page import Key, Page, Window, page_of

# Nobody counts further than this: "99+" says enough, and a longer count costs more than it tells.
MOST_COUNTED = 100
FAR = 3660
EXCERPT = 60
NO_MASSES: Mapping[UUID, int] = {}

# Building the statement of a board takes ten times as long as its answer, so that it is kept. It
# names its reader and the day; the moment it is asked at is given to it (`Viewpoint.moments`).
# That of a board takes up to 600 kB, so that those of few readers are kept; that of a list 60.
BOARDS_KEPT, STATEMENTS_KEPT = 12, 32
Rows = Select[Report, str, date]

# The key of a list: the place in its order, then the id.
DUE_KEY = (int, UUID)
NEWEST_KEY = (datetime, UUID)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report as lists show it; `excerpt` is decrypted for this reader only.

    `mass` is how many open reports say the very same: they are listed as this one line.
    """

    id: UUID
    reference: str
    state: ReportState
    kind: ReportKind
    channel: Channel
    stream: Stream
    category: str
    region: str | None
    department: str | None
    urgency: Urgency
    received_at: datetime
    due_on: date | None
    days_left: int
    overdue: bool
    waiting: bool
    written: bool
    paused: bool
    contested: bool
    merged: bool
    mass: int
    near_school: bool
    priority: bool
    handler: str | None = field(repr=False)
    handler_away: bool
    excerpt: str = field(repr=False)
    version: int


@dataclass(frozen=True, slots=True)
class LaterHeap:
    """A heap of a later stage beside those of the desk: its page, its name, and what is in it."""

    endpoint: str
    words: object
    needed: Permission
    rows: Callable[[Viewpoint], Select[Any]]


_LATER: list[LaterHeap] = []


def offer_heap(heap: LaterHeap) -> None:
    """Have a heap of a later stage counted and shown with those of the desk."""
    _LATER.append(heap)


@dataclass(frozen=True, slots=True)
class Board:
    """The counts of the heaps, each up to MOST_COUNTED, and of tasks only a person can finish.

    `given_back` are reports of the unit whose officer has stepped aside, for whoever assigns;
    `priority` those of priority territories, for whoever looks over the units.
    """

    counts: Mapping[Section, int]
    dead_tasks: int
    leads: int = 0
    given_back: int = 0
    priority: int = 0
    later: tuple[tuple[LaterHeap, int], ...] = ()


def viewpoint(actor: Actor) -> Viewpoint:
    """How things look to the actor now."""
    now = datetime.now(UTC)
    place = current_place()
    return Viewpoint(actor, local_date(place, now), now, place.version)


def count_board(session: Session, view: Viewpoint) -> Board:
    """Count every heap in one statement."""
    asked, names, later = _counts(view)
    row = iter(session.execute(asked, view.moments).one())
    counts = {section: next(row) for section in sections_of(view.actor)}
    own = {"dead_tasks": 0} | {name: next(row) for name in names}
    return Board(counts, **own, later=tuple(zip(later, row, strict=True)))


@kept_by_version(most=BOARDS_KEPT)
def _counts(
    view: Viewpoint,
) -> tuple[Select[*tuple[Any, ...]], tuple[str, ...], tuple[LaterHeap, ...]]:
    """The statement that counts for somebody, and what it counts besides the sections."""
    sections = sections_of(view.actor)
    columns = [bounded(found(section_ways(one, view), MOST_COUNTED)) for one in sections]
    dead = select(literal(1)).select_from(Task).where(Task.state == TaskState.DEAD)
    given_back = select(literal(1)).select_from(Report).where(*given_back_conditions(view))
    priority = select(literal(1)).select_from(Report).where(*priority_conditions(view))
    more = {
        "dead_tasks": (Permission.MANAGE_TASKS, bounded(dead)),
        "leads": (Permission.READ_REPORTS, bounded(heap_of_leads(view))),
        "given_back": (Permission.ASSIGN_REPORTS, bounded(given_back)),
        "priority": (Permission.OVERSEE_INTERESTS, bounded(priority)),
    }
    asked = {name: count for name, (needed, count) in more.items() if may(view.actor, needed)}
    later = tuple(heap for heap in _LATER if may(view.actor, heap.needed))
    every: list[Any] = [*columns, *asked.values(), *(bounded(heap.rows(view)) for heap in later)]
    return select(*every), tuple(asked), later


def found(ways: Sequence[Sequence[ColumnElement[bool]]], most: int) -> Select[UUID]:
    """The ids of what one of the ways leads to; of each way up to `most`."""
    each = [select(Report.id).where(*way).limit(most).subquery() for way in ways]
    if len(each) == 1:
        return select(each[0].c.id)
    return select(union(*(select(one.c.id) for one in each)).subquery().c.id)


def bounded(rows: Select[Any]) -> ColumnElement[int]:
    """How many rows there are, up to MOST_COUNTED, as a column."""
    return select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery()).scalar_subquery()


def list_section(
    session: Session, section: Section, view: Viewpoint, window: Window
) -> Page[ReportLine]:
    """A heap of work, nearest date first."""
    return _page(session, _rows_of_section(section, view, window), Order.DUE, view, window)


def list_reports(
    session: Session, chosen: Filter, view: Viewpoint, window: Window
) -> Page[ReportLine]:
    """A filtered list in its order."""
    return _page(session, _rows_of_filter(chosen, view, window), chosen.order, view, window)


def list_mass(session: Session, first: Report, view: Viewpoint, window: Window) -> Page[ReportLine]:
    """All reports in scope that say the same as this one, itself among them, newest first."""
    asked = report_rows(view.today).where(reports.in_scope(view.actor), in_mass(first))
    asked = in_window(asked, window, Report.received_at, Report.id, newest_first=True)
    rows = session.execute(asked).all()
    page = page_of(rows, window, lambda row: _key(row[0], by_due=False))
    return Page(lines_of(page.items, view), page.after, page.before)


def count_reports(session: Session, chosen: Filter, view: Viewpoint) -> int:
    """How many reports the filter leaves, up to MOST_COUNTED.

    Findings of patrols are never counted together with reports (C1): without a stream in the
    filter it is the reports.
    """
    return session.scalar(_count_of_filter(chosen, view)) or 0


def key_kinds(chosen: Filter) -> tuple[type, ...]:
    """The types of the key of a filtered list."""
    return DUE_KEY if chosen.order is Order.DUE else NEWEST_KEY


# --- Pages by key -------------------------------------------------------------------------------


@kept_by_version(most=STATEMENTS_KEPT)
def _rows_of_section(section: Section, view: Viewpoint, window: Window) -> Rows:
    ways = section_ways(section, view)
    if len(ways) == 1:
        return _rows(ways[0], Order.DUE, view, window)
    alone = not_behind_another(view.actor)
    ids_of = (select(Report.id).where(*way, alone) for way in ways)
    nearest = [in_window(one, window, Report.next_due_on, Report.id).subquery() for one in ids_of]
    ids = union_all(*(select(one.c.id) for one in nearest))
    return _rows([Report.id.in_(ids)], Order.DUE, view, window)


@kept_by_version(most=STATEMENTS_KEPT)
def _rows_of_filter(chosen: Filter, view: Viewpoint, window: Window) -> Rows:
    return _rows(conditions_of(chosen, view), chosen.order, view, window)


@kept_by_version(most=STATEMENTS_KEPT)
def _count_of_filter(chosen: Filter, view: Viewpoint) -> Select[int]:
    chosen = replace(chosen, stream=chosen.stream or Stream.REPORTED)
    rows = select(literal(1)).select_from(Report).where(*conditions_of(chosen, view))
    return select(bounded(rows))


def _rows(
    conditions: Sequence[ColumnElement[bool]], order: Order, view: Viewpoint, window: Window
) -> Rows:
    by_due = order is Order.DUE
    asked = report_rows(view.today).where(*conditions, not_behind_another(view.actor))
    place = Report.next_due_on if by_due else Report.received_at
    return in_window(asked, window, place, Report.id, newest_first=not by_due)


def _page(
    session: Session, asked: Rows, order: Order, view: Viewpoint, window: Window
) -> Page[ReportLine]:
    rows = session.execute(asked, view.moments).all()
    page = page_of(rows, window, lambda row: _key(row[0], by_due=order is Order.DUE))
    masses = count_masses(session, [row[0].id for row in page.items], view)
    return Page(lines_of(page.items, view, masses), page.after, page.before)


def _key(report: Report, *, by_due: bool) -> Key:
    if by_due:
        return (report.next_due_on.toordinal(), report.id)
    return (report.received_at, report.id)


# --- Lines --------------------------------------------------------------------------------------


def report_rows(today: date) -> Rows:
    """Reports, each with the name of who has it, and until when they are away."""
    return (
        select(Report, Account.display_name, Absence.until_on)
        .outerjoin(Account, Account.id == Report.handler_id)
        .outerjoin(Absence, and_(Absence.account_id == Report.handler_id, away(today)))
    )


def lines_of(
    rows: Sequence[Row[Report, str, date]],
    view: Viewpoint,
    masses: Mapping[UUID, int] = NO_MASSES,
) -> tuple[ReportLine, ...]:
    """Rows of `report_rows` as lists show them."""
    return tuple(
        _line(report, name, view, masses.get(report.id, 0), absent=until is not None)
        for report, name, until in rows
    )


def days_left(today: date, due: date, where: str | None) -> int:
    """Working days from `today` to `due` by the calendar of a unit or region; negative if late."""
    place = current_place()
    return _days_left(place.version, place.territory_of(where), today, due)


@lru_cache(maxsize=4096)
def _days_left(_version: int, territory: str, today: date, due: date) -> int:
    """Asked for every line, and the same for most of them.

    Of more than ten years the days are not counted one by one: a day typed as one of the year 9999
    would hold up everybody's list.
    """
    if abs(days := (due - today).days) > FAR:
        return days * 5 // 7
    return working_days_between(today, due, current_place().calendar_of(territory))


def _line(
    report: Report, handler: str | None, view: Viewpoint, mass: int, *, absent: bool
) -> ReportLine:
    due = report.next_due_on if report.next_due_on != NO_CLOCK else None
    open_ = report.state in OPEN_STATES and report.merged_into is None
    waiting = open_ and report.waiting_since is not None
    return ReportLine(
        id=report.id,
        reference=report.reference,
        state=report.state,
        kind=report.kind,
        channel=report.channel,
        stream=report.stream,
        category=report.category,
        region=report.region,
        department=report.department_code,
        urgency=report.urgency,
        received_at=report.received_at,
        due_on=due if open_ else None,
        days_left=days_left(view.today, due, where_of(report)) if due and open_ else 0,
        overdue=bool(due and open_ and not report.paused and due < view.today),
        waiting=waiting,
        written=report.written_at is not None,
        paused=open_ and report.paused,
        contested=report.contested_result > 0,
        merged=report.merged_into is not None,
        mass=mass,
        near_school=report.near_school,
        priority=report.priority_region,
        handler=handler,
        handler_away=absent,
        excerpt=_excerpt(report),
        version=report.version,
    )


def _excerpt(report: Report) -> str:
    """The title, or how the narrative begins, on one line."""
    if report.content is None:
        return ""
    content = reports.content_of(report)
    words = " ".join((content.title or content.narrative).split())
    return words if len(words) <= EXCERPT else words[: EXCERPT - 1] + "…"
