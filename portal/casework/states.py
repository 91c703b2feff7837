"""What a verification can be (核实); what is done to many reports, and to a mass of one text."""

from enum import StrEnum


class VerificationMethod(StrEnum):
    """How what was reported was looked into."""

    SITE_VISIT = "site-visit"
    ONLINE = "online"
    DOCUMENTS = "documents"
    CONVERSATION = "conversation"
    OTHER_AUTHORITY = "other-authority"
    EXPERT = "expert"


class Finding(StrEnum):
    """What the verification says of the report (E2)."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not-confirmed"
    CANNOT_VERIFY = "cannot-verify"


class BulkAct(StrEnum):
    """What can be done to many reports at once, each by the same service as by hand."""

    CLAIM = "claim"
    ASSIGN = "assign"
    HAND_OVER = "hand-over"
    RELEASE = "release"
    ROUTE = "route"
    CLOSE_UNROUTED = "close-unrouted"
    NOTE = "note"


class FollowActKind(StrEnum):
    """What is done for the reports merged into another when it is done on that one."""

    ACCEPT = "accept"
    ASK = "ask"
    STAND_STILL = "stand-still"
    RUN_ON = "run-on"
    EXTEND = "extend"
    VERIFY = "verify"
    ANSWER = "answer"
    CLOSE = "close"
    DECLINE = "decline"
    RETURN = "return"
    CLOSE_UNROUTED = "close-unrouted"
    ROUTE = "route"
    END_OUTSIDE = "end-outside"
    BRING_BACK = "bring-back"


class MassActKind(StrEnum):
    """What is done to all open reports of one text at once."""

    MERGE = "merge"
    CLOSE = "close"
