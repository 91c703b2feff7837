"""What a list of the desk may be narrowed down to, always inside what the actor may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, or_, select, text, true

from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import (
    IS_ESCALATED,
    IS_NOTICED,
    IS_OPEN,
    Channel,
    Report,
    ReportKind,
)
from portal.intake.queries import in_scope
from portal.intake.states import ReportState
from portal.jurisdiction.history import codes_inside
from portal.jurisdiction.place import Urgency
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role

# A report whose triage is still under way needs nobody yet.
TRIAGE_MAY_TAKE = timedelta(minutes=5)


class Section(StrEnum):
    """The heaps of work the desk opens on."""

    MINE = "mine"
    DEPARTMENT = "department"
    NOBODY = "nobody"
    OVERDUE = "overdue"
    NOTICED = "noticed"
    ESCALATED = "escalated"
    UNROUTED = "unrouted"
    STUCK = "stuck"


# Heaps of those who answer for others.
_FOR = {Section.NOTICED: Role.DEPARTMENT_HEAD, Section.ESCALATED: Role.SUPERVISOR}
_NOTICED = {Section.NOTICED: IS_NOTICED, Section.ESCALATED: IS_ESCALATED}


def sections_of(actor: Actor) -> tuple[Section, ...]:
    """The heaps that are the actor's, in their order."""
    return tuple(one for one in Section if one not in _FOR or _FOR[one] in actor.roles)


class Holder(StrEnum):
    """Whose a report is."""

    ME = "me"
    NOBODY = "nobody"


class Order(StrEnum):
    """How a list is sorted: open work by its nearest date, or everything by its receipt."""

    DUE = "due"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filter:
    """A narrowed list; an empty value does not narrow."""

    states: tuple[ReportState, ...] = ()
    category: str = ""
    region: str = ""
    urgency: Urgency | None = None
    department: str = ""
    holder: Holder | None = None
    channel: Channel | None = None
    kind: ReportKind | None = None
    overdue: bool = False
    contested: bool = False
    stuck: bool = False
    near_school: bool = False
    order: Order = Order.DUE


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Who looks, and what day it is where the place is."""

    actor: Actor
    today: date
    now: datetime


def section_conditions(section: Section, view: Viewpoint) -> list[ColumnElement[bool]]:
    """What is in a heap of the desk; written so that the partial indexes on open work serve it."""
    # No clock runs for a finished report, so it has no notice; said twice, the wrong index serves.
    which = _NOTICED.get(section, IS_OPEN)
    return [in_scope(view.actor), text(which), *_of_section(section, view)]  # type: ignore[list-item]


def _of_section(section: Section, view: Viewpoint) -> Iterator[ColumnElement[bool]]:
    actor = view.actor
    own = Report.department_code == actor.department
    supervises = Role.SUPERVISOR in actor.roles
    if section is Section.MINE:
        yield Report.handler_id == actor.id
    elif section is Section.DEPARTMENT:
        yield own
    elif section is Section.NOBODY:
        yield Report.department_code.is_not(None) if supervises else own
        yield Report.handler_id.is_(None)
    elif section is Section.OVERDUE:
        if not supervises:
            yield or_(own, _unrouted(view))
        yield late(view.today)
    else:
        yield from _of_concern(section, own, view)


def _of_concern(
    section: Section, own: ColumnElement[bool], view: Viewpoint
) -> Iterator[ColumnElement[bool]]:
    if section is Section.NOTICED:
        yield own
    elif section is Section.STUCK:
        yield _stuck()
    elif section is Section.UNROUTED:
        yield _unrouted(view)


def _unrouted(view: Viewpoint) -> ColumnElement[bool]:
    return and_(
        Report.state == ReportState.RECEIVED,
        # Follows from the state; said so that the index by unit serves it.
        Report.department_code.is_(None),
        or_(Report.routing_version > 0, Report.entered_at < view.now - TRIAGE_MAY_TAKE),
    )


def _stuck() -> ColumnElement[bool]:
    """Reports with a task that was given up; where a person has found the unit, that is done."""
    given_up = select(Task.subject_id).where(Task.state == TaskState.DEAD)
    other = given_up.where(Task.kind != TaskKind.TRIAGE_REPORT)
    return and_(
        Report.id.in_(given_up),
        or_(Report.state == ReportState.RECEIVED, Report.id.in_(other)),
    )


def late(today: date) -> ColumnElement[bool]:
    """Past its nearest date, and not standing still."""
    return and_(Report.next_due_on < today, Report.paused.is_(False))


def conditions_of(chosen: Filter, view: Viewpoint) -> list[ColumnElement[bool]]:
    """The filter as conditions, with the scope of the actor as the first of them."""
    return [in_scope(view.actor), *_narrowed(chosen, view)]


def _narrowed(chosen: Filter, view: Viewpoint) -> Iterator[ColumnElement[bool]]:
    if chosen.order is Order.DUE or chosen.overdue:
        yield text(IS_OPEN)  # type: ignore[misc]  # a literal, so that partial indexes match
    if chosen.states:
        yield Report.state.in_(chosen.states)
    for column, value in (
        (Report.category, chosen.category),
        (Report.urgency, chosen.urgency),
        (Report.department_code, chosen.department),
        (Report.channel, chosen.channel),
        (Report.kind, chosen.kind),
    ):
        if value:
            yield column == value
    if chosen.region:
        yield Report.region.in_(_codes_inside(chosen.region))
    for wanted, condition in (
        (chosen.overdue, late(view.today)),
        (chosen.contested, Report.contested_result > 0),
        (chosen.stuck, _stuck()),
        (chosen.near_school, Report.near_school == true()),
    ):
        if wanted:
            yield condition
    yield from _of_holder(chosen.holder, view)


def _of_holder(holder: Holder | None, view: Viewpoint) -> Iterator[ColumnElement[bool]]:
    if holder is Holder.ME:
        yield Report.handler_id == view.actor.id
    if holder is Holder.NOBODY:
        yield Report.handler_id.is_(None)


def _codes_inside(region: str) -> tuple[str, ...]:
    """The region and every region in it."""
    return _codes_of(current_place().version, region)


@lru_cache(maxsize=256)
def _codes_of(_version: int, region: str) -> tuple[str, ...]:
    """The same, kept as long as the place is in this version."""
    return codes_inside(current_place(), region)
