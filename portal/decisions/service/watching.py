"""The times of reviews: the desk is warned before, and who is above sees what is late."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.service.in_hand import today
from portal.decisions.models import IS_LOOKED_AT, Review
from portal.decisions.rules import REVIEW_TIMES
from portal.decisions.service.reviewing import look_again
from portal.decisions.states import UNDER_REVIEW
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.desks import at_the_desks_of
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor

AT_ONCE: Final = 200


def watch_reviews(*, actor: Actor) -> int:
    """Note the reviews whose time runs out soon and those whose time is over; return how many.

    In office hours, as clocks of cases. Safe to run twice: what was noted is looked at again on
    another day, or never.
    """
    place, now = current_place(), datetime.now(UTC)
    here, day = at_the_desks_of(Case.department_code, place, now), local_date(place, now)
    if here is None:
        return 0
    found = db.session.execute(
        select(Review.id, Review.case_id)
        .join(Case, Case.id == Review.case_id)
        .where(Review.id.in_(select(Review.id).where(text(IS_LOOKED_AT), Review.look_on <= day)))
        .where(here)
        .order_by(Review.look_on, Review.id)
        .limit(AT_ONCE)
    ).all()
    for row in found:
        with unit_of_work(actor) as uow:
            case = uow.session.get_one(Case, row.case_id, with_for_update=True)
            _look(uow, case, row.id)
    return len(found)


def _look(uow: UnitOfWork, case: Case, review_id: UUID) -> None:
    review, day = uow.session.get_one(Review, review_id, with_for_update=True), today(uow)
    if review.state not in UNDER_REVIEW or review.look_on is None or review.look_on > day:
        return
    late = review.due_on < day
    if late:
        review.breached_at = uow.now
    else:
        review.warned_at = uow.now
    act, due = "breach" if late else "warn", review.due_on.isoformat()
    record(uow, f"review.{act}", "review", review.id, due=due)
    record(uow, f"case.review-{act}", "case", review.case_id, review=review.id.hex, due=due)
    look_again(review, case, REVIEW_TIMES[review.state])
