"""Masses of one text: a report whose first stands on the same page of a list is not listed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.casework.models import MassAct
from portal.casework.queries.filters import Viewpoint, needs_a_person
from portal.casework.rules import at_reception
from portal.casework.states import MassActKind
from portal.intake.lead_models import ReportExclusion
from portal.intake.models import IS_OPEN, Report
from portal.intake.queries import in_scope, kept_from
from portal.intake.states import ReportState
from portal.jurisdiction.queries import kept_by_version
from portal.kernel.actor import Actor

MOST_ACTS: Final = 5

# What lists are narrowed down by: a report is left out only where the first of its mass is the
# same in all of it, so that whatever list it would stand on has the first one.
_ALIKE_IN: Final = (
    "state",
    "kind",
    "channel",
    "category",
    "region",
    "urgency",
    "department_code",
    "handler_id",
    "contested_result",
    "merged_into",
    "restricted",
    "conflict",
    "stream",
    "near_school",
    "priority_region",
    "paused",
)
_first = aliased(Report)


def not_behind_another(actor: Actor) -> ColumnElement[bool]:
    """Leave out what is one of a mass of one text, where the first of it is listed anyway.

    For whoever must not know of the first one, it is not. What needs a person is never left out.
    """
    hidden = exists().where(kept_from(actor), ReportExclusion.report_id == _first.id)
    same = (getattr(_first, name).is_not_distinct_from(getattr(Report, name)) for name in _ALIKE_IN)
    listed = exists().where(
        _first.id == Report.mass_of,
        *same,
        _first.next_due_on <= Report.next_due_on,
        _first.waiting_since.is_(None),
        Report.waiting_since.is_(None),
        ~hidden,
    )
    return or_(Report.mass_of.is_(None), ~listed, needs_a_person())


def count_masses(session: Session, firsts: Collection[UUID], view: Viewpoint) -> Mapping[UUID, int]:
    """How many open reports in the reader's scope say the same as each of these, itself counted."""
    rows = session.execute(_sizes(view), {"firsts": firsts}) if firsts else ()
    return {first: count + 1 for first, count in rows if first is not None}


@kept_by_version(most=32)
def _sizes(view: Viewpoint) -> Select[UUID | None, int]:
    among = Report.mass_of.in_(bindparam("firsts", expanding=True))
    return (
        select(Report.mass_of, func.count())
        .where(among, in_scope(view.actor), text(IS_OPEN))
        .group_by(Report.mass_of)
    )


def in_mass(first: Report) -> ColumnElement[bool]:
    """The first report of a mass and all that say the same."""
    return or_(Report.id == first.id, Report.mass_of == first.id)


@dataclass(frozen=True, slots=True)
class MassActLine:
    """Something that was ordered for a mass, and how far it has come."""

    act: MassActKind
    name: str | None = field(repr=False)
    asked_at: datetime
    total: int
    done: int
    refused: int
    ended: bool


@dataclass(frozen=True, slots=True)
class Mass:
    """The open reports of one text at the desk of their first, and what the reader may do."""

    waiting: int
    by_state: tuple[tuple[ReportState, int], ...]
    offers: tuple[MassActKind, ...]
    acts: tuple[MassActLine, ...]


def get_mass(session: Session, first: Report, actor: Actor) -> Mass:
    """What would be touched by an act on the mass of this report, and what was done before."""
    rows = session.execute(
        select(Report.state, func.count()).where(*_waiting(first, actor)).group_by(Report.state)
    ).all()
    waiting = sum(count for _state, count in rows)
    close = at_reception(first.department_code) and may(actor, Permission.CLOSE_UNROUTED_REPORTS)
    offers = (MassActKind.MERGE, MassActKind.CLOSE) if close else (MassActKind.MERGE,)
    return Mass(
        waiting=waiting,
        by_state=tuple(sorted((state, count) for state, count in rows)),
        offers=offers if waiting > 1 else (),
        acts=_acts(session, first),
    )


def _acts(session: Session, first: Report) -> tuple[MassActLine, ...]:
    rows = session.execute(
        select(MassAct, Account.display_name)
        .outerjoin(Account, Account.id == MassAct.asked_by)
        .where(MassAct.first_id == first.id)
        .order_by(MassAct.asked_at.desc())
        .limit(MOST_ACTS)
    )
    return tuple(
        MassActLine(
            made.act, name, made.asked_at, made.total, made.done, made.refused, bool(made.ended_at)
        )
        for made, name in rows
    )


def waiting_in_mass(
    session: Session, first: Report, actor: Actor, *, until: datetime | None = None
) -> Sequence[str]:
    """The references of the open ones at the first one's desk, in the order they came in.

    `until` leaves out what came in later: nobody had seen it when something was ordered for all.
    """
    wanted = select(Report.reference).where(*_waiting(first, actor))
    if until is not None:
        wanted = wanted.where(Report.entered_at <= until)
    return session.scalars(wanted.order_by(Report.received_at, Report.id)).all()


def _waiting(first: Report, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    at_its_desk = Report.department_code.is_not_distinct_from(first.department_code)
    open_ = text(IS_OPEN)
    return (in_mass(first), in_scope(actor), at_its_desk, open_)  # type: ignore[return-value]
