"""The lifecycles behind an approved award (兑付): of a payment, and of a list for the bank."""

from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class PaymentState(StrEnum):
    """Parked is what the auditor looks at; nobody knows of an unknown one what the bank did."""

    DUE = "due"
    CLAIMED = "claimed"
    PARKED = "parked"
    REFUSED = "refused"
    RELEASED = "released"
    BATCHED = "batched"
    SENT = "sent"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    RETURNED = "returned"
    FORFEITED = "forfeited"


class PaymentAction(StrEnum):
    CLAIM = "claim"
    CORRECT = "correct"
    PARK = "park"
    CLEAR = "clear"
    REFUSE = "refuse"
    ASK_REVIEW = "ask-review"
    RELEASE = "release"
    PUT_BACK = "put-back"
    BATCH = "batch"
    SEND = "send"
    DOUBT = "doubt"
    PAY_OUT = "pay-out"
    SETTLE = "settle"
    RETURN = "return"
    COME_BACK = "come-back"
    FORFEIT = "forfeit"


S = PaymentState
A = PaymentAction

# Nothing that has left the house comes back into it: what returns is a payment that ended.
PAYMENT_LIFECYCLE: Lifecycle[PaymentState, PaymentAction] = Lifecycle(
    "payment",
    {
        (S.DUE, A.CLAIM): S.CLAIMED,
        (S.DUE, A.FORFEIT): S.FORFEITED,
        (S.CLAIMED, A.CORRECT): S.CLAIMED,
        (S.CLAIMED, A.PARK): S.PARKED,
        (S.CLAIMED, A.RELEASE): S.RELEASED,
        (S.PARKED, A.CORRECT): S.PARKED,
        (S.PARKED, A.CLEAR): S.CLAIMED,
        (S.PARKED, A.REFUSE): S.REFUSED,
        (S.REFUSED, A.ASK_REVIEW): S.PARKED,
        (S.REFUSED, A.FORFEIT): S.FORFEITED,
        (S.RELEASED, A.BATCH): S.BATCHED,
        (S.RELEASED, A.PUT_BACK): S.CLAIMED,
        (S.RELEASED, A.PAY_OUT): S.SETTLED,
        (S.BATCHED, A.SEND): S.SENT,
        (S.BATCHED, A.DOUBT): S.UNKNOWN,
        (S.BATCHED, A.PUT_BACK): S.CLAIMED,
        (S.SENT, A.SETTLE): S.SETTLED,
        (S.SENT, A.RETURN): S.RETURNED,
        (S.SENT, A.DOUBT): S.UNKNOWN,
        (S.UNKNOWN, A.SETTLE): S.SETTLED,
        (S.UNKNOWN, A.RETURN): S.RETURNED,
        (S.SETTLED, A.COME_BACK): S.RETURNED,
    },
)
# Only what came back makes room for another payment of the same award. In the order of the index.
LIVE_PAYMENTS: Final = tuple(one for one in S if one is not S.RETURNED)
IN_TRANSIT: Final = frozenset({S.SENT, S.UNKNOWN})


class BatchState(StrEnum):
    """Exporting lasts an instant: whatever is found so later is in doubt."""

    DRAWN = "drawn"
    ASKED = "asked"
    RELEASED = "released"
    FILLED = "filled"
    EXPORTING = "exporting"
    EXPORTED = "exported"
    DOUBTED = "doubted"
    ABANDONED = "abandoned"


class BatchAction(StrEnum):
    ASK = "ask"
    RELEASE = "release"
    FILL = "fill"
    BEGIN_EXPORT = "begin-export"
    EXPORT = "export"
    DOUBT = "doubt"
    ABANDON = "abandon"


BATCH_LIFECYCLE: Lifecycle[BatchState, BatchAction] = Lifecycle(
    "payment_batch",
    {
        (BatchState.DRAWN, BatchAction.ASK): BatchState.ASKED,
        (BatchState.DRAWN, BatchAction.ABANDON): BatchState.ABANDONED,
        (BatchState.ASKED, BatchAction.RELEASE): BatchState.RELEASED,
        (BatchState.ASKED, BatchAction.ABANDON): BatchState.ABANDONED,
        (BatchState.RELEASED, BatchAction.FILL): BatchState.FILLED,
        (BatchState.RELEASED, BatchAction.ABANDON): BatchState.ABANDONED,
        (BatchState.FILLED, BatchAction.BEGIN_EXPORT): BatchState.EXPORTING,
        (BatchState.FILLED, BatchAction.ABANDON): BatchState.ABANDONED,
        (BatchState.EXPORTING, BatchAction.EXPORT): BatchState.EXPORTED,
        (BatchState.EXPORTING, BatchAction.DOUBT): BatchState.DOUBTED,
    },
)


class PayWay(StrEnum):
    """How a reward is paid: to an account, or at a counter to whoever shows the code."""

    BANK = "bank"
    CASH = "cash"


class PayStep(StrEnum):
    """What one natural person does for a payment, each once in a round."""

    DRAW = "draw"
    ASK = "ask"
    RELEASE = "release"
    PAY_OUT = "pay-out"


class BankFileKind(StrEnum):
    """What is written for the bank."""

    PAIN = "pain.001"
    CSV = "csv"


class DifferenceKind(StrEnum):
    """What does not agree; each stops the next list until somebody has explained it."""

    ANOTHER_AMOUNT = "another-amount"
    UNKNOWN_REFERENCE = "unknown-reference"
    NOT_SENT = "not-sent"
    TWICE = "twice"
    LATE_RETURN = "late-return"
    OVERDUE = "overdue"
    LEDGER = "ledger"


class SampleAnswer(StrEnum):
    """What a recipient says who was asked by the auditor."""

    IN_FULL = "in-full"
    LESS = "less"
    NOTHING = "nothing"
