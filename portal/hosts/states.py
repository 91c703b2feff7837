"""The lifecycles of a capture (网页取证) and of a notice to a host (致平台通知书)."""

from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class CaptureState(StrEnum):
    ASKED = "asked"
    MADE = "made"
    FAILED = "failed"


class CaptureAction(StrEnum):
    MAKE = "make"
    FAIL = "fail"


CAPTURE_LIFECYCLE: Lifecycle[CaptureState, CaptureAction] = Lifecycle(
    "capture",
    {
        (CaptureState.ASKED, CaptureAction.MAKE): CaptureState.MADE,
        (CaptureState.ASKED, CaptureAction.FAIL): CaptureState.FAILED,
    },
)


class Serving(StrEnum):
    """What an address gave when it was last looked at."""

    NOT_LOOKED_AT = "not-looked-at"
    SERVING = "serving"
    GONE = "gone"
    BARRED = "barred"
    SILENT = "silent"


class HostNoticeState(StrEnum):
    """`unconfirmed`: a message was on its way, and nobody knows whether it went."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class HostNoticeAction(StrEnum):
    """In the order in which the desk shows the buttons; attempt and fail are the machine's."""

    APPROVE = "approve"
    ATTEMPT = "attempt"
    FAIL = "fail"
    SEND = "send"
    SEND_AGAIN = "send-again"
    ANSWER = "answer"
    WITHDRAW = "withdraw"


S, A = HostNoticeState, HostNoticeAction

HOST_NOTICE_LIFECYCLE: Lifecycle[HostNoticeState, HostNoticeAction] = Lifecycle(
    "host_notice",
    {
        (S.DRAFTED, A.APPROVE): S.APPROVED,
        (S.DRAFTED, A.WITHDRAW): S.WITHDRAWN,
        (S.APPROVED, A.ATTEMPT): S.UNCONFIRMED,
        (S.APPROVED, A.SEND_AGAIN): S.APPROVED,
        (S.APPROVED, A.WITHDRAW): S.WITHDRAWN,
        (S.UNCONFIRMED, A.FAIL): S.APPROVED,
        (S.UNCONFIRMED, A.SEND): S.SENT,
        (S.UNCONFIRMED, A.SEND_AGAIN): S.APPROVED,
        (S.SENT, A.ANSWER): S.ANSWERED,
    },
)

# What a person does on the page; an answer has a form of its own.
BY_HAND: Final = (A.APPROVE, A.SEND, A.SEND_AGAIN, A.WITHDRAW)
# What can still be written down of a notice once its case is closed: hosts answer when they like.
AFTER_CLOSING: Final = frozenset({A.SEND, A.ANSWER, A.WITHDRAW})
# An address that is in one of these is in no second notice.
RUNNING: Final = frozenset({S.DRAFTED, S.APPROVED, S.UNCONFIRMED, S.SENT})


class HostAnswer(StrEnum):
    """What a host says it did (C20)."""

    REMOVED = "removed"
    DISABLED = "disabled"
    PARTLY = "partly"
    REFUSED = "refused"
    NOT_THEIRS = "not-theirs"
    ASKS = "asks"
