"""Filters that people keep: which are theirs to see, and what each finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.casework.models import SavedFilter
from portal.casework.queries.board import bounded
from portal.casework.queries.filters import Filter, Holder, Order, Viewpoint, conditions_of
from portal.intake.models import Channel, Report, ReportKind, Stream
from portal.intake.rules import local_date
from portal.intake.states import OPEN_STATES, ReportState
from portal.jurisdiction.place import Urgency
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import working_days_between
from portal.kernel.errors import NotFound

# More than these nobody keeps, and more than those stand beside a list with their counts.
MOST_KEPT: Final = 20
MOST_BESIDE: Final = 8

Kind = TypeVar("Kind", bound=StrEnum)
_FLAGS: Final = ("overdue", "contested", "stuck", "near_school", "priority_region")


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter beside a list: where it leads, and how much it finds for this reader."""

    id: UUID
    name: str
    arguments: Mapping[str, str]
    count: int


@dataclass(frozen=True, slots=True)
class AlertLine:
    """What an alert says on the desk: a number, since when the oldest waits, and when it was so."""

    name: str
    arguments: Mapping[str, str]
    found: int
    oldest_on: date | None
    counted_at: datetime


def arguments_of(chosen: Filter) -> dict[str, str]:
    """A filter as it stands in the URL of the list and in the table."""
    given = {
        "state": chosen.states[0] if chosen.states else None,
        "category": chosen.category,
        "region": chosen.region,
        "urgency": chosen.urgency,
        "department": chosen.department,
        "who": chosen.holder,
        "channel": chosen.channel,
        "kind": chosen.kind,
        "stream": chosen.stream,
        "sort": chosen.order,
    }
    flags = {name: "y" for name in _FLAGS if getattr(chosen, name)}
    return {name: str(value) for name, value in given.items() if value} | flags


def filter_of(arguments: Mapping[str, Any]) -> Filter:
    """The filter that was kept; ValueError if what it names is no more.

    Nothing is due of a finished report, so those have the one order.
    """
    place = current_place()
    known = {"category": place.categories, "region": place.regions, "department": place.departments}
    for name, there in known.items():
        if arguments.get(name) and arguments[name] not in there:
            raise ValueError(name)
    state = _read(ReportState, arguments.get("state"))
    order = _read(Order, arguments.get("sort")) or Order.DUE
    return Filter(
        states=(state,) if state else (),
        category=arguments.get("category") or "",
        region=arguments.get("region") or "",
        urgency=_read(Urgency, arguments.get("urgency")),
        department=arguments.get("department") or "",
        holder=_read(Holder, arguments.get("who")),
        channel=_read(Channel, arguments.get("channel")),
        kind=_read(ReportKind, arguments.get("kind")),
        stream=_read(Stream, arguments.get("stream")),
        order=Order.NEWEST if state and state not in OPEN_STATES else order,
        **{name: bool(arguments.get(name)) for name in _FLAGS},
    )


def _read(kind: type[Kind], value: str | None) -> Kind | None:
    return kind(value) if value else None


def list_saved(session: Session, actor: Actor) -> Sequence[SavedFilter]:
    """The actor's own filters, then those shared in their unit, each in their order.

    What somebody shares is there as long as they work in that unit.
    """
    return session.scalars(_FOR_READER, {"reader": actor.id, "unit": actor.department}).all()


def _for_reader() -> Select[SavedFilter]:
    # What is shared always has a unit, so whoever has none finds nothing of anybody.
    here = Account.disabled_at.is_(None) & (Account.department == SavedFilter.department)
    shared = and_(SavedFilter.shared, SavedFilter.department == bindparam("unit"), here)
    own = SavedFilter.owner_id == bindparam("reader")
    return (
        select(SavedFilter)
        .join(Account, Account.id == SavedFilter.owner_id)
        .where(or_(own, shared))
        .order_by(not_(own), SavedFilter.place, SavedFilter.made_at, SavedFilter.id)
        .limit(MOST_KEPT * 2)
    )


_FOR_READER: Final = _for_reader()


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A filter that somebody shares with a unit in which they do not work any more."""

    id: UUID
    name: str
    owner: str = field(repr=False)


def list_left_behind(session: Session, actor: Actor) -> Sequence[LeftBehind]:
    """What people who have left the actor's unit still share with it, by name."""
    gone = or_(
        Account.disabled_at.is_not(None),
        Account.department.is_distinct_from(SavedFilter.department),
    )
    rows = session.execute(
        select(SavedFilter.id, SavedFilter.name, Account.display_name)
        .join(Account, Account.id == SavedFilter.owner_id)
        .where(SavedFilter.shared, SavedFilter.department == actor.department, gone)
        .order_by(SavedFilter.name, SavedFilter.id)
        .limit(MOST_KEPT * 2)
    )
    return [LeftBehind(*row) for row in rows]


def get_saved(session: Session, filter_id: UUID, actor: Actor) -> SavedFilter:
    """One of the actor's own filters; NotFound for anybody else's."""
    found = session.get(SavedFilter, filter_id)
    if found is None or found.owner_id != actor.id:
        raise NotFound("saved-filter")
    return found


def count_views(session: Session, saved: Sequence[SavedFilter], view: Viewpoint) -> list[SavedView]:
    """The first of the filters with what each finds for the reader, counted in one statement."""
    usable = [one for one in saved if _chosen(one) is not None][:MOST_BESIDE]
    if not usable:
        return []
    columns = [
        bounded(
            select(literal(1))
            .select_from(Report)
            .where(*conditions_of(filter_of(one.chosen), view))
        )
        for one in usable
    ]
    counts = session.execute(select(*columns)).one()
    return [
        SavedView(one.id, one.name, one.chosen, count)
        for one, count in zip(usable, counts, strict=True)
    ]


def _chosen(saved: SavedFilter) -> Filter | None:
    try:
        return filter_of(saved.chosen)
    except ValueError:
        return None


def list_alerts(saved: Sequence[SavedFilter], view: Viewpoint) -> list[AlertLine]:
    """What the actor's own alerts say, as the last look at a fixed hour found it."""
    return [
        AlertLine(one.name, one.chosen, one.found, one.oldest_on, one.looked_at)
        for one in saved
        if one.owner_id == view.actor.id
        and one.looked_at is not None
        and speaks(one, view.today, view.actor.department)
    ]


def speaks(saved: SavedFilter, today: date, where: str | None) -> bool:
    """Whether there is something to say: always for a digest, else beyond a threshold.

    Days are those on which people work `where` the owner is.
    """
    if saved.digest:
        return True
    if saved.alert_over is not None and saved.found > saved.alert_over:
        return True
    if saved.alert_days is None or saved.oldest_on is None:
        return False
    calendar = current_place().calendar_of(where)
    waited = working_days_between(saved.oldest_on, today, calendar)
    return waited > saved.alert_days


def look(session: Session, saved: SavedFilter, view: Viewpoint) -> tuple[int, date | None]:
    """How much a filter finds for its owner, up to MOST_COUNTED, and when the oldest came."""
    wanted = select(Report.received_at).where(*conditions_of(filter_of(saved.chosen), view))
    count = bounded(select(literal(1)).select_from(wanted.subquery()))
    oldest = select(func.min(wanted.subquery().c.received_at)).scalar_subquery()
    row = session.execute(select(count, oldest)).one()
    return row[0], local_date(current_place(), row[1]) if row[1] else None
