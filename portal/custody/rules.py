"""Who may be a custodian, and what a request to open needs, as pure decisions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.custody.sealing import CustodianGroup
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken

ROLE_OF: Final[Mapping[CustodianGroup, Role]] = {
    CustodianGroup.REQUESTERS: Role.CUSTODIAN_R,
    CustodianGroup.APPROVERS: Role.CUSTODIAN_A,
}


class OpeningPurpose(StrEnum):
    """What somebody wants to know a sealed identity for."""

    CONTACT = "contact"
    WITNESS = "witness"
    AWARD = "award"
    DANGER = "danger"
    ORDER = "order"


SHORTEST_REASON: Final = 20
# How long a release may be used, in minutes, for the approver to choose from.
RELEASE_MINUTES: Final = (30, 240, 1440)
# A request nobody decided on lapses.
DECIDE_WITHIN: Final = timedelta(days=7)
# The reporter is kept waiting for the notice at most so long at a time.
LONGEST_HOLD: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who is to join a group: the account, the natural person behind it, the roles."""

    group: CustodianGroup
    person_id: UUID
    roles: frozenset[Role]


def demand_two_groups(candidates: Sequence[Candidate]) -> None:
    """Refuse groups in which nobody is, a person without the role, and one person twice.

    Two accounts of one natural person count as one: four eyes need two people.
    """
    for group, role in ROLE_OF.items():
        members = [candidate for candidate in candidates if candidate.group is group]
        if not members:
            raise RuleBroken("custody-group-empty", group=group)
        if any(role not in member.roles for member in members):
            raise RuleBroken("custody-role-missing", group=group)
    if len({candidate.person_id for candidate in candidates}) != len(candidates):
        raise RuleBroken("custody-same-person")


def group_of(roles: frozenset[Role]) -> CustodianGroup:
    """The group somebody with these roles may join; refuse whoever has neither role."""
    found = [group for group, role in ROLE_OF.items() if role in roles]
    if len(found) != 1:
        raise RuleBroken("custody-role-missing")
    return found[0]


def demand_good_request(
    fields: Collection[str], kept: Collection[str], reason: str, basis: str
) -> None:
    """Refuse to ask for nothing, for what is not kept, or without real reason and basis."""
    if not fields or not set(fields) <= set(kept):
        raise RuleBroken("opening-fields-unknown")
    demand_reason(reason)
    if not basis.strip():
        raise RuleBroken("opening-needs-basis")


def demand_reason(reason: str) -> None:
    """Refuse a reason of fewer than 20 characters."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise RuleBroken("opening-needs-reason", least=SHORTEST_REASON)


def demand_hold(until: date, today: date) -> None:
    """Refuse to hold a notice back until a day that is over, or for more than 180 days."""
    if not today < until <= today + LONGEST_HOLD:
        raise RuleBroken("opening-hold-too-long", days=LONGEST_HOLD.days)
