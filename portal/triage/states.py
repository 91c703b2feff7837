"""What two reports can be to each other, and what can agree between them."""

from enum import StrEnum


class RelationKind(StrEnum):
    """What a person decided about two reports."""

    MERGED = "merged"
    LINKED = "linked"
    APART = "apart"


class LikenessReason(StrEnum):
    """What two reports have in common; the strongest first."""

    SAME_FILE = "same-file"
    SAME_PICTURE = "same-picture"
    SAME_PHONE = "same-phone"
    SAME_ADDRESS = "same-address"
    SAME_VENUE = "same-venue"
    SAME_HOUSE = "same-house"
    SAME_TEXT = "same-text"
    SAME_NAME = "same-name"
    SAME_DOMAIN = "same-domain"
    LIKE_TEXT = "like-text"
    SAME_REPORTER = "same-reporter"
