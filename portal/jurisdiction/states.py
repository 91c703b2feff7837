"""The lifecycles of a change to the place, and of the request that a second person publish it."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class ChangeState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class ChangeAction(StrEnum):
    PUBLISH = "publish"
    DISCARD = "discard"


CHANGE_LIFECYCLE: Lifecycle[ChangeState, ChangeAction] = Lifecycle(
    "place_change",
    {
        (ChangeState.DRAFT, ChangeAction.PUBLISH): ChangeState.PUBLISHED,
        (ChangeState.DRAFT, ChangeAction.DISCARD): ChangeState.DISCARDED,
    },
)


class RequestState(StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    TAKEN_BACK = "taken-back"


class RequestAction(StrEnum):
    CONFIRM = "confirm"
    RETURN = "return"
    TAKE_BACK = "take-back"


REQUEST_LIFECYCLE: Lifecycle[RequestState, RequestAction] = Lifecycle(
    "place_request",
    {
        (RequestState.WAITING, RequestAction.CONFIRM): RequestState.CONFIRMED,
        (RequestState.WAITING, RequestAction.RETURN): RequestState.RETURNED,
        (RequestState.WAITING, RequestAction.TAKE_BACK): RequestState.TAKEN_BACK,
    },
)
