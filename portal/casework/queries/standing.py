"""Open work that stands still: no step for some working days, by state (C23)."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, text, union_all
from sqlalchemy.orm import Session

from portal.casework.queries.board import (
    MOST_COUNTED,
    ReportLine,
    bounded,
    found,
    lines_of,
    report_rows,
)
from portal.casework.queries.filters import Viewpoint, reach
from portal.casework.rules import STANDS_AFTER
from portal.infra.keyset import in_window
from portal.intake.models import IS_OPEN, Report
from portal.intake.queries import in_scope
from portal.intake.states import ReportState
from portal.jurisdiction.place import DayUnit
from portal.jurisdiction.queries import current_place
from portal.kernel.deadline import days_before
from portal.kernel.page import Page, Window, page_of

STANDING_KEY = (datetime, UUID)


def count_standing(session: Session, view: Viewpoint) -> Mapping[ReportState, int]:
    """How many reports stand still in each state, up to MOST_COUNTED, in one statement."""
    columns = [bounded(found(standing_ways(state, view), MOST_COUNTED)) for state in STANDS_AFTER]
    row = session.execute(select(*columns)).one()
    return dict(zip(STANDS_AFTER, row, strict=True))


def list_standing(
    session: Session, state: ReportState, view: Viewpoint, window: Window
) -> Page[ReportLine]:
    """The reports that stand still in a state, the longest first.

    Those that wait for their reporter are left out: when the cap of the wait is used up, the
    clocks go on by themselves and so does this list.
    """
    at, own = Report.changed_at, Report.id
    ids_of = (select(own).where(*way) for way in standing_ways(state, view))
    each = [in_window(one, window, at, own).subquery() for one in ids_of]
    ids = union_all(*(select(one.c.id) for one in each))
    rows = session.execute(
        in_window(report_rows(view.today).where(own.in_(ids)), window, at, own)
    ).all()
    page = page_of(rows, window, lambda row: (row[0].changed_at, row[0].id))
    return Page(lines_of(page.items, view), page.after, page.before)


def standing_ways(state: ReportState, view: Viewpoint) -> list[list[ColumnElement[bool]]]:
    """What stands still, as ways to find it (`filters.section_ways`)."""
    still: list[ColumnElement[bool]] = [
        in_scope(view.actor),
        text(IS_OPEN),  # type: ignore[list-item]  # a literal, so that partial indexes match
        Report.state == state,
        Report.changed_at < _since(state, view),
        Report.waiting_since.is_(None),
    ]
    return [[*still, *way] for way in reach(view)]


def _since(state: ReportState, view: Viewpoint) -> datetime:
    """The beginning of the day by which the last step should have been."""
    place = current_place()
    calendar = place.calendar_of(view.actor.department)
    day = days_before(view.today, STANDS_AFTER[state], DayUnit.WORKING, calendar)
    return datetime.combine(day, time.min, ZoneInfo(place.zone)).astimezone(UTC)
