"""Open cases that stand still: no step for some working days, by state (C23)."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import IS_OPEN_CASE, Case
from portal.cases.queries.access import in_scope
from portal.cases.queries.lists import CaseLine, case_line
from portal.cases.rules import STANDS_AFTER
from portal.cases.states import CaseState
from portal.casework.queries.filters import Viewpoint
from portal.jurisdiction.place import DayUnit
from portal.jurisdiction.queries import current_place
from portal.kernel.deadline import days_before
from portal.kernel.page import Page, Window, page_of


def list_standing(session: Session, view: Viewpoint, window: Window) -> Page[CaseLine]:
    """The cases that have had no step for long, the longest first.

    Those whose time stands still while a legal question waits are left out.
    """
    still = [
        and_(Case.state == state, Case.changed_at < _since(state, view)) for state in STANDS_AFTER
    ]
    asked = (
        select(Case, Account.display_name)
        .outerjoin(Account, Account.id == Case.handler_id)
        .where(in_scope(view.actor), text(IS_OPEN_CASE), or_(*still), Case.paused_on.is_(None))
        .limit(window.fetch)
    )
    rows = session.execute(_in_order(asked, window)).all()
    page = page_of(rows, window, lambda row: (row[0].changed_at, row[0].id))
    return Page(tuple(case_line(row, view) for row in page.items), page.after, page.before)


def _since(state: CaseState, view: Viewpoint) -> datetime:
    """The beginning of the day by which the last step should have been."""
    place = current_place()
    calendar = place.calendar_of(view.actor.department)
    day = days_before(view.today, STANDS_AFTER[state], DayUnit.WORKING, calendar)
    return datetime.combine(day, time.min, ZoneInfo(place.zone)).astimezone(UTC)


def _in_order(asked: Select[Case, str], window: Window) -> Select[Case, str]:
    at, own = Case.changed_at, Case.id
    if window.key is not None:
        moment, last = window.key
        if window.backwards:
            asked = asked.where(at <= moment, or_(at < moment, own < last))
        else:
            asked = asked.where(at >= moment, or_(at > moment, own > last))
    if window.backwards:
        return asked.order_by(at.desc(), own.desc())
    return asked.order_by(at, own)
