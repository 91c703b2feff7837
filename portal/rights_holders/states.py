"""The lifecycles of a rights-holder's organisation (权利人) and of its complaints (权利人投诉)."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class OrganisationState(StrEnum):
    """Whether the office has looked at the proof: it files nothing before."""

    WAITING = "waiting"
    VERIFIED = "verified"
    REFUSED = "refused"


class OrganisationAction(StrEnum):
    VERIFY = "verify"
    REFUSE = "refuse"
    ASK_AGAIN = "ask-again"


ORGANISATION_LIFECYCLE: Lifecycle[OrganisationState, OrganisationAction] = Lifecycle(
    "organisation",
    {
        (OrganisationState.WAITING, OrganisationAction.VERIFY): OrganisationState.VERIFIED,
        (OrganisationState.WAITING, OrganisationAction.REFUSE): OrganisationState.REFUSED,
        # What turns out later: a forged paper, a right that has gone to somebody else.
        (OrganisationState.VERIFIED, OrganisationAction.REFUSE): OrganisationState.REFUSED,
        (OrganisationState.REFUSED, OrganisationAction.ASK_AGAIN): OrganisationState.WAITING,
    },
)


class OrganisationReason(StrEnum):
    """Why an organisation is refused."""

    NO_PROOF = "no-proof"
    NAMES_DIFFER = "names-differ"
    NO_POWER = "no-power"
    EXPIRED = "expired"
    NOT_ENTITLED = "not-entitled"
    MISUSE = "misuse"


class ComplaintState(StrEnum):
    NEEDS_INFORMATION = "needs-information"
    READY = "ready"
    FILED = "filed"
    REPEATED = "repeated"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class ComplaintAction(StrEnum):
    COMPLETE = "complete"
    ASK = "ask"
    FILE = "file"
    REPEAT = "repeat"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"


C = ComplaintState
D = ComplaintAction

COMPLAINT_LIFECYCLE: Lifecycle[ComplaintState, ComplaintAction] = Lifecycle(
    "complaint",
    {
        (C.NEEDS_INFORMATION, D.COMPLETE): C.READY,
        (C.NEEDS_INFORMATION, D.REPEAT): C.REPEATED,
        (C.NEEDS_INFORMATION, D.LAPSE): C.LAPSED,
        (C.NEEDS_INFORMATION, D.WITHDRAW): C.WITHDRAWN,
        (C.READY, D.FILE): C.FILED,
        # What it stood on has gone meanwhile: a work, the last file that proved the right.
        (C.READY, D.ASK): C.NEEDS_INFORMATION,
        (C.READY, D.REPEAT): C.REPEATED,
        (C.READY, D.WITHDRAW): C.WITHDRAWN,
        # Its organisation was refused, and not verified again in time; or nobody declared it.
        (C.READY, D.LAPSE): C.LAPSED,
    },
)
