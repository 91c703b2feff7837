"""The lifecycle of a change to the place: drafted by somebody, then published or thrown away."""

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
