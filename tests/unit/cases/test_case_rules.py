"""Who does what in a case, and what a step asks for."""

from uuid import uuid4

import pytest

from portal.cases.rules import (
    DROPPED,
    NEEDS_REASON,
    Weight,
    can_own,
    demand_decision,
    demand_ending,
    demand_factors,
    demand_head,
    demand_reason,
    demand_work,
    major_grounds,
    may_move,
    may_supervise,
    missing,
    step_of,
)
from portal.cases.states import CASE_LIFECYCLE, CaseAction, CaseEnding, CaseState, Severity
from portal.cases.states import SeverityFactor as Factor
from portal.jurisdiction.pack import pack_folder, read_pack
from portal.jurisdiction.pack_tables import CaseFactor, CaseMove
from portal.jurisdiction.tables import CaseStep, MajorRule, Text
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import MoveRefused, NotPermitted, RuleBroken

S, A = CaseState, CaseAction
OWN, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"
ORDINARY = [A.FILE, A.FINISH_INVESTIGATION, A.NOTIFY, A.DECIDE, A.EXECUTE, A.CLOSE]

WITH_POLICE = Weight(None, None, (), police=True)
WORKING = {Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR}


def somebody(role: Role, department: str = OWN) -> Actor:
    region = department.partition("@")[2]
    return Actor(ActorKind.STAFF, uuid4(), frozenset({role}), department, region, "示例")


def walked(*actions: A) -> S:
    state = S.PROPOSED
    for action in actions:
        state = CASE_LIFECYCLE.after(state, action)
    return state


@pytest.mark.requirement("B6")
def test_the_ordinary_procedure_leads_from_the_proposal_to_the_closed_file():
    assert walked(*ORDINARY) is S.CLOSED


def test_the_simple_procedure_decides_on_the_spot():
    assert walked(A.FILE, A.DECIDE_ON_THE_SPOT, A.EXECUTE, A.CLOSE) is S.CLOSED


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("action", list(A))
def test_a_move_leads_somewhere_exactly_where_the_page_offers_it(state, action):
    if action in CASE_LIFECYCLE.actions_from(state):
        assert CASE_LIFECYCLE.after(state, action) in set(S)
    else:
        with pytest.raises(MoveRefused):
            CASE_LIFECYCLE.after(state, action)


def test_nothing_is_decided_before_the_party_was_told():
    assert A.DECIDE not in CASE_LIFECYCLE.actions_from(S.INVESTIGATED)


def test_what_is_decided_is_not_dropped():
    assert A.DROP not in CASE_LIFECYCLE.actions_from(S.DECIDED)
    assert A.DROP not in CASE_LIFECYCLE.actions_from(S.EXECUTED)


@pytest.mark.requirement("B6")
def test_one_of_the_alternatives_is_enough_and_each_group_is_needed():
    step = CaseStep("notify", ("inspection|inquiry", "report"))

    assert missing(step, ()) == (("inspection", "inquiry"), ("report",))
    assert missing(step, {"inquiry"}) == (("report",),)
    assert missing(step, {"inquiry", "report", "another"}) == ()


def test_a_confirmed_step_is_for_the_head_and_another_for_the_officer():
    confirmed = CaseStep("file", confirmed=True)

    assert not may_move(somebody(Role.CASE_OFFICER), A.FILE, confirmed, OWN)
    assert may_move(somebody(Role.DEPARTMENT_HEAD), A.FILE, confirmed, OWN)
    assert may_move(somebody(Role.CASE_OFFICER), A.NOTIFY, CaseStep("notify"), OWN)
    assert not may_move(somebody(Role.CASE_OFFICER), A.REOPEN, CaseStep("reopen"), OWN)


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.DEPARTMENT_HEAD])
def test_another_unit_does_not_work_on_a_case(role):
    with pytest.raises(NotPermitted):
        demand_work(somebody(role, OTHER), OWN)
    with pytest.raises(NotPermitted):
        demand_head(somebody(role, OTHER), OWN)


@pytest.mark.parametrize("role", sorted(set(Role) - WORKING))
def test_nobody_else_works_on_cases(role):
    with pytest.raises(NotPermitted):
        demand_work(somebody(role), OWN)


def test_a_case_belongs_to_somebody_of_its_unit_who_works_on_cases():
    assert can_own({Role.CASE_OFFICER}, OWN, OWN)
    assert not can_own({Role.CASE_OFFICER}, OTHER, OWN)
    assert not can_own({Role.TRIAGE_CLERK}, OWN, OWN)


