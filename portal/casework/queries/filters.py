"""What a list of the desk may be narrowed down to, always inside what the actor may see."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, literal, or_, select, text, true
from sqlalchemy.orm import aliased

from portal.accounts.absences import away
from portal.accounts.models import Absence
from portal.infra.tasks import IS_DEAD, TRIAGES, Task
from portal.intake.lead_models import ExclusionCause, Lead, ReportExclusion
from portal.intake.models import (
    IS_ESCALATED,
    IS_NOTICED,
    IS_OPEN,
    IS_PATROL,
    IS_WRITTEN_TO,
    Channel,
    Report,
    ReportKind,
    Stream,
)
from portal.intake.queries import in_scope, in_sight
from portal.intake.states import LEADS_AT_WORK, OPEN_STATES, LeadState, ReportState
from portal.jurisdiction.history import codes_inside
from portal.jurisdiction.place import Urgency
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role

# A report whose triage is still under way needs nobody yet.
TRIAGE_MAY_TAKE = timedelta(minutes=5)
_TRIAGE_OVER: Final = "triage_over"


# A supervisor of no more regions than this is served by a range of the index for each.
MOST_RANGES = 30


Ways = list[list[ColumnElement[bool]]]
_held = aliased(Report)


class Section(StrEnum):
    """The heaps of work the desk opens on."""

    MINE = "mine"
    WRITTEN = "written"
    DEPARTMENT = "department"
    NOBODY = "nobody"
    OVERDUE = "overdue"
    NOTICED = "noticed"
    ESCALATED = "escalated"
    UNROUTED = "unrouted"
    STUCK = "stuck"


# Heaps of those who answer for others.
_FOR = {Section.NOTICED: Role.DEPARTMENT_HEAD, Section.ESCALATED: Role.SUPERVISOR}
_WHICH = {
    Section.WRITTEN: IS_WRITTEN_TO,
    Section.NOTICED: IS_NOTICED,
    Section.ESCALATED: IS_ESCALATED,
}


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
    stream: Stream | None = None
    overdue: bool = False
    contested: bool = False
    stuck: bool = False
    near_school: bool = False
    priority_region: bool = False
    order: Order = Order.DUE


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Who looks, what day it is where the place is, and in which version the place is.

    Two are equal within a day: statements are kept by it. What they need of `now` is in `moments`.
    """

    actor: Actor
    today: date
    now: datetime = field(compare=False)
    version: int

    @property
    def moments(self) -> Mapping[str, datetime]:
        """What statements about heaps are to be executed with."""
        return {_TRIAGE_OVER: self.now - TRIAGE_MAY_TAKE}


def section_ways(section: Section, view: Viewpoint) -> Ways:
    """What is in a heap of the desk, as one or more ways to find it, each a range of an index.

    A report is in the heap if one of the ways leads to it, and several may. They are written so
    that the partial indexes on open work serve them.
    """
    heaps: dict[Section, Callable[[Viewpoint], Ways]] = {
        Section.MINE: _mine,
        Section.WRITTEN: _written,
        Section.DEPARTMENT: lambda view: [[_own(view)]],
        Section.NOBODY: _nobody,
        Section.OVERDUE: _overdue,
        Section.NOTICED: lambda view: [[_own(view)]],
        Section.ESCALATED: lambda _view: [[]],
        Section.UNROUTED: lambda _view: [[_unrouted()]],
        Section.STUCK: lambda _view: [[needs_a_person()]],
    }
    # Reporters write to finished reports too. No clock runs for those, so they have no notice;
    # said twice, the wrong index serves.
    which = text(_WHICH.get(section, IS_OPEN))
    common: list[ColumnElement[bool]] = [in_scope(view.actor), which]  # type: ignore[list-item]
    return [[*common, *way] for way in heaps[section](view)]


def _own(view: Viewpoint) -> ColumnElement[bool]:
    return Report.department_code == view.actor.department


def _stood_in_for(view: Viewpoint) -> Select[UUID]:
    """The colleagues who are away today and whom the reader stands in for."""
    return select(Absence.account_id).where(
        Absence.substitute_id == view.actor.id, away(view.today)
    )


def _written(view: Viewpoint) -> Ways:
    """What its reporter has written to since whoever has it read it; finished ones are anybody's.

    Heads see all of their unit.
    """
    if Role.DEPARTMENT_HEAD in view.actor.roles:
        return [[_own(view)], [Report.department_code.is_(None)]]
    meant = or_(
        Report.handler_id.is_(None),
        Report.handler_id == view.actor.id,
        Report.handler_id.in_(_stood_in_for(view)),
        Report.state.not_in(OPEN_STATES),
    )
    return [[_own(view), meant], [Report.department_code.is_(None), meant]]


def _mine(view: Viewpoint) -> Ways:
    """What the reader has, and what somebody has who is away today and whom they stand in for."""
    absent = _stood_in_for(view)
    # Found by who has it and sorted afterwards: it is never much.
    theirs = select(_held.id).where(text(IS_OPEN), _held.handler_id.in_(absent))
    return [[Report.handler_id == view.actor.id], [Report.id.in_(theirs)]]


