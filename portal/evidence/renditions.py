"""What comes out of the confined process: a copy without metadata, or why there is none."""

from dataclasses import dataclass
from typing import Final

from portal.evidence.kinds import FileKind
from portal.evidence.states import NoRendition

FINGERPRINT_BYTES: Final = 16


class Impossible(Exception):
    """No rendition can be made, for a reason that is shown to staff."""

    def __init__(self, reason: NoRendition) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rendered:
    """A copy without metadata, and for images a small grey blurred JPEG (else empty).

    `looks` is how an image looks, in FINGERPRINT_BYTES bytes; empty for what is no picture or
    too plain to tell from others.
    """

    kind: FileKind
    content: bytes
    preview: bytes = b""
    looks: bytes = b""
