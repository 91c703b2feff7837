"""Reading what waits for a second person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from portal.jurisdiction.change_models import PlaceChange, PlaceRequest
from portal.jurisdiction.changing import DRAFTS, list_drafts
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


def get_request(session: Session, request_id: UUID) -> PlaceRequest:
    """What somebody handed in; NotFound if there is none."""
    request = session.get(PlaceRequest, request_id)
    if request is None:
        raise NotFound("place-request")
    return request


def list_handed_in(session: Session, request_id: UUID) -> Sequence[PlaceChange]:
    """The drafts that were handed in and wait, in the order they were begun."""
    return session.scalars(DRAFTS.where(PlaceChange.request_id == request_id)).all()


def drafts_for(session: Session, actor: Actor, request_id: UUID | None) -> Sequence[PlaceChange]:
    """The drafts of a request, or without one the actor's own; NotFound if nothing waits."""
    if request_id is None:
        return list_drafts(session, actor)
    waiting = list_handed_in(session, request_id)
    if not waiting:
        raise NotFound("place-request")
    return waiting
