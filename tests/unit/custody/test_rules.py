"""Four eyes need two people."""

from uuid import UUID

import pytest

from portal.custody.rules import Candidate, demand_two_groups
from portal.custody.sealing import CustodianGroup
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken

ANNA, BO = UUID(int=1), UUID(int=2)


def requester(person: UUID, *roles: Role) -> Candidate:
    return Candidate(CustodianGroup.REQUESTERS, person, frozenset(roles or {Role.CUSTODIAN_R}))


def approver(person: UUID, *roles: Role) -> Candidate:
    return Candidate(CustodianGroup.APPROVERS, person, frozenset(roles or {Role.CUSTODIAN_A}))


def test_two_people_with_the_two_roles_are_enough():
    demand_two_groups([requester(ANNA), approver(BO)])


@pytest.mark.parametrize(
    ("candidates", "code"),
    [
        ([], "custody-group-empty"),
        ([requester(ANNA)], "custody-group-empty"),
        ([approver(BO)], "custody-group-empty"),
        ([requester(ANNA), approver(ANNA)], "custody-same-person"),
        ([requester(ANNA), requester(ANNA), approver(BO)], "custody-same-person"),
        ([requester(ANNA, Role.CUSTODIAN_A), approver(BO)], "custody-role-missing"),
        ([requester(ANNA), approver(BO, Role.ADMINISTRATOR)], "custody-role-missing"),
    ],
)
def test_anything_less_is_refused(candidates, code):
    with pytest.raises(RuleBroken, match=code):
        demand_two_groups(candidates)
