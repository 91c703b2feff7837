"""The lifecycles of a paper made here (文书) and of a bound file (案卷)."""

from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class PaperState(StrEnum):
    """A paper that was struck out of its case stays issued: its number is not given again."""

    DRAFTED = "drafted"
    ISSUED = "issued"
    DISCARDED = "discarded"


class PaperAction(StrEnum):
    ISSUE = "issue"
    DISCARD = "discard"


PAPER_LIFECYCLE: Final[Lifecycle[PaperState, PaperAction]] = Lifecycle(
    "paper",
    {
        (PaperState.DRAFTED, PaperAction.ISSUE): PaperState.ISSUED,
        (PaperState.DRAFTED, PaperAction.DISCARD): PaperState.DISCARDED,
    },
)


class BoundState(StrEnum):
    ASKED = "asked"
    BOUND = "bound"
    FAILED = "failed"


class BoundAction(StrEnum):
    BIND = "bind"
    GIVE_UP = "give-up"


BOUND_LIFECYCLE: Final[Lifecycle[BoundState, BoundAction]] = Lifecycle(
    "bound_file",
    {
        (BoundState.ASKED, BoundAction.BIND): BoundState.BOUND,
        (BoundState.ASKED, BoundAction.GIVE_UP): BoundState.FAILED,
    },
)


class Written(StrEnum):
    """What is written in a case and is no paper of it, but bound with them."""

    MINUTES = "minutes"
    DIRECTIVE = "directive"
    DECISION = "decision"
    LETTERS = "letters"
    SENT = "sent"
    REVIEW = "review"
    COUNTER_NOTICE = "counter-notice"


class NotBound(StrEnum):
    """Why a file could not be bound."""

    TOO_LARGE = "too-large"
    FILE_MISSING = "file-missing"
