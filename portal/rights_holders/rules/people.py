"""Who may do what for an organisation, and how organisations and their people are named."""

import secrets
from datetime import date
from enum import StrEnum
from typing import Final

from portal.kernel.reference import CROCKFORD, new_reference, normalise_reference


class OrganisationKind(StrEnum):
    COMPANY = "company"
    COLLECTIVE = "collective"
    PUBLIC_BODY = "public-body"
    PERSON = "person"


class MemberRole(StrEnum):
    """What somebody is for an organisation; an agent acts by a power of attorney with an end."""

    OWNER = "owner"
    AGENT = "agent"
    SUBMITTER = "submitter"


class FilePurpose(StrEnum):
    """What a file handed in for an organisation shows."""

    PROOF = "proof"
    POWER = "power"


LEADING: Final = frozenset({MemberRole.OWNER})
MOST_PEOPLE: Final = 100
_NAME_SYMBOLS: Final = 8


def is_in_force(ended: bool, power_until: date | None, today: date) -> bool:  # noqa: FBT001
    """Whether somebody still acts for the organisation; a power ends with its last day."""
    return not ended and (power_until is None or power_until >= today)


def needs_power(role: MemberRole) -> bool:
    """Whether somebody acts by a power of attorney."""
    return role is MemberRole.AGENT


def new_number() -> str:
    """A number for an organisation that tells nothing: `RH-XXXX-XXXX`."""
    return new_reference().replace("SL", "RH", 1)


def normal_number(typed: str) -> str | None:
    """The number of an organisation as people write it; None if it cannot be one."""
    reference = normalise_reference(typed.upper().removeprefix("RH"))
    return None if reference is None else reference.replace("SL", "RH", 1)


def new_sign_in_name() -> str:
    """A sign-in name that nobody chooses, so that none is taken and none tells whose it is."""
    symbols = "".join(secrets.choice(CROCKFORD) for _ in range(_NAME_SYMBOLS))
    return f"rh-{symbols.lower()}"
