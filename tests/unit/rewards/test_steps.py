"""Who may take which step of an award: every role, every pair of steps by one person."""

from itertools import product
from uuid import uuid4

import pytest

from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import MoveRefused, NotPermitted, RuleBroken
from portal.rewards.rules.steps import (
    demand_apart,
    demand_may_take,
    demand_no_conflict,
    is_apart,
    may_take,
)
from portal.rewards.states import AWARD_LIFECYCLE, STEPS, AwardAction, AwardState

A, S = AwardAction, AwardState
UNIT = "CULTURE_ENF@320412"
ME, SOMEBODY = uuid4(), uuid4()


def someone(role, unit=UNIT):
    return Actor(ActorKind.STAFF, uuid4(), frozenset({role}), unit, unit.partition("@")[2])


ALLOWED = {
    (A.PROPOSE, S.PROMISED): {Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR},
    (A.WITHDRAW, S.PROMISED): {Role.DEPARTMENT_HEAD, Role.SUPERVISOR},
    (A.WITHDRAW, S.PROPOSED): {Role.DEPARTMENT_HEAD, Role.SUPERVISOR},
    (A.CONFIRM, S.PROPOSED): {Role.DEPARTMENT_HEAD, Role.SUPERVISOR},
    (A.REFUSE, S.PROPOSED): {Role.DEPARTMENT_HEAD, Role.SUPERVISOR},
    (A.ENDORSE, S.CONFIRMED): {Role.REWARD_COMMITTEE},
    (A.APPROVE, S.CONFIRMED): {Role.REWARD_COMMITTEE},
    (A.REFUSE, S.CONFIRMED): {Role.REWARD_COMMITTEE},
    (A.APPROVE, S.ENDORSED): {Role.REWARD_COMMITTEE},
    (A.REFUSE, S.ENDORSED): {Role.REWARD_COMMITTEE},
}


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("move", sorted(ALLOWED))
def test_each_step_is_for_its_roles_and_no_other(move):
    action, state = move

    able = {role for role in Role if may_take(someone(role), action, state, UNIT)}

    assert able == ALLOWED[move]


def test_the_table_of_roles_has_every_move():
    assert set(ALLOWED) == {(action, state) for state, action in AWARD_LIFECYCLE.moves}


def test_the_head_of_another_unit_takes_no_step():
    other = someone(Role.DEPARTMENT_HEAD, "CULTURE_ENF@320402")

    for action, state in ((A.PROPOSE, S.PROMISED), (A.CONFIRM, S.PROPOSED)):
        with pytest.raises(NotPermitted):
            demand_may_take(other, action, state, UNIT)


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("action", sorted(STEPS))
def test_who_took_a_step_takes_no_other(action):
    assert is_apart(action, ME, {SOMEBODY}, {SOMEBODY})
    with pytest.raises(RuleBroken, match="award-touched"):
        demand_apart(action, ME, {ME}, set())


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("action", sorted(set(STEPS) - {A.PROPOSE}))
def test_who_had_the_case_only_proposes(action):
    assert is_apart(A.PROPOSE, ME, set(), {ME})
    with pytest.raises(RuleBroken, match="award-touched"):
        demand_apart(action, ME, set(), {ME})


def test_giving_up_is_no_step():
    assert is_apart(A.WITHDRAW, ME, {ME}, {ME})


def test_a_step_says_that_there_is_no_conflict():
    demand_no_conflict(declared=True)
    with pytest.raises(RuleBroken, match="conflict-not-denied"):
        demand_no_conflict(declared=False)


@pytest.mark.parametrize(
    "pair", sorted(set(product(AwardState, AwardAction)) - set(AWARD_LIFECYCLE.moves))
)
def test_a_move_that_is_not_in_the_table_is_refused(pair):
    with pytest.raises(MoveRefused):
        AWARD_LIFECYCLE.after(*pair)


def test_every_state_but_the_first_can_be_reached():
    assert set(AWARD_LIFECYCLE.moves.values()) | {S.PROMISED} == set(AwardState)
