"""What a report and what belongs to it can be: the closed lists of receiving."""

from enum import StrEnum


class ReportKind(StrEnum):
    """Three sources, each with clocks of its own (B2, B3)."""

    TIP = "tip"
    COMPLAINT = "complaint"
    INSTRUCTION = "instruction"


class Channel(StrEnum):
    WEB = "web"
    TELEPHONE = "telephone"
    LETTER = "letter"
    VISIT = "visit"
    HAND_OVER = "hand-over"
    INSTRUCTION = "instruction"


class Stream(StrEnum):
    """Two streams of leads, never counted together (C1): what people report, what staff find."""

    REPORTED = "reported"
    PATROL = "patrol"


class ContactMode(StrEnum):
    ANONYMOUS = "anonymous"
    CONFIDENTIAL = "confidential"
    NAMED = "named"


class RegionState(StrEnum):
    """How sure we are of the place; `ambiguous` is a state and not a guess."""

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    ONLINE = "online"
    UNKNOWN = "unknown"


class MessageKind(StrEnum):
    QUESTION = "question"
    REPLY = "reply"
    SUPPLEMENT = "supplement"
    ANSWER = "answer"
    NOTICE = "notice"
    NOTE = "note"


class Author(StrEnum):
    REPORTER = "reporter"
    STAFF = "staff"
    SYSTEM = "system"


class ExclusionCause(StrEnum):
    """Why somebody of the staff must not know of a report (F13)."""

    NAMED = "named"
    DECLARED = "declared"
    STEPPED_ASIDE = "stepped-aside"


class Notice(StrEnum):
    """Whom the clocks of a report have made aware of it, from least to most."""

    WARNED = "warned"
    TOLD = "told"
    ESCALATED = "escalated"
