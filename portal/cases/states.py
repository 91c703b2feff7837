"""The lifecycle of a case (案件), from filing to the closed file, and the words of what is in it.

The moves are those of the ordinary and of the simple procedure of the Administrative Penalty Law
(行政处罚法, 2021), articles 51 and 54 to 61; a pack says which papers each asks for.
"""

from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class CaseState(StrEnum):
    PROPOSED = "proposed"
    FILED = "filed"
    INVESTIGATED = "investigated"
    NOTIFIED = "notified"
    DECIDED = "decided"
    EXECUTED = "executed"
    CLOSED = "closed"


class CaseAction(StrEnum):
    """In the order in which the desk shows the buttons."""

    FILE = "file"
    FINISH_INVESTIGATION = "finish-investigation"
    NOTIFY = "notify"
    DECIDE = "decide"
    DECIDE_ON_THE_SPOT = "decide-on-the-spot"
    EXECUTE = "execute"
    CLOSE = "close"
    RESUME = "resume"
    DROP = "drop"
    REOPEN = "reopen"


S = CaseState
A = CaseAction

CASE_LIFECYCLE: Lifecycle[CaseState, CaseAction] = Lifecycle(
    "case",
    {
        (S.PROPOSED, A.FILE): S.FILED,
        (S.PROPOSED, A.DROP): S.CLOSED,
        (S.FILED, A.FINISH_INVESTIGATION): S.INVESTIGATED,
        (S.FILED, A.DECIDE_ON_THE_SPOT): S.DECIDED,
        (S.FILED, A.DROP): S.CLOSED,
        (S.INVESTIGATED, A.NOTIFY): S.NOTIFIED,
        (S.INVESTIGATED, A.RESUME): S.FILED,
        (S.INVESTIGATED, A.DROP): S.CLOSED,
        (S.NOTIFIED, A.DECIDE): S.DECIDED,
        # What the party says in its defence may have to be looked into (article 45).
        (S.NOTIFIED, A.RESUME): S.FILED,
        (S.NOTIFIED, A.DROP): S.CLOSED,
        (S.DECIDED, A.EXECUTE): S.EXECUTED,
        # Once a review has set the decision aside; never while it stands.
        (S.DECIDED, A.RESUME): S.FILED,
        (S.EXECUTED, A.CLOSE): S.CLOSED,
        (S.EXECUTED, A.RESUME): S.FILED,
        (S.CLOSED, A.REOPEN): S.FILED,
    },
)

OPEN_CASES: Final = frozenset(S) - {S.CLOSED}


class CaseLeadState(StrEnum):
    """Where a lead of a case stands, or the offer of the whole case, that goes to another unit."""

    SENT = "sent"
    FOLLOWED = "followed"
    RETURNED = "returned"
    DISPUTED = "disputed"
    ASSIGNED = "assigned"
    KEPT = "kept"


class CaseLeadAction(StrEnum):
    """In the order in which the desk shows the buttons."""

    OPEN = "open"
    JOIN = "join"
    RETURN = "return"
    DISPUTE = "dispute"
    SEND_AGAIN = "send-again"
    ASSIGN = "assign"
    KEEP = "keep"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"


