"""The lifecycle of a counter-notice (反通知): what whoever was complained about says against it.

Elements and times are those of the place (信息网络传播权保护条例, articles 16 and 17; 电子商务法,
article 43; 17 USC 512(g)).
"""

from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class CounterState(StrEnum):
    FILED = "filed"
    PASSED_ON = "passed-on"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"


class CounterAction(StrEnum):
    FORWARD = "forward"
    ACCEPT = "accept"
    REFUSE = "refuse"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"


S, A = CounterState, CounterAction

COUNTER_LIFECYCLE: Lifecycle[CounterState, CounterAction] = Lifecycle(
    "counter_notice",
    {
        (S.FILED, A.FORWARD): S.PASSED_ON,
        # Nobody complained who could answer: a tip, or an office's own finding.
        (S.FILED, A.ACCEPT): S.ACCEPTED,
        (S.FILED, A.REFUSE): S.REFUSED,
        (S.PASSED_ON, A.ACCEPT): S.ACCEPTED,
        (S.PASSED_ON, A.REFUSE): S.REFUSED,
        (S.ACCEPTED, A.REINSTATE): S.REINSTATED,
        (S.FILED, A.WITHDRAW): S.WITHDRAWN,
        (S.PASSED_ON, A.WITHDRAW): S.WITHDRAWN,
    },
)

# Waits for somebody of the office.
WAITING: Final = frozenset({S.FILED, S.PASSED_ON})


class ComplainantAnswer(StrEnum):
    """What whoever complained says to a counter-notice."""

    STANDS = "stands"
    SUED = "sued"
    TAKEN_BACK = "taken-back"


class ComplaintFinding(StrEnum):
    """What the office finds of a complaint when it accepts a counter-notice to it."""

    IN_GOOD_FAITH = "in-good-faith"
    FALSE = "false"
    REPEATED = "repeated"


# What counts as misuse once it is final; an error in good faith does not.
MISUSE: Final = frozenset({ComplaintFinding.FALSE, ComplaintFinding.REPEATED})
