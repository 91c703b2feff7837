"""What comes out of the confined process: a copy without metadata, or why there is none."""

from dataclasses import dataclass

from portal.evidence.kinds import FileKind
from portal.evidence.states import NoRendition


class Impossible(Exception):
    """No rendition can be made, for a reason that is shown to staff."""

    def __init__(self, reason: NoRendition) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rendered:
    """A copy without metadata, and for images a small grey blurred JPEG (else empty)."""

    kind: FileKind
    content: bytes
    preview: bytes = b""
