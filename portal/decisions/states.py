"""The lifecycles of a decision (处理决定) and of a review (异议、复查), and their words.

A decision says what a statement of reasons says (Regulation (EU) 2022/2065, article 17; 行政处罚法,
2021, article 59): ground, facts, source, automation, measures with their end, and remedies.
"""

from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class DecisionState(StrEnum):
    DRAFTED = "drafted"
    APPROVED = "approved"
    IN_FORCE = "in-force"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    SET_ASIDE = "set-aside"


class DecisionAction(StrEnum):
    APPROVE = "approve"
    SERVE = "serve"
    TAKE_BACK_SERVICE = "take-back-service"
    WITHDRAW = "withdraw"
    REPLACE = "replace"
    RESTORE = "restore"
    SET_ASIDE = "set-aside"


D = DecisionState
A = DecisionAction

DECISION_LIFECYCLE: Lifecycle[DecisionState, DecisionAction] = Lifecycle(
    "decision",
    {
        (D.DRAFTED, A.APPROVE): D.APPROVED,
        (D.DRAFTED, A.WITHDRAW): D.WITHDRAWN,
        (D.APPROVED, A.SERVE): D.IN_FORCE,
        (D.APPROVED, A.WITHDRAW): D.WITHDRAWN,
        # Once the only entry that it was served is struck out.
        (D.IN_FORCE, A.TAKE_BACK_SERVICE): D.APPROVED,
        # What is in force ends by another decision only: one that replaces it, or a review.
        (D.IN_FORCE, A.REPLACE): D.REPLACED,
        # The one that replaced it was not served after all.
        (D.REPLACED, A.RESTORE): D.IN_FORCE,
        (D.IN_FORCE, A.SET_ASIDE): D.SET_ASIDE,
        # A party had objected before it was replaced.
        (D.REPLACED, A.SET_ASIDE): D.SET_ASIDE,
    },
)

# Approved, and neither given up nor ended.
STANDING: Final = frozenset({D.APPROVED, D.IN_FORCE})


class DecisionSource(StrEnum):
    """What the case came from, and never from whom."""

    REPORT = "report"
    OWN_FINDING = "own-finding"
    OTHER_BODY = "other-body"


class ServiceWay(StrEnum):
    """How a paper reaches its party (送达方式)."""

    HANDED_OVER = "handed-over"
    LEFT = "left"
    POST = "post"
    AGENT = "agent"
    PUBLIC_NOTICE = "public-notice"
    ELECTRONIC = "electronic"


class LetterKind(StrEnum):
    """What passes between the office and a party."""

    STATEMENT = "statement"
    HEARING_ASKED = "hearing-asked"
    OBJECTION = "objection"
    NOTICE = "notice"


class ReviewState(StrEnum):
    FILED = "filed"
    ADMITTED = "admitted"
    REFUSED = "refused"
    DECIDED = "decided"


class ReviewAction(StrEnum):
    ADMIT = "admit"
    REFUSE = "refuse"
    DECIDE = "decide"


REVIEW_LIFECYCLE: Lifecycle[ReviewState, ReviewAction] = Lifecycle(
    "review",
    {
        (ReviewState.FILED, ReviewAction.ADMIT): ReviewState.ADMITTED,
        (ReviewState.FILED, ReviewAction.REFUSE): ReviewState.REFUSED,
        (ReviewState.ADMITTED, ReviewAction.DECIDE): ReviewState.DECIDED,
    },
)

UNDER_REVIEW: Final = frozenset({ReviewState.FILED, ReviewState.ADMITTED})


class ReviewOutcome(StrEnum):
    UPHELD = "upheld"
    CHANGED = "changed"
    OVERTURNED = "overturned"