def _nobody(view: Viewpoint) -> Ways:
    free, routed = Report.handler_id.is_(None), Report.department_code.is_not(None)
    return [[*way, routed, free] for way in reach(view)]


def _overdue(view: Viewpoint) -> Ways:
    past = late(view.today)
    if Role.SUPERVISOR not in view.actor.roles:
        return [[_own(view), past], [_unrouted(), past]]
    return [[*way, past] for way in reach(view)]


def reach(view: Viewpoint) -> Ways:
    """Where somebody looks: at their unit, or as a supervisor at their region.

    What they may see of it is for the scope. The nearest dates of the whole country hold next to
    nothing of one county, so each place of a small region is a range of its own; of a province
    they hold enough.
    """
    if Role.SUPERVISOR not in view.actor.roles:
        return [[_own(view)]]
    kind, _, home = (view.actor.department or "").partition("@")
    codes, place = _codes_inside(view.actor.region or home), current_place()
    if len(codes) > MOST_RANGES:
        return [[]]
    units = tuple(unit.code for unit in place.departments.values() if unit.region in codes)
    of_a_unit: list[ColumnElement[bool]] = [
        Report.region.is_(None),
        Report.department_code.in_(units),
    ]
    named: list[ColumnElement[bool]] = [Report.department_code.is_(None), Report.conflict.is_(True)]
    ways: Ways = [[_own(view)], [Report.region.in_(codes)], of_a_unit]
    if kind == place.supervision:
        ways.append(named)
    return ways


def _unrouted() -> ColumnElement[bool]:
    return and_(
        Report.state == ReportState.RECEIVED,
        # Follows from the state; said so that the index by unit serves it.
        Report.department_code.is_(None),
        or_(Report.routing_version > 0, Report.entered_at < bindparam(_TRIAGE_OVER)),
    )


def needs_a_person() -> ColumnElement[bool]:
    """Reports with a task that was given up; where a person has found the unit, that is done."""
    # A literal, so that the index of what was given up serves it and not a walk over all tasks.
    given_up = select(Task.subject_id).where(text(IS_DEAD))
    other = given_up.where(Task.kind.not_in(TRIAGES))
    return and_(
        Report.id.in_(given_up),
        or_(Report.state == ReportState.RECEIVED, Report.id.in_(other)),
    )


def given_back_conditions(view: Viewpoint) -> list[ColumnElement[bool]]:
    """Open reports of the reader's unit that nobody has, since an officer has stepped aside."""
    aside = select(ReportExclusion.report_id).where(
        ReportExclusion.cause == ExclusionCause.STEPPED_ASIDE
    )
    open_ = text(IS_OPEN)
    nobodys = [in_scope(view.actor), open_, _own(view), Report.handler_id.is_(None)]
    return [*nobodys, Report.id.in_(aside)]  # type: ignore[list-item]  # a literal among them


def priority_conditions(view: Viewpoint) -> list[ColumnElement[bool]]:
    """Open reports of priority territories, for whoever looks over the units (B29)."""
    open_ = text(IS_OPEN)
    priority = Report.priority_region == true()
    return [in_scope(view.actor), open_, priority]  # type: ignore[list-item]  # a literal among them


def heap_of_leads(view: Viewpoint) -> Select[int]:
    """Leads that the reader's unit is to look into; as the leading one, what came back or is late.

    The report is joined, since its scope counts here too.
    """
    own = view.actor.department
    to_do = and_(Lead.department_code == own, Lead.state.in_(LEADS_AT_WORK))
    sent_back = and_(Lead.state == LeadState.RETURNED, Report.department_code == own)
    late = and_(Lead.breached_at.is_not(None), Lead.state.in_(LEADS_AT_WORK))
    elsewhere = and_(late, Report.department_code == own)
    heap = select(literal(1)).select_from(Lead).join(Report, Report.id == Lead.report_id)
    return heap.where(or_(to_do, sent_back, elsewhere), in_sight(view.actor))


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
    yield from _of_stream(chosen)
    for wanted, condition in (
        (chosen.overdue, late(view.today)),
        (chosen.contested, Report.contested_result > 0),
        (chosen.stuck, needs_a_person()),
        (chosen.near_school, Report.near_school == true()),
        (chosen.priority_region, Report.priority_region == true()),
    ):
        if wanted:
            yield condition
    yield from _of_holder(chosen.holder, view)


def _of_stream(chosen: Filter) -> Iterator[ColumnElement[bool]]:
    """One stream of leads; how something came in is asked of reports only."""
    if chosen.stream is Stream.PATROL:
        yield text(IS_PATROL)  # type: ignore[misc]  # a literal, so that its index matches
    elif chosen.stream is not None or chosen.channel:
        yield Report.stream == Stream.REPORTED


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
