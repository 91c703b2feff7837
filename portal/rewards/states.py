"""The lifecycle of an award (举报奖励), from the promise to the approval, and its words.

What follows the approval (claimed, released, batched, sent, settled, returned, unknown, forfeited)
comes behind APPROVED and goes back to none of these.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class AwardState(StrEnum):
    PROMISED = "promised"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    ENDORSED = "endorsed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AwardAction(StrEnum):
    """In the order in which the desk shows the buttons; ENDORSE is the first of two approvals."""

    PROPOSE = "propose"
    CONFIRM = "confirm"
    ENDORSE = "endorse"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


S = AwardState
A = AwardAction

AWARD_LIFECYCLE: Lifecycle[AwardState, AwardAction] = Lifecycle(
    "award",
    {
        (S.PROMISED, A.PROPOSE): S.PROPOSED,
        (S.PROMISED, A.WITHDRAW): S.WITHDRAWN,
        (S.PROPOSED, A.CONFIRM): S.CONFIRMED,
        (S.PROPOSED, A.REFUSE): S.REFUSED,
        (S.PROPOSED, A.WITHDRAW): S.WITHDRAWN,
        (S.CONFIRMED, A.ENDORSE): S.ENDORSED,
        (S.CONFIRMED, A.APPROVE): S.APPROVED,
        (S.CONFIRMED, A.REFUSE): S.REFUSED,
        (S.ENDORSED, A.APPROVE): S.APPROVED,
        (S.ENDORSED, A.REFUSE): S.REFUSED,
    },
)

# Said in this order by the index, or the database does not match it.
OPEN_AWARDS: Final = (S.PROMISED, S.PROPOSED, S.CONFIRMED, S.ENDORSED)
# Neither refused nor given up: what counts against the amount of the case.
LIVE_AWARDS: Final = (*OPEN_AWARDS, S.APPROVED)


class AwardHeap(StrEnum):
    """The lists of awards."""

    WAITING = "waiting"
    OPEN = "open"
    UNPAID = "unpaid"
    ENDED = "ended"


class RewardFindingKind(StrEnum):
    """What the head of a unit states about a report where a reward is asked for."""

    NEW_FACTS = "new-facts"
    JOINT = "joint"
    EXCLUDED = "excluded"


class Rank(StrEnum):
    """Where a report stands among those of its case; the first three have a part in a reward."""

    FIRST = "first"
    JOINT = "joint"
    NEW_FACTS = "new-facts"
    NOT_ASKED = "not-asked"
    EXCLUDED = "excluded"
    OWN_UNIT = "own-unit"
    NO_TIP = "no-tip"
    AFTER_FIRST_ACT = "after-first-act"
    LATER = "later"


ELIGIBLE: Final = frozenset({Rank.FIRST, Rank.JOINT, Rank.NEW_FACTS})


class AmountLine(StrEnum):
    """A line of the explanation of an amount."""

    RATE = "rate"
    NOTHING_FINED = "nothing-fined"
    UNITS = "units"
    CHOSEN = "chosen"
    FLAT = "flat"
    FLOOR = "floor"
    LEVEL_CAP = "level-cap"
    CASE_CAP = "case-cap"
    SHARE = "share"


# Once its amount is computed, what an award rests on stays until it is approved or refused.
COMPUTED: Final = (S.PROPOSED, S.CONFIRMED, S.ENDORSED, S.APPROVED)

# What an account of a person does once for an award, and the state in which it can be done.
STEPS: Final[Mapping[AwardAction, tuple[AwardState, ...]]] = {
    A.PROPOSE: (S.PROMISED,),
    A.CONFIRM: (S.PROPOSED,),
    A.ENDORSE: (S.CONFIRMED,),
    A.APPROVE: (S.CONFIRMED, S.ENDORSED),
    A.REFUSE: (S.PROPOSED, S.CONFIRMED, S.ENDORSED),
}
