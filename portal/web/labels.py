"""The words people read for members of enums."""

from enum import StrEnum

from portal.web.language import current_language
from portal.web.translations import load


def msgid(member: StrEnum) -> str:
    """The key of a member in the catalogues: `ReportState.received`."""
    return f"{type(member).__name__}.{member.value}"


def label(member: StrEnum) -> str:
    """The name of a member in the language of the page."""
    return load(current_language().locale).ugettext(msgid(member))


def choices(members: type[StrEnum]) -> list[tuple[str, str]]:
    """Value and label of every member, in order, as select and radio fields want them."""
    return [(member.value, label(member)) for member in members]
