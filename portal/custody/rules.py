"""Who may be a custodian, as pure decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.custody.sealing import CustodianGroup
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken

ROLE_OF: Final[Mapping[CustodianGroup, Role]] = {
    CustodianGroup.REQUESTERS: Role.CUSTODIAN_R,
    CustodianGroup.APPROVERS: Role.CUSTODIAN_A,
}


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
