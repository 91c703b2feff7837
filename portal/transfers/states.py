"""The lifecycle of a hand-over (移送): a matter passed on to a body outside the office."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class HandOverState(StrEnum):
    """`unconfirmed`: a message was on its way, and nobody knows whether it went."""

    PREPARED = "prepared"
    READY = "ready"
    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    RECEIVED = "received"
    ANSWERED = "answered"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class HandOverAction(StrEnum):
    """In the order in which the desk shows the buttons; the first three are the machine's."""

    SEAL = "seal"
    ATTEMPT = "attempt"
    FAIL = "fail"
    SEND = "send"
    SEND_AGAIN = "send_again"
    RECEIVE = "receive"
    ANSWER = "answer"
    RETURN = "return"
    WITHDRAW = "withdraw"


S, A = HandOverState, HandOverAction

HAND_OVER_LIFECYCLE: Lifecycle[HandOverState, HandOverAction] = Lifecycle(
    "hand_over",
    {
        (S.PREPARED, A.SEAL): S.READY,
        (S.PREPARED, A.WITHDRAW): S.WITHDRAWN,
        (S.READY, A.ATTEMPT): S.UNCONFIRMED,
        (S.READY, A.SEND): S.SENT,
        (S.READY, A.WITHDRAW): S.WITHDRAWN,
        (S.UNCONFIRMED, A.FAIL): S.READY,
        (S.UNCONFIRMED, A.SEND): S.SENT,
        (S.UNCONFIRMED, A.SEND_AGAIN): S.READY,
        (S.UNCONFIRMED, A.WITHDRAW): S.WITHDRAWN,
        (S.SENT, A.RECEIVE): S.RECEIVED,
        (S.SENT, A.ANSWER): S.ANSWERED,
        (S.SENT, A.RETURN): S.RETURNED,
        (S.SENT, A.WITHDRAW): S.WITHDRAWN,
        (S.RECEIVED, A.ANSWER): S.ANSWERED,
        (S.RECEIVED, A.RETURN): S.RETURNED,
        (S.RECEIVED, A.WITHDRAW): S.WITHDRAWN,
    },
)

# Not over yet, and out of the house; in an order, since an index is matched by these words.
OPEN_HAND_OVERS = (S.PREPARED, S.READY, S.UNCONFIRMED, S.SENT, S.RECEIVED)
WITH_PARTNER = (S.SENT, S.RECEIVED)


class Part(StrEnum):
    """What of a report can be passed on; who reported it is not among them."""

    NARRATIVE = "narrative"
    PLACE = "place"
    TIME = "time"
    ADDRESSES = "addresses"
    ANSWERS = "answers"
    MESSAGES = "messages"


class FileForm(StrEnum):
    """A file without its metadata, or as it was sent, which may name its author."""

    COPY = "copy"
    ORIGINAL = "original"


class Carrier(StrEnum):
    """How a bundle left the house."""

    IN_PERSON = "in-person"
    EXCHANGE = "exchange"
    COURIER = "courier"
    POST = "post"
    FETCHED = "fetched"
    THEIR_PORTAL = "their-portal"


class HandOverResult(StrEnum):
    """What the other body says came of it."""

    CASE_OPENED = "case-opened"
    MEASURES_TAKEN = "measures-taken"
    NO_VIOLATION = "no-violation"
    NOT_PURSUED = "not-pursued"
    OTHER = "other"


class ReferralState(StrEnum):
    """Where the transfer of a case to the police stands (D8, E23)."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    HANDED_OVER = "handed-over"
    ANSWERED = "answered"


class ReferralAction(StrEnum):
    """In the order in which the desk shows the buttons."""

    APPROVE = "approve"
    REFUSE = "refuse"
    HAND_OVER = "hand-over"
    WITHDRAW = "withdraw"
    ANSWER = "answer"


REFERRAL_LIFECYCLE: Lifecycle[ReferralState, ReferralAction] = Lifecycle(
    "case_referral",
    {
        (ReferralState.PROPOSED, ReferralAction.APPROVE): ReferralState.APPROVED,
        (ReferralState.PROPOSED, ReferralAction.REFUSE): ReferralState.REFUSED,
        (ReferralState.APPROVED, ReferralAction.HAND_OVER): ReferralState.HANDED_OVER,
        (ReferralState.APPROVED, ReferralAction.WITHDRAW): ReferralState.WITHDRAWN,
        (ReferralState.HANDED_OVER, ReferralAction.ANSWER): ReferralState.ANSWERED,
    },
)


class ReferralResult(StrEnum):
    """What the police decided on a case that was transferred to them."""

    FILED = "filed"
    NOT_FILED = "not-filed"
    SENT_BACK = "sent-back"
