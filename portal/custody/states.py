"""The lifecycles of a custodian, and of a request to open what is sealed."""

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle


class CustodianState(StrEnum):
    ENROLLED = "enrolled"
    APPROVED = "approved"
    MEMBER = "member"
    LEFT = "left"


class CustodianAction(StrEnum):
    ENROL = "enrol"
    APPROVE = "approve"
    ADMIT = "admit"
    LEAVE = "leave"


CUSTODIAN_LIFECYCLE: Lifecycle[CustodianState, CustodianAction] = Lifecycle(
    "custodian",
    {
        (CustodianState.ENROLLED, CustodianAction.APPROVE): CustodianState.APPROVED,
        (CustodianState.APPROVED, CustodianAction.ADMIT): CustodianState.MEMBER,
        (CustodianState.ENROLLED, CustodianAction.LEAVE): CustodianState.LEFT,
        (CustodianState.APPROVED, CustodianAction.LEAVE): CustodianState.LEFT,
        (CustodianState.MEMBER, CustodianAction.LEAVE): CustodianState.LEFT,
        (CustodianState.LEFT, CustodianAction.ENROL): CustodianState.ENROLLED,
    },
)


class OpeningState(StrEnum):
    ASKED = "asked"
    RELEASED = "released"
    READ = "read"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class OpeningAction(StrEnum):
    RELEASE = "release"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    READ = "read"
    LAPSE = "lapse"


OPENING_LIFECYCLE: Lifecycle[OpeningState, OpeningAction] = Lifecycle(
    "opening",
    {
        (OpeningState.ASKED, OpeningAction.RELEASE): OpeningState.RELEASED,
        (OpeningState.ASKED, OpeningAction.REFUSE): OpeningState.REFUSED,
        (OpeningState.ASKED, OpeningAction.WITHDRAW): OpeningState.WITHDRAWN,
        (OpeningState.ASKED, OpeningAction.LAPSE): OpeningState.LAPSED,
        (OpeningState.RELEASED, OpeningAction.READ): OpeningState.READ,
        (OpeningState.RELEASED, OpeningAction.WITHDRAW): OpeningState.WITHDRAWN,
        (OpeningState.RELEASED, OpeningAction.LAPSE): OpeningState.LAPSED,
    },
)
OPEN_OPENINGS = frozenset({OpeningState.ASKED, OpeningState.RELEASED})
