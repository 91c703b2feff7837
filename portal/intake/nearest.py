"""What several clocks come to: the nearest date, whether all stand still, and who knows of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, func, select

from portal.infra.uow import UnitOfWork
from portal.intake.models import Clock, Notice, Report

# A report on which no clock runs sorts behind all others.
NO_CLOCK = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Promise:
    """What several running clocks come to, of which either all run or all stand still."""

    due_on: date
    paused_at: datetime | None
    notice: Notice | None


def promised_about(uow: UnitOfWork, leading: Collection[UUID]) -> Mapping[UUID, Sequence[Promise]]:
    """What the running clocks of the reports merged into each of these come to, however many."""
    going = Clock.paused_at.is_(None)
    rows = uow.session.execute(
        select(
            Report.merged_into,
            func.min(Clock.due_on).label("due_on"),
            func.max(Clock.paused_at).label("paused_at"),
            func.max(_RANK).label("rank"),
        )
        .join(Clock, Clock.report_id == Report.id)
        .where(Report.merged_into.in_(leading), Clock.met_at.is_(None))
        .group_by(Report.merged_into, going)
    )
    found: dict[UUID, list[Promise]] = {}
    for row in rows:
        notice = tuple(Notice)[row.rank] if row.rank is not None else None
        found.setdefault(row.merged_into, []).append(Promise(row.due_on, row.paused_at, notice))
    return found


_RANK = case({one: rank for rank, one in enumerate(Notice)}, value=Clock.notice)


def nearest(clocks: Sequence[Clock | Promise]) -> tuple[date, bool, Notice | None]:
    """The nearest date of running clocks, whether all of them stand still, and who knows of them.

    A clock that stands still counts only where none runs.
    """
    going = [clock for clock in clocks if clock.paused_at is None]
    due = min((clock.due_on for clock in going or clocks), default=NO_CLOCK)
    return due, bool(clocks) and not going, higher(*(clock.notice for clock in going))


def higher(*notices: Notice | None) -> Notice | None:
    """The notice that the most people have; None if there is none."""
    given = [notice for notice in notices if notice is not None]
    return max(given, key=tuple(Notice).index, default=None)
