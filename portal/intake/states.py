"""The lifecycles of a report (来件), from receipt to closing and perhaps back, and of its leads."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class ReportState(StrEnum):
    RECEIVED = "received"
    ROUTED = "routed"
    ACCEPTED = "accepted"
    VERIFIED = "verified"
    ANSWERED = "answered"
    DECLINED = "declined"
    CLOSED = "closed"
    CONTESTED = "contested"


class ReportAction(StrEnum):
    """In the order in which the desk shows the buttons."""

    ROUTE = "route"
    ACCEPT = "accept"
    DECLINE = "decline"
    RETURN = "return"
    VERIFY = "verify"
    ANSWER = "answer"
    CLOSE = "close"
    CLOSE_UNROUTED = "close_unrouted"
    CONTEST = "contest"


S = ReportState
A = ReportAction

REPORT_LIFECYCLE: Lifecycle[ReportState, ReportAction] = Lifecycle(
    "report",
    {
        (S.RECEIVED, A.ROUTE): S.ROUTED,
        (S.RECEIVED, A.CLOSE_UNROUTED): S.CLOSED,
        (S.ROUTED, A.ACCEPT): S.ACCEPTED,
        (S.ROUTED, A.DECLINE): S.DECLINED,
        (S.ROUTED, A.RETURN): S.RECEIVED,
        (S.ROUTED, A.ROUTE): S.ROUTED,
        (S.ROUTED, A.CLOSE_UNROUTED): S.CLOSED,
        (S.ACCEPTED, A.VERIFY): S.VERIFIED,
        (S.VERIFIED, A.ANSWER): S.ANSWERED,
        (S.VERIFIED, A.VERIFY): S.VERIFIED,
        (S.ANSWERED, A.CLOSE): S.CLOSED,
        (S.ANSWERED, A.CONTEST): S.CONTESTED,
        (S.DECLINED, A.CONTEST): S.CONTESTED,
        (S.CLOSED, A.CONTEST): S.CONTESTED,
        (S.CONTESTED, A.VERIFY): S.VERIFIED,
        (S.CONTESTED, A.ROUTE): S.ROUTED,
        (S.CONTESTED, A.CLOSE_UNROUTED): S.CLOSED,
    },
)

OPEN_STATES = frozenset(S) - {S.CLOSED, S.DECLINED}


class LeadState(StrEnum):
    """Where a lead (线索) stands: a place that a report names, given to the unit of that place."""

    ROUTED = "routed"
    TAKEN = "taken"
    REPORTED = "reported"
    RETURNED = "returned"
    ENDED = "ended"


class LeadAction(StrEnum):
    """In the order in which the desk shows the buttons."""

    TAKE = "take"
    RELEASE = "release"
    REPORT = "report"
    RETURN = "return"
    ROUTE = "route"
    END = "end"
    REOPEN = "reopen"


LEAD_LIFECYCLE: Lifecycle[LeadState, LeadAction] = Lifecycle(
    "lead",
    {
        (LeadState.ROUTED, LeadAction.TAKE): LeadState.TAKEN,
        (LeadState.ROUTED, LeadAction.RETURN): LeadState.RETURNED,
        (LeadState.ROUTED, LeadAction.END): LeadState.ENDED,
        # Whoever had it works here no more.
        (LeadState.TAKEN, LeadAction.RELEASE): LeadState.ROUTED,
        (LeadState.TAKEN, LeadAction.REPORT): LeadState.REPORTED,
        (LeadState.TAKEN, LeadAction.RETURN): LeadState.RETURNED,
        (LeadState.TAKEN, LeadAction.END): LeadState.ENDED,
        (LeadState.RETURNED, LeadAction.ROUTE): LeadState.ROUTED,
        (LeadState.RETURNED, LeadAction.END): LeadState.ENDED,
        # What it ended for was undone.
        (LeadState.ENDED, LeadAction.REOPEN): LeadState.ROUTED,
    },
)

# With a unit, and not looked into yet; in an order, since an index is matched by these words.
LEADS_AT_WORK = (LeadState.ROUTED, LeadState.TAKEN)
OPEN_LEADS = frozenset({*LEADS_AT_WORK, LeadState.RETURNED})


class LeadEnding(StrEnum):
    """Why a lead ended without an answer: what became of its report."""

    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"
    ERASED = "erased"
    RESTRICTED = "restricted"


class PublicStage(StrEnum):
    """What the reporter sees: smaller than the staff's states, in plain words."""

    BEING_ROUTED = "being-routed"
    WITH_DEPARTMENT = "with-department"
    BEING_CHECKED = "being-checked"
    WAITING_FOR_YOU = "waiting-for-you"
    ANSWER_READY = "answer-ready"
    NOT_TAKEN_ON = "not-taken-on"
    CLOSED = "closed"
    LOOKED_AT_AGAIN = "looked-at-again"


# Where the office can wait for the reporter: elsewhere nobody has to answer.
MAY_WAIT = frozenset({S.ROUTED, S.ACCEPTED, S.VERIFIED})


def public_stage(state: ReportState, *, waiting_for_reporter: bool) -> PublicStage:
    """What outsiders are told of a state."""
    if waiting_for_reporter and state in MAY_WAIT:
        return PublicStage.WAITING_FOR_YOU
    return {
        S.RECEIVED: PublicStage.BEING_ROUTED,
        S.ROUTED: PublicStage.WITH_DEPARTMENT,
        S.ACCEPTED: PublicStage.BEING_CHECKED,
        S.VERIFIED: PublicStage.BEING_CHECKED,
        S.ANSWERED: PublicStage.ANSWER_READY,
        S.DECLINED: PublicStage.NOT_TAKEN_ON,
        S.CLOSED: PublicStage.CLOSED,
        S.CONTESTED: PublicStage.LOOKED_AT_AGAIN,
    }[state]
