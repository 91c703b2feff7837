"""Who waits for whom: what was handed in to a second person, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.administration.queries import Review, review_of_drafts
from portal.jurisdiction.change_models import PlaceRequest
from portal.jurisdiction.handed_in import list_handed_in
from portal.jurisdiction.states import RequestState
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound

MOST_WAITING: Final = 50
# How long somebody reads on their page that something came back, and why.
SHOWN_FOR: Final = timedelta(days=14)
MOST_RETURNED: Final = 5


@dataclass(frozen=True, slots=True)
class RequestLine:
    """What somebody handed in; `own` if it was the reader, `same_person` by whichever account."""

    id: UUID
    asked_by: str
    asked_at: datetime
    reason: str
    starts_at: datetime | None
    state: RequestState
    decided_by: str | None
    answer: str
    own: bool
    same_person: bool

    @property
    def waits(self) -> bool:
        """Whether it waits."""
        return self.state is RequestState.WAITING


def list_waiting(session: Session, actor: Actor) -> Sequence[RequestLine]:
    """All that waits, the oldest first."""
    waiting = PlaceRequest.state == RequestState.WAITING
    ordered = _requests(actor).where(waiting).order_by(PlaceRequest.asked_at, PlaceRequest.id)
    return [_line(actor, *row) for row in session.execute(ordered.limit(MOST_WAITING))]


def list_returned(session: Session, actor: Actor) -> Sequence[RequestLine]:
    """What came back to the actor lately, the newest first."""
    lately = datetime.now(UTC) - SHOWN_FOR
    came_back = _requests(actor).where(
        PlaceRequest.asked_by == actor.id,
        PlaceRequest.state == RequestState.RETURNED,
        PlaceRequest.decided_at > lately,
    )
    ordered = came_back.order_by(PlaceRequest.decided_at.desc()).limit(MOST_RETURNED)
    return [_line(actor, *row) for row in session.execute(ordered)]


def get_line(session: Session, actor: Actor, request_id: UUID) -> RequestLine:
    """One of them; NotFound if there is none."""
    row = session.execute(_requests(actor).where(PlaceRequest.id == request_id)).first()
    if row is None:
        raise NotFound("place-request")
    return _line(actor, *row)


def review_of_request(session: Session, request_id: UUID) -> Review:
    """What was handed in, with everything that a second person has to know."""
    return review_of_drafts(session, list_handed_in(session, request_id))


def _requests(actor: Actor) -> Select[PlaceRequest, str, str, UUID]:
    asking, deciding, reading = aliased(Account), aliased(Account), aliased(Account)
    return (
        select(PlaceRequest, asking.display_name, deciding.display_name, reading.person_id)
        .join(asking, asking.id == PlaceRequest.asked_by)
        .outerjoin(deciding, deciding.id == PlaceRequest.decided_by)
        .outerjoin(reading, reading.id == actor.id)
    )


def _line(
    actor: Actor, one: PlaceRequest, asked_by: str, decided_by: str | None, person: UUID | None
) -> RequestLine:
    return RequestLine(
        one.id,
        asked_by,
        one.asked_at,
        one.reason,
        one.starts_at,
        one.state,
        decided_by,
        one.answer,
        own=one.asked_by == actor.id,
        same_person=one.asked_person == person,
    )
