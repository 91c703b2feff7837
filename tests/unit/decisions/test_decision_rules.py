"""What a decision and a review must satisfy, and every move there is and is not."""

from itertools import product

import pytest

from portal.cases.states import Severity
from portal.casework.states import Finding
from portal.decisions.rules import demand_finding, demand_ground, event_of, offered_measures
from portal.decisions.states import (
    DECISION_LIFECYCLE,
    REVIEW_LIFECYCLE,
    DecisionAction,
    DecisionState,
    ReviewAction,
    ReviewOutcome,
    ReviewState,
)
from portal.jurisdiction.pack_tables import GradeName
from portal.jurisdiction.tables import NoticeEvent
from portal.kernel.errors import MoveRefused, RuleBroken
from tests.factories.packs import shipped

CN = shipped("cn_culture_market")
LIFECYCLES = (
    (DECISION_LIFECYCLE, DecisionState, DecisionAction),
    (REVIEW_LIFECYCLE, ReviewState, ReviewAction),
)
REFUSED = [
    (lifecycle, state, action)
    for lifecycle, states, actions in LIFECYCLES
    for state, action in product(states, actions)
    if (state, action) not in lifecycle.moves
]


@pytest.mark.parametrize(("lifecycle", "state", "action"), REFUSED)
def test_a_move_that_is_not_in_the_table_is_refused(lifecycle, state, action):
    with pytest.raises(MoveRefused):
        lifecycle.after(state, action)


@pytest.mark.parametrize(("lifecycle", "states", "_actions"), LIFECYCLES)
def test_every_state_but_the_first_is_reached(lifecycle, states, _actions):
    assert set(states) - set(lifecycle.moves.values()) == {next(iter(states))}


def test_what_is_in_force_ends_by_another_decision_only():
    assert set(DECISION_LIFECYCLE.actions_from(DecisionState.IN_FORCE)) == {
        DecisionAction.REPLACE,
        DecisionAction.SET_ASIDE,
    }


@pytest.mark.requirement("E5")
@pytest.mark.parametrize(("basis", "article"), [("", ""), ("", "  "), ("no-such", "第一条")])
def test_a_decision_without_a_provision_is_refused(basis, article):
    with pytest.raises(RuleBroken):
        demand_ground(CN, basis, article)


@pytest.mark.requirement("E5")
@pytest.mark.parametrize(("basis", "article"), [("penalty-57", ""), ("", "《示例条例》第三条")])
def test_a_provision_of_the_list_or_one_that_is_typed_will_do(basis, article):
    demand_ground(CN, basis, article)


@pytest.mark.requirement("E2")
@pytest.mark.parametrize("findings", [(), (Finding.NOT_CONFIRMED,), (Finding.CANNOT_VERIFY,)])
def test_a_measure_without_a_confirming_check_is_refused(findings):
    with pytest.raises(RuleBroken):
        demand_finding(findings)


@pytest.mark.requirement("E2")
def test_one_confirming_check_is_enough():
    demand_finding((Finding.NOT_CONFIRMED, Finding.CONFIRMED))


@pytest.mark.requirement("D22")
@pytest.mark.parametrize(
    ("grade", "offered"),
    [
        (None, False),
        (Severity.MINOR, False),
        (Severity.ORDINARY, False),
        (Severity.SERIOUS, True),
        (Severity.GRAVE, True),
    ],
)
def test_the_grade_of_a_case_says_which_measures_are_on_offer(grade, offered):
    codes = {one.code for one in offered_measures(CN, grade)}

    assert "warning" in codes
    assert ("revoke-licence" in codes) is offered


def test_a_pack_may_name_every_grade_and_no_other():
    assert {one.value for one in GradeName} == {one.value for one in Severity}


@pytest.mark.requirement("F11")
def test_a_reporter_is_answered_yes_or_no_and_a_party_also_half():
    told = {event_of(one, of_reporter=False) for one in ReviewOutcome}

    assert len(told) == len(ReviewOutcome)
    assert event_of(ReviewOutcome.OVERTURNED, of_reporter=True) is NoticeEvent.REVIEW_OVERTURNED
    with pytest.raises(RuleBroken):
        event_of(ReviewOutcome.CHANGED, of_reporter=True)
