"""The lifecycle of a preview of routing: it runs, and then it is done."""

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