@pytest.mark.parametrize("action", list(A))
@pytest.mark.parametrize("ending", [None, *CaseEnding])
def test_an_ending_belongs_to_the_move_that_ends(action, ending):
    fits = {A.CLOSE: {CaseEnding.PENALTY_CARRIED_OUT}, A.DROP: DROPPED}.get(action, {None})
    if ending in fits:
        demand_ending(action, ending)
    else:
        with pytest.raises(RuleBroken):
            demand_ending(action, ending)


@pytest.mark.parametrize("action", sorted(NEEDS_REASON))
def test_what_goes_back_or_ends_without_a_penalty_says_why(action):
    with pytest.raises(RuleBroken):
        demand_reason(action, "  ")
    demand_reason(action, "证据不足")


@pytest.mark.requirement("D22")
def test_a_grade_rests_on_a_factor():
    with pytest.raises(RuleBroken):
        demand_factors(Severity.GRAVE, ())
    demand_factors(Severity.GRAVE, (Factor.REPEATED,))


def test_a_step_that_asks_for_a_decision_is_refused_while_none_stands():
    step = CaseStep("decide", decision=True)

    with pytest.raises(RuleBroken, match="decision-missing"):
        demand_decision(A.DECIDE, step, decision_stands=False)
    demand_decision(A.DECIDE, step, decision_stands=True)


@pytest.mark.parametrize("action", list(A))
def test_only_what_leaves_a_decision_behind_is_refused_while_one_stands(action):
    demand_decision(action, CaseStep(""), decision_stands=False)
    if action in {A.RESUME, A.DROP}:
        with pytest.raises(RuleBroken, match="decision-stands"):
            demand_decision(action, CaseStep(""), decision_stands=True)
    else:
        demand_decision(action, CaseStep(""), decision_stands=True)


def test_a_pack_can_have_a_step_for_each_move_and_for_the_opening():
    others = {"open", "refer", "answer", "object", "hearing", "notice", "examine", "review"}
    others |= {"counter", "restore"}
    assert {move.value for move in CaseMove} <= {action.value for action in A} | others


@pytest.mark.parametrize("pack", ["cn_culture_market", "en_ip_office"])
def test_the_shipped_packs_ask_for_a_second_person_to_decide(pack):
    place = read_pack(pack_folder(pack))

    assert step_of(place, A.DECIDE).confirmed
    assert step_of(place, A.CLOSE).groups
    assert place.case_steps["open"].days
    assert step_of(place, A.REOPEN) == CaseStep("")


@pytest.mark.requirement("A9")
@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"amount": 500}, True),
        ({"amount": 501}, False),
        ({"copies": 20}, True),
        ({"copies": 21}, False),
        ({"factors": ("repeated", "minors-reached")}, True),
        ({"factors": ("organised",)}, False),
        ({"police": True}, False),
        ({"amount": 500, "copies": 21}, False),
        ({"amount": 500, "factors": ("repeated",)}, True),
    ],
)
def test_a_rule_makes_a_major_case_where_all_that_it_says_holds(rule, holds):
    weight = Weight(500, 20, ["repeated"], police=False)

    assert bool(major_grounds([MajorRule("x", Text("", ""), **rule)], weight)) is holds


def test_what_is_not_known_makes_no_major_case():
    rules = [MajorRule("x", Text("", ""), amount=1), MajorRule("y", Text("", ""), copies=1)]

    assert major_grounds(rules, Weight(None, None, (), police=False)) == ()
    assert major_grounds([MajorRule("z", Text("", ""), police=True)], WITH_POLICE) == ("z",)


def test_a_pack_names_factors_that_there_are():
    assert {one.value for one in CaseFactor} <= {one.value for one in Factor}


@pytest.mark.requirement("C10")
def test_only_an_office_above_supervises_and_never_its_own_cases():
    assert may_supervise(somebody(Role.SUPERVISOR, "SUPERVISION@320000"), OWN)
    assert not may_supervise(somebody(Role.SUPERVISOR, OWN), OWN)
    assert not may_supervise(somebody(Role.DEPARTMENT_HEAD, OTHER), OWN)


@pytest.mark.requirement("B6")
def test_the_market_pack_names_the_ministrys_28_forms():
    papers = read_pack(pack_folder("cn_culture_market")).papers.values()

    assert sorted(one.number for one in papers if one.number) == list(range(1, 29))
