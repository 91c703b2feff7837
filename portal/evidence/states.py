"""The lifecycles of a file (证据) and of the copy of it that staff look at."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class EvidenceState(StrEnum):
    """What the scanner has said so far; UNCHECKED is said plainly wherever the file is shown."""

    RECEIVED = "received"
    UNCHECKED = "unchecked"
    CLEAN = "clean"
    INFECTED = "infected"


class EvidenceAction(StrEnum):
    LEAVE_UNCHECKED = "leave-unchecked"
    CLEAR = "clear"
    QUARANTINE = "quarantine"


EVIDENCE_LIFECYCLE = Lifecycle(
    "evidence",
    {
        (
            EvidenceState.RECEIVED,
            EvidenceAction.LEAVE_UNCHECKED,
        ): EvidenceState.UNCHECKED,
        (EvidenceState.RECEIVED, EvidenceAction.CLEAR): EvidenceState.CLEAN,
        (EvidenceState.RECEIVED, EvidenceAction.QUARANTINE): EvidenceState.INFECTED,
        # A scanner that was set up later looks at what came before it.
        (EvidenceState.UNCHECKED, EvidenceAction.CLEAR): EvidenceState.CLEAN,
        (EvidenceState.UNCHECKED, EvidenceAction.QUARANTINE): EvidenceState.INFECTED,
        (EvidenceState.CLEAN, EvidenceAction.QUARANTINE): EvidenceState.INFECTED,
    },
)


class RenditionState(StrEnum):
    """The copy without metadata; a kind of file that gets none has no rendition at all."""

    PENDING = "pending"
    MADE = "made"
    IMPOSSIBLE = "impossible"


class RenditionAction(StrEnum):
    MAKE = "make"
    GIVE_UP = "give-up"


RENDITION_LIFECYCLE = Lifecycle(
    "rendition",
    {
        (RenditionState.PENDING, RenditionAction.MAKE): RenditionState.MADE,
        (RenditionState.PENDING, RenditionAction.GIVE_UP): RenditionState.IMPOSSIBLE,
    },
)


class NoRendition(StrEnum):
    """Why there is no copy without metadata; the original is kept all the same."""

    BROKEN = "broken"  # cut short, or not what it says it is
    TOO_LARGE = "too-large"  # more pixels, memory or time than the limits allow
    LOCKED = "locked"  # needs a password
    INFECTED = "infected"


class CustodyAct(StrEnum):
    """What can happen to a file while we hold it; the list an expert witness reads from."""

    RECEIVED = "received"
    CLEARED = "cleared"
    QUARANTINED = "quarantined"
    RENDITION_MADE = "rendition-made"
    RENDITION_IMPOSSIBLE = "rendition-impossible"
    OPENED_ORIGINAL = "opened-original"
    OPENED_PREVIEW = "opened-preview"
    OPENED_RENDITION = "opened-rendition"
    EXPORTED = "exported"
    ERASED = "erased"
