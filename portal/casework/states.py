"""What a verification can be (核实), and what can be done with a mass of one text."""

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


class MassActKind(StrEnum):
    """What is done to all open reports of one text at once."""

    MERGE = "merge"
    CLOSE = "close"