CASE_LEAD_LIFECYCLE: Lifecycle[CaseLeadState, CaseLeadAction] = Lifecycle(
    "case_lead",
    {
        (CaseLeadState.SENT, CaseLeadAction.OPEN): CaseLeadState.FOLLOWED,
        (CaseLeadState.SENT, CaseLeadAction.JOIN): CaseLeadState.FOLLOWED,
        (CaseLeadState.SENT, CaseLeadAction.RETURN): CaseLeadState.RETURNED,
        # The second return is for the office above both to decide on (F9).
        (CaseLeadState.SENT, CaseLeadAction.DISPUTE): CaseLeadState.DISPUTED,
        (CaseLeadState.RETURNED, CaseLeadAction.SEND_AGAIN): CaseLeadState.SENT,
        (CaseLeadState.DISPUTED, CaseLeadAction.ASSIGN): CaseLeadState.ASSIGNED,
        (CaseLeadState.DISPUTED, CaseLeadAction.KEEP): CaseLeadState.KEPT,
        (CaseLeadState.ASSIGNED, CaseLeadAction.OPEN): CaseLeadState.FOLLOWED,
        (CaseLeadState.ASSIGNED, CaseLeadAction.JOIN): CaseLeadState.FOLLOWED,
        # Of the whole case: the unit there has it from then on.
        (CaseLeadState.SENT, CaseLeadAction.ACCEPT): CaseLeadState.FOLLOWED,
        (CaseLeadState.ASSIGNED, CaseLeadAction.ACCEPT): CaseLeadState.FOLLOWED,
        (CaseLeadState.SENT, CaseLeadAction.WITHDRAW): CaseLeadState.KEPT,
        (CaseLeadState.RETURNED, CaseLeadAction.WITHDRAW): CaseLeadState.KEPT,
        # Only where the case may not go any more: nobody else could end the offer then.
        (CaseLeadState.DISPUTED, CaseLeadAction.WITHDRAW): CaseLeadState.KEPT,
        (CaseLeadState.ASSIGNED, CaseLeadAction.WITHDRAW): CaseLeadState.KEPT,
    },
)
# What is done with a lead only, and with the offer of a whole case only.
FOR_LEADS: Final = frozenset({CaseLeadAction.OPEN, CaseLeadAction.JOIN})
FOR_OFFERS: Final = frozenset({CaseLeadAction.ACCEPT, CaseLeadAction.WITHDRAW})
# An answer of the unit there is waited for; in an order, since an index is matched by these words.
LEADS_THAT_WAIT: Final = (CaseLeadState.SENT, CaseLeadState.ASSIGNED)
# The office above both decides, or has decided.
WITH_THOSE_ABOVE: Final = frozenset({CaseLeadState.DISPUTED, CaseLeadState.ASSIGNED})
# An answer of the unit is waited for.
WAITING_LEADS: Final = frozenset({CaseLeadState.SENT, CaseLeadState.ASSIGNED})
# Of a lead or an offer nothing more is to come.
LEADS_OVER: Final = frozenset({CaseLeadState.FOLLOWED, CaseLeadState.KEPT})


class OfferPart(StrEnum):
    """What a unit reads of a case offered to it; who reported is no part, and never goes."""

    SUMMARY = "summary"
    PARTIES = "parties"
    SEVERITY = "severity"
    PAPERS = "papers"
    FILES = "files"


# What is ticked unless somebody unticks it: files stay out by default.
USUAL_PARTS: Final = (
    OfferPart.SUMMARY,
    OfferPart.PARTIES,
    OfferPart.SEVERITY,
    OfferPart.PAPERS,
)


class ChainDirection(StrEnum):
    """Which way a lead goes along the chain: to where things come from, or to where they go."""

    UP = "up"
    DOWN = "down"


class CaseEnding(StrEnum):
    """How a case ended; all but the first without a penalty (article 57)."""

    PENALTY_CARRIED_OUT = "penalty-carried-out"
    NO_BREACH = "no-breach"
    MINOR_AND_CORRECTED = "minor-and-corrected"
    NOT_ESTABLISHED = "not-established"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_BODY = "another-body"


class PartyRole(StrEnum):
    """What somebody has to do with a case (E7, E24)."""

    OPERATOR = "operator"
    SELLER = "seller"
    PRODUCER = "producer"
    PRINTER = "printer"
    ACCESS_PROVIDER = "access-provider"
    PAYMENT = "payment"
    ADVERTISER = "advertiser"
    OWNER = "owner"


class Audience(StrEnum):
    """Whom a note is for."""

    HANDLER = "handler"
    DEPARTMENT = "department"
    REPORTER = "reporter"


class MeetingKind(StrEnum):
    """What kind of meeting dealt with a case (B19)."""

    JOINT = "joint"
    DISTRICT = "district"
    SUPERVISION = "supervision"
    CASE = "case"


class TaskSpan(StrEnum):
    """How long a task goes on: until a day, or throughout the case (E13)."""

    UNTIL_A_DAY = "until-a-day"
    THROUGHOUT = "throughout"


class Severity(StrEnum):
    """How grave a case is; a grade says the factors it rests on (D22)."""

    MINOR = "minor"
    ORDINARY = "ordinary"
    SERIOUS = "serious"
    GRAVE = "grave"


class SeverityFactor(StrEnum):
    """What makes a case graver or lighter; none of them is what somebody thinks or believes."""

    MINORS_REACHED = "minors-reached"
    NEAR_A_SCHOOL = "near-a-school"
    LARGE_AMOUNT = "large-amount"
    MANY_COPIES = "many-copies"
    ORGANISED = "organised"
    REPEATED = "repeated"
    OBSTRUCTED = "obstructed"
    DANGER_TO_HEALTH = "danger-to-health"
    CORRECTED_AT_ONCE = "corrected-at-once"
    FIRST_TIME = "first-time"
    HELPED_TO_CLEAR_UP = "helped-to-clear-up"
