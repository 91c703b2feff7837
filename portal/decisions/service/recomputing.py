"""Times of decisions that were provisional become certain when their year is loaded (F15).

A time that the office has comes forward only, since it was told; one that a party has is only ever
longer.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseParty
from portal.cases.rules import step_of, time_from
from portal.cases.service.in_hand import today
from portal.cases.service.recomputing import date_each
from portal.decisions.models import PartyAccess, Review, Service
from portal.decisions.rules import REVIEW_TIMES
from portal.decisions.service.reviewing import USUAL_DAYS, look_again
from portal.decisions.states import UNDER_REVIEW
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place, forget_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import Deadline, due_on

_REVIEWS: Final = select(Review.id, Review.case_id).where(
    Review.provisional, Review.state.in_(UNDER_REVIEW)
)
_SERVICES: Final = select(Service.id, Service.case_id).where(
    Service.provisional, Service.struck_at.is_(None)
)
_PARTIES: Final = (
    select(PartyAccess.party_id, CaseParty.case_id)
    .join(CaseParty, CaseParty.id == PartyAccess.party_id)
    .where(PartyAccess.provisional)
)


def recompute_decisions(version_id: UUID, *, actor: Actor) -> None:
    """Date the provisional times of reviews and of parties by the calendar of the newest place.

    Safe to run twice, since a time comes out the same however often it is dated.
    """
    forget_place()
    dated = {
        "reviews": date_each(_REVIEWS, _date_review, actor),
        "services": date_each(_SERVICES, _date_service, actor),
        "parties": date_each(_PARTIES, _date_answer, actor),
    }
    with unit_of_work(actor) as uow:
        record(uow, "pack.recompute-decisions", "pack", version_id, **dated)


def _date_review(uow: UnitOfWork, case: Case, review_id: UUID) -> bool:
    """Date a review; one whose time was over already stays as it is."""
    review = uow.session.get_one(Review, review_id, with_for_update=True)
    move = REVIEW_TIMES.get(review.state)
    if move is None or review.starts_on is None:
        return False
    end, day = _end_of(case, review), today(uow)
    if end.on < review.due_on and review.due_on >= day:
        # None is late at once by it.
        review.due_on = max(end.on, min(review.due_on, day))
    review.provisional = end.provisional
    look_again(review, case, move)
    return True


def _end_of(case: Case, review: Review) -> Deadline:
    """When the time of a review ends, with the days that were added."""
    place, move = current_place(), REVIEW_TIMES[review.state]
    calendar = place.calendar_of(case.department_code)
    start = review.starts_on or review.due_on
    if review.due_before is not None:
        unit = step_of(place, move).unit
        return due_on(review.due_before, review.extended_days, unit, calendar)
    usual = Deadline(start + USUAL_DAYS[move], provisional=False)
    return time_from(place, case.department_code, move, start) or usual


def _date_service(uow: UnitOfWork, case: Case, service_id: UUID) -> bool:
    service = uow.session.get_one(Service, service_id, with_for_update=True)
    end = time_from(current_place(), case.department_code, "object", service.served_on)
    if service.object_by is None or end is None:
        return False
    service.object_by = max(service.object_by, end.on)
    service.provisional = end.provisional
    return True


def _date_answer(uow: UnitOfWork, case: Case, party_id: UUID) -> bool:
    access = uow.session.get_one(PartyAccess, party_id, with_for_update=True)
    place: Place = current_place()
    if access.answer_by is None or access.answer_from is None:
        return False
    end = time_from(place, case.department_code, "answer", access.answer_from)
    if end is None:
        return False
    access.answer_by, access.provisional = max(access.answer_by, end.on), end.provisional
    return True
