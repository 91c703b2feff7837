"""The lifecycle of a preview of routing; what two reports can be to each other, and what agrees."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class PreviewState(StrEnum):
    RUNNING = "running"
    DONE = "done"


class PreviewAction(StrEnum):
    FINISH = "finish"


PREVIEW_LIFECYCLE: Lifecycle[PreviewState, PreviewAction] = Lifecycle(
    "routing_preview",
    {(PreviewState.RUNNING, PreviewAction.FINISH): PreviewState.DONE},
)


class RelationKind(StrEnum):
    """What a person decided about two reports."""

    MERGED = "merged"
    LINKED = "linked"
    APART = "apart"


class LikenessReason(StrEnum):
    """What two reports have in common; the strongest first."""

    SAME_FILE = "same-file"
    SAME_PICTURE = "same-picture"
    SAME_PHONE = "same-phone"
    SAME_ADDRESS = "same-address"
    SAME_VENUE = "same-venue"
    SAME_HOUSE = "same-house"
    SAME_TEXT = "same-text"
    SAME_NAME = "same-name"
    SAME_DOMAIN = "same-domain"
    LIKE_TEXT = "like-text"
    SAME_REPORTER = "same-reporter"
