"""What becomes of a record whose time is over, and of lists by which two people decide on it."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class DisposalState(StrEnum):
    """Where a record stands on its way out."""

    SCHEDULED = "scheduled"
    PROPOSED = "proposed"
    APPROVED = "approved"
    DISPOSED = "disposed"


class DisposalAction(StrEnum):
    PROPOSE = "propose"
    APPROVE = "approve"
    PUT_BACK = "put-back"
    CARRY_OUT = "carry-out"
    CARRY_OUT_AGAIN = "carry-out-again"


S = DisposalState
A = DisposalAction

DISPOSAL_LIFECYCLE: Lifecycle[DisposalState, DisposalAction] = Lifecycle(
    "disposal",
    {
        (S.SCHEDULED, A.PROPOSE): S.PROPOSED,
        (S.PROPOSED, A.APPROVE): S.APPROVED,
        (S.PROPOSED, A.PUT_BACK): S.SCHEDULED,
        (S.APPROVED, A.CARRY_OUT): S.DISPOSED,
        # A hold, a new message or a contest came before the task did.
        (S.APPROVED, A.PUT_BACK): S.SCHEDULED,
        # By the ledger of erasures, in a database that a backup has brought back.
        (S.SCHEDULED, A.CARRY_OUT_AGAIN): S.DISPOSED,
        (S.PROPOSED, A.CARRY_OUT_AGAIN): S.DISPOSED,
        (S.APPROVED, A.CARRY_OUT_AGAIN): S.DISPOSED,
    },
)


class ListState(StrEnum):
    """Where a list of records to be destroyed stands (销毁清册)."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class ListAction(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"


LIST_LIFECYCLE: Lifecycle[ListState, ListAction] = Lifecycle(
    "disposal_list",
    {
        (ListState.PROPOSED, ListAction.APPROVE): ListState.APPROVED,
        (ListState.PROPOSED, ListAction.REFUSE): ListState.REFUSED,
    },
)


class NotDisposed(StrEnum):
    """Why a record is not destroyed although its day has come."""

    HELD = "held"
    OPEN_AGAIN = "open-again"
    OTHERS_WAIT = "others-wait"
    NOT_DUE = "not-due"
