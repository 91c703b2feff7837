"""The figures of units: how fairly each has answered, not whose work it was and not how much."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.casework.figure_models import UnitMonth
from portal.casework.queries.filters import Viewpoint
from portal.casework.rules import LEAST_SAMPLE, share
from portal.infra.keyset import in_window
from portal.jurisdiction.history import codes_inside
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.page import Page, Window, page_of

FIGURES_KEY = (str,)
MOST_MONTHS = 24


@dataclass(frozen=True, slots=True)
class FigureLine:
    """What a unit came to; None where there are too few reports to say anything (F20)."""

    department: str | None
    answered: int
    in_time: int | None
    median_days: float | None
    contested: int | None
    overturned: int | None


@dataclass(frozen=True, slots=True)
class EndingLine:
    """How many reports ended for a reason of the list (U2)."""

    reason: str
    count: int


def list_months(session: Session, view: Viewpoint) -> Sequence[date]:
    """The months of which there is anything in reach, the newest first."""
    wanted = select(UnitMonth.month).where(_in_reach(view)).distinct()
    return session.scalars(wanted.order_by(UnitMonth.month.desc()).limit(MOST_MONTHS)).all()


def list_figures(
    session: Session, month: date, view: Viewpoint, window: Window
) -> Page[FigureLine]:
    """The units in reach in the order of their codes: this is no ranking."""
    asked = select(UnitMonth).where(UnitMonth.month == month, _in_reach(view))
    rows = session.scalars(in_window(asked, window, UnitMonth.department_code)).all()
    page = page_of(rows, window, lambda row: (row.department_code,))
    return Page(tuple(_line(row) for row in page.items), page.after, page.before)


def get_together(session: Session, month: date, view: Viewpoint) -> FigureLine:
    """All units in reach as one; a median of them all is not kept."""
    columns = (UnitMonth.answered, UnitMonth.in_time, UnitMonth.contested, UnitMonth.overturned)
    summed = select(*(func.coalesce(func.sum(one), 0) for one in columns))
    row = session.execute(summed.where(UnitMonth.month == month, _in_reach(view))).one()
    answered, in_time, contested, overturned = (int(one) for one in row)
    return _figure(None, answered, in_time, None, contested, overturned)


def list_endings(session: Session, month: date, view: Viewpoint) -> tuple[EndingLine, ...]:
    """How the reports of a month ended, by the order of the pack's reasons."""
    rows = session.scalars(
        select(UnitMonth.endings).where(UnitMonth.month == month, _in_reach(view))
    )
    counted = _summed(rows)
    known = [code for code in current_place().reasons if code in counted]
    gone = sorted(counted.keys() - set(known))
    return tuple(EndingLine(code, counted[code]) for code in (*known, *gone))


def _summed(endings: Iterable[dict[str, int]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in endings:
        counted.update(one)
    return counted


def _line(row: UnitMonth) -> FigureLine:
    return _figure(
        row.department_code,
        row.answered,
        row.in_time,
        row.median_days,
        row.contested,
        row.overturned,
    )


def _figure(  # the columns of the page
    department: str | None,
    answered: int,
    in_time: int,
    median_days: float | None,
    contested: int,
    overturned: int,
) -> FigureLine:
    enough = answered >= LEAST_SAMPLE
    return FigureLine(
        department=department,
        answered=answered,
        in_time=share(in_time, answered),
        median_days=median_days if enough else None,
        contested=share(contested, answered),
        overturned=share(overturned, contested),
    )


def _in_reach(view: Viewpoint) -> ColumnElement[bool]:
    return in_reach(UnitMonth.department_code, view.actor)


def in_reach(unit: InstrumentedAttribute[str], actor: Actor) -> ColumnElement[bool]:
    """The reader's own unit; for a supervisor those of the region."""
    place = current_place()
    if Role.SUPERVISOR not in actor.roles:
        return unit == actor.department
    region = actor.region or (actor.department or "").partition("@")[2]
    if region == place.root:
        return true()
    inside = set(codes_inside(place, region))
    units = sorted(one.code for one in place.departments.values() if one.region in inside)
    return unit.in_(units)
