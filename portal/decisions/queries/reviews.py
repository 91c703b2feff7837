"""The list of reviews that wait for somebody, page by page."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, literal, or_, select, text
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.queries.access import in_scope
from portal.casework.queries.board import days_left
from portal.casework.queries.filters import Viewpoint
from portal.decisions.models import IS_UNDER_REVIEW, Review
from portal.decisions.states import ReviewState
from portal.kernel.page import Key, Page, Window, page_of

DUE_KEY: Final = (int, UUID)


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A review as the list shows it; `days_left` in working days, negative when late."""

    number: str
    state: ReviewState
    of_reporter: bool
    department: str
    due_on: date
    days_left: int
    overdue: bool
    warned: bool
    breached: bool


def list_reviews(session: Session, view: Viewpoint, window: Window) -> Page[OpenReview]:
    """The open reviews of the cases in scope, the nearest date first."""
    due, own = Review.due_on, Review.id
    # Under review is said by the column's own name: `case_file` has a `state` as well.
    waiting = text(f"review.{IS_UNDER_REVIEW}")
    asked = select(Review, Case.number, Case.department_code).join(Case, Case.id == Review.case_id)
    asked = asked.where(waiting, in_scope(view.actor)).limit(window.fetch)
    if window.key is not None:
        day, last = _day(window.key), window.key[1]
        if window.backwards:
            asked = asked.where(due <= day, or_(due < day, own < last))
        else:
            asked = asked.where(due >= day, or_(due > day, own > last))
    backwards = (due.desc(), own.desc())
    asked = asked.order_by(*(backwards if window.backwards else (due.asc(), own.asc())))
    page = page_of(
        session.execute(asked).all(), window, lambda row: (row[0].due_on.toordinal(), row[0].id)
    )
    lines = tuple(_line(*row, view) for row in page.items)
    return Page(lines, page.after, page.before)


def heap_of_reviews(view: Viewpoint) -> Select[int]:
    """The reviews that wait in the reader's own unit, and elsewhere those whose time is over.

    What is late in a unit is for the office above to see to.
    """
    waiting = text(f"review.{IS_UNDER_REVIEW}")
    own = Case.department_code == view.actor.department
    heap = select(literal(1)).select_from(Review).join(Case, Case.id == Review.case_id)
    return heap.where(waiting, or_(own, Review.breached_at.is_not(None)), in_scope(view.actor))


def list_of_case(session: Session, case_id: UUID, view: Viewpoint) -> tuple[OpenReview, ...]:
    """The open reviews of a case that the reader has on the screen, the nearest date first."""
    waiting = text(f"review.{IS_UNDER_REVIEW}")
    rows = session.execute(
        select(Review, Case.number, Case.department_code)
        .join(Case, Case.id == Review.case_id)
        .where(waiting, Review.case_id == case_id, in_scope(view.actor))
        .order_by(Review.due_on, Review.id)
    )
    return tuple(_line(*row, view) for row in rows)


def _line(review: Review, number: str, department: str, view: Viewpoint) -> OpenReview:
    return OpenReview(
        number=number,
        state=review.state,
        of_reporter=review.report_id is not None,
        department=department,
        due_on=review.due_on,
        days_left=days_left(view.today, review.due_on, department),
        overdue=review.due_on < view.today,
        warned=review.warned_at is not None,
        breached=review.breached_at is not None,
    )


def _day(key: Key) -> date:
    """The day of an ordinal out of a URL, whatever number stands there."""
    return date.fromordinal(min(max(int(str(key[0])), 1), date.max.toordinal()))
