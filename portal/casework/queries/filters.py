"""What a list of the desk may be narrowed down to, always inside what the actor may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Uuid,
    and_,
    literal,
    or_,
    select,
    text,
    union_all,
)

from portal.accounts.absences import away
from portal.accounts.models import Absence
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import IS_OPEN, Channel, Report, ReportKind
from portal.intake.queries import in_scope
from portal.intake.states import ReportState
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
    UNROUTED = "unrouted"
    STUCK = "stuck"


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
    order: Order = Order.DUE


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Who looks, and what day it is where the place is."""

    actor: Actor
    today: date
    now: datetime


def section_conditions(section: Section, view: Viewpoint) -> list[ColumnElement[bool]]:
    """What is in a heap of the desk; written so that the partial indexes on open work serve it."""
    actor = view.actor
    own = Report.department_code == actor.department
    conditions: list[ColumnElement[bool]] = [in_scope(actor), text(IS_OPEN)]  # type: ignore[list-item]
    if section is Section.MINE:
        return [*conditions, Report.handler_id.in_(_stood_in_for(view))]
    if section is Section.DEPARTMENT:
        return [*conditions, own]
    if section is Section.NOBODY:
        unit = Report.department_code.is_not(None) if Role.SUPERVISOR in actor.roles else own
        return [*conditions, unit, Report.handler_id.is_(None)]
    if section is Section.OVERDUE:
        reach = () if Role.SUPERVISOR in actor.roles else (or_(own, _unrouted(view)),)
        return [*conditions, *reach, late(view.today)]
    if section is Section.STUCK:
        return [*conditions, _stuck()]
    return [*conditions, _unrouted(view)]


def _stood_in_for(view: Viewpoint) -> CompoundSelect[UUID]:
    """The reader, and whoever is away today and has them as a stand-in."""
    absent = select(Absence.account_id).where(
        Absence.substitute_id == view.actor.id, away(view.today)
    )
    return union_all(select(literal(view.actor.id, Uuid())), absent)


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
    """Past its nearest date, and not because the reporter was asked something."""
    return and_(Report.next_due_on < today, Report.waiting_since.is_(None))


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
    place = current_place()
    return tuple(code for code in place.regions if place.inside(code, region))
