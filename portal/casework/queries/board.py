"""The lists of the desk: heaps of work with bounded counts, and filtered pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.casework.queries.filters import (
    Filter,
    Order,
    Section,
    Viewpoint,
    conditions_of,
    section_conditions,
    sections_of,
)
from portal.casework.queries.masses import count_masses, in_mass, not_behind_another
from portal.infra.tasks import Task, TaskState
from portal.intake import queries as reports
from portal.intake.clocks import NO_CLOCK
from portal.intake.models import Channel, Report, ReportKind
from portal.intake.rules import local_date
from portal.intake.states import OPEN_STATES, ReportState
from portal.jurisdiction.place import Place, Urgency
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import working_days_between
from portal.kernel.page import Key, Page, Window, page_of

# Nobody counts further than this: "99+" says enough, and a longer count costs more than it tells.
MOST_COUNTED = 100
EXCERPT = 60
NO_MASSES: Mapping[UUID, int] = {}

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
    category: str
    region: str | None
    department: str | None
    urgency: Urgency
    received_at: datetime
    due_on: date | None
    days_left: int
    overdue: bool
    waiting: bool
    paused: bool
    contested: bool
    merged: bool
    mass: int
    near_school: bool
    handler: str | None = field(repr=False)
    excerpt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Board:
    """The counts of the heaps, each up to MOST_COUNTED, and of tasks only a person can finish."""

    counts: Mapping[Section, int]
    dead_tasks: int


def viewpoint(actor: Actor) -> Viewpoint:
    """How things look to the actor now."""
    now = datetime.now(UTC)
    return Viewpoint(actor, local_date(current_place(), now), now)


def count_board(session: Session, view: Viewpoint) -> Board:
    """Count every heap in one statement."""
    sections = sections_of(view.actor)
    columns = [
        _bounded(select(literal(1)).select_from(Report).where(*section_conditions(one, view)))
        for one in sections
    ]
    dead = select(literal(1)).select_from(Task).where(Task.state == TaskState.DEAD)
    if may(view.actor, Permission.MANAGE_TASKS):
        columns.append(_bounded(dead))
    row = session.execute(select(*columns)).one()
    counts = dict(zip(sections, row, strict=False))
    return Board(counts, row[len(sections)] if len(row) > len(sections) else 0)


def _bounded(rows: Select[int]) -> ColumnElement[int]:
    return select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery()).scalar_subquery()


def list_section(
    session: Session, section: Section, view: Viewpoint, window: Window
) -> Page[ReportLine]:
    """A heap of work, nearest date first."""
    return _page(session, section_conditions(section, view), Order.DUE, view, window)


def list_reports(
    session: Session, chosen: Filter, view: Viewpoint, window: Window
) -> Page[ReportLine]:
    """A filtered list in its order."""
    return _page(session, conditions_of(chosen, view), chosen.order, view, window)


def list_mass(session: Session, first: Report, view: Viewpoint, window: Window) -> Page[ReportLine]:
    """All reports in scope that say the same as this one, itself among them, newest first."""
    asked = report_rows().where(reports.in_scope(view.actor), in_mass(first)).limit(window.fetch)
    rows = session.execute(_by_receipt(asked, window)).all()
    page = page_of(rows, window, lambda row: _key(row[0], by_due=False))
    return Page(lines_of(page.items, view), page.after, page.before)


def count_reports(session: Session, chosen: Filter, view: Viewpoint) -> int:
    """How many reports the filter leaves, up to MOST_COUNTED."""
    rows = select(literal(1)).select_from(Report).where(*conditions_of(chosen, view))
    return session.scalar(select(_bounded(rows))) or 0


def key_kinds(chosen: Filter) -> tuple[type, ...]:
    """The types of the key of a filtered list."""
    return DUE_KEY if chosen.order is Order.DUE else NEWEST_KEY


# --- Pages by key -------------------------------------------------------------------------------


def _page(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    order: Order,
    view: Viewpoint,
    window: Window,
) -> Page[ReportLine]:
    by_due = order is Order.DUE
    asked = report_rows().where(*conditions, not_behind_another()).limit(window.fetch)
    asked = _by_due(asked, window) if by_due else _by_receipt(asked, window)
    rows = session.execute(asked).all()
    page = page_of(rows, window, lambda row: _key(row[0], by_due=by_due))
    masses = count_masses(session, [row[0].id for row in page.items], view.actor)
    return Page(lines_of(page.items, view, masses), page.after, page.before)


def _key(report: Report, *, by_due: bool) -> Key:
    if by_due:
        return (report.next_due_on.toordinal(), report.id)
    return (report.received_at, report.id)


def _by_due(asked: Select[Report, str], window: Window) -> Select[Report, str]:
    due, own = Report.next_due_on, Report.id
    if window.key is not None:
        number, last = window.key
        day = _day(number)
        if window.backwards:
            asked = asked.where(due <= day, or_(due < day, own < last))
        else:
            asked = asked.where(due >= day, or_(due > day, own > last))
    if window.backwards:
        return asked.order_by(due.desc(), own.desc())
    return asked.order_by(due, own)


def _by_receipt(asked: Select[Report, str], window: Window) -> Select[Report, str]:
    at, own = Report.received_at, Report.id
    if window.key is not None:
        moment, last = window.key
        if window.backwards:
            asked = asked.where(at >= moment, or_(at > moment, own > last))
        else:
            asked = asked.where(at <= moment, or_(at < moment, own < last))
    if window.backwards:
        return asked.order_by(at, own)
    return asked.order_by(at.desc(), own.desc())


def _day(number: object) -> date:
    """The day of an ordinal out of a URL, whatever number stands there."""
    latest = date.max.toordinal()
    return date.fromordinal(min(max(int(str(number)), 1), latest))


# --- Lines --------------------------------------------------------------------------------------


def report_rows() -> Select[Report, str]:
    """Reports, each with the name of who has it."""
    return select(Report, Account.display_name).outerjoin(Account, Account.id == Report.handler_id)


def lines_of(
    rows: Sequence[Row[Report, str]], view: Viewpoint, masses: Mapping[UUID, int] = NO_MASSES
) -> tuple[ReportLine, ...]:
    """Rows of `report_rows` as lists show them."""
    place = current_place()
    return tuple(
        _line(place, report, name, view, masses.get(report.id, 0)) for report, name in rows
    )


@lru_cache(maxsize=4096)
def days_left(_version: int, today: date, due: date) -> int:
    """Working days from `today` to `due`; asked for every line, and the same for most of them."""
    return working_days_between(today, due, current_place().calendar)


def _line(
    place: Place, report: Report, handler: str | None, view: Viewpoint, mass: int
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
        category=report.category,
        region=report.region,
        department=report.department_code,
        urgency=report.urgency,
        received_at=report.received_at,
        due_on=due if open_ else None,
        days_left=days_left(place.version, view.today, due) if due and open_ else 0,
        overdue=bool(due and open_ and not report.paused and due < view.today),
        waiting=waiting,
        paused=open_ and report.paused,
        contested=report.contested_result > 0,
        merged=report.merged_into is not None,
        mass=mass,
        near_school=report.near_school,
        handler=handler,
        excerpt=_excerpt(report),
    )


def _excerpt(report: Report) -> str:
    """The title, or how the narrative begins, on one line."""
    if report.content is None:
        return ""
    content = reports.content_of(report)
    words = " ".join((content.title or content.narrative).split())
    return words if len(words) <= EXCERPT else words[: EXCERPT - 1] + "…"
