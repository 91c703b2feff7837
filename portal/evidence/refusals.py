"""The reasons for which a file is not taken."""

from enum import StrEnum

from portal.kernel.errors import RuleBroken


class Refusal(StrEnum):
    """Why a file is not taken; the page has a sentence for each."""

    EMPTY = "file-empty"
    TOO_LARGE = "file-too-large"
    TOO_MANY = "files-too-many"
    TOO_LARGE_TOGETHER = "files-too-large-together"
    NOT_ALLOWED = "file-kind-not-allowed"
    HEIC = "file-is-heic"
    NAME_DOES_NOT_FIT = "file-name-does-not-fit"
    HAS_MACROS = "file-has-macros"
    EXPANDS_TOO_MUCH = "file-expands-too-much"
    BROKEN = "file-broken"
    NO_ROOM = "no-room-for-files"


class FileRefused(RuleBroken):
    """One file, or all together, are not taken.

    The name of the file is not carried, since an exception may end in a log; the form knows
    it. `limit` is in bytes or in files, `seen` the ending that the content would have.
    """

    def __init__(self, refusal: Refusal, *, limit: int = 0, seen: str = "") -> None:
        super().__init__(str(refusal), limit=limit, seen=seen)
        self.refusal = refusal
        self.limit = limit
        self.seen = seen
