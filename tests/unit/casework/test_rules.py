"""Who may do what at the desk, as one table."""

from itertools import product

import pytest

from portal.access.permissions import GRANTS, may
from portal.casework.rules import (
    PERMISSIONS,
    at_reception,
    demand_action,
    demand_answer_first,
    is_overturned,
    may_ask,
    may_take,
    share,
    told,
    works_at,
)
from portal.casework.states import Finding
from portal.intake.states import ReportAction, ReportState
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotPermitted, RuleBroken

OWN, OTHER, RECEPTION = "CULTURE_ENF@320412", "CULTURE_ENF@320402", "TRIAGE@320400"


def staff(*roles, department=OWN):
    return Actor(ActorKind.STAFF, roles=frozenset(roles), department=department)


def test_every_move_but_the_reporters_own_asks_for_a_permission():
    assert set(ReportAction) - set(PERMISSIONS) == {ReportAction.CONTEST}


@pytest.mark.parametrize(("role", "action"), sorted(product(Role, PERMISSIONS)))
def test_a_role_may_take_at_its_own_desk_what_the_table_grants(role, action):
    department = RECEPTION if action is ReportAction.CLOSE_UNROUTED else OWN

    allowed = may_take(staff(role, department=department), action, department)

    assert allowed == (PERMISSIONS[action] in GRANTS[role])


@pytest.mark.parametrize("action", [ReportAction.ACCEPT, ReportAction.ANSWER, ReportAction.CLOSE])
def test_an_officer_does_not_work_at_the_desk_of_others(action):
    officer = staff(Role.CASE_OFFICER, Role.TRIAGE_CLERK)

    assert not may_take(officer, action, OTHER)
    with pytest.raises(NotPermitted, match="not-your-desk"):
        demand_action(officer, action, OTHER)


def test_a_supervisor_may_work_at_every_desk_in_scope():
    assert works_at(staff(Role.SUPERVISOR, department="SUPERVISION@320000"), OTHER)


def test_only_reception_closes_what_goes_nowhere():
    clerk = staff(Role.TRIAGE_CLERK, department=RECEPTION)

    assert may_take(clerk, ReportAction.CLOSE_UNROUTED, None)
    with pytest.raises(RuleBroken, match="only-reception-closes-unrouted"):
        demand_action(clerk, ReportAction.CLOSE_UNROUTED, OTHER)


def test_without_the_permission_the_refusal_says_so():
    with pytest.raises(NotPermitted, match="not-permitted"):
        demand_action(staff(Role.AUDITOR), ReportAction.ACCEPT, OWN)


@pytest.mark.parametrize(
    ("department", "expected"), [(None, True), (RECEPTION, True), (OWN, False)]
)
def test_reception_has_what_is_not_routed_and_what_a_rule_sent_to_it(department, expected):
    assert at_reception(department) is expected


@pytest.mark.parametrize("state", list(ReportState))
def test_the_reporter_is_asked_only_while_somebody_works_on_it(state):
    working = {
        ReportState.ROUTED,
        ReportState.ACCEPTED,
        ReportState.VERIFIED,
        ReportState.CONTESTED,
    }

    assert may_ask(staff(Role.CASE_OFFICER), state, OWN) == (state in working)
    assert not may_ask(staff(Role.CASE_OFFICER), state, OTHER)
    assert not may_ask(staff(Role.AUDITOR), state, OWN)


def test_reception_asks_about_what_is_unclear():
    assert may_ask(staff(Role.TRIAGE_CLERK, department=RECEPTION), ReportState.ROUTED, RECEPTION)


@pytest.mark.requirement("F10")
@pytest.mark.parametrize("state", list(ReportState))
def test_closing_needs_an_answer(state):
    unanswered = {ReportState.ACCEPTED, ReportState.VERIFIED, ReportState.CONTESTED}

    if state in unanswered:
        with pytest.raises(RuleBroken, match="close-needs-answer"):
            demand_answer_first(state)
    else:
        demand_answer_first(state)


def test_what_the_reporter_reads_begins_with_the_sentence_of_the_list():
    assert told("一句。", "") == "一句。"
    assert told("一句。", "还有。") == "一句。\n\n还有。"


def test_an_administrator_reads_and_works_on_nothing():
    assert not any(may(staff(Role.ADMINISTRATOR), need) for need in PERMISSIONS.values())


SHARES = [(3, 9, None), (5, 10, 50), (1, 3000, 0), (0, 0, None)]


@pytest.mark.requirement("F20")
@pytest.mark.parametrize(("part", "whole", "said"), SHARES)
def test_a_share_is_told_of_enough_reports_only(part, whole, said):
    assert share(part, whole) == said


F = Finding


@pytest.mark.parametrize(
    ("findings", "contested", "changed"),
    [
        ([(1, F.NOT_CONFIRMED), (2, F.CONFIRMED)], 1, True),
        ([(1, F.CONFIRMED), (2, F.CONFIRMED)], 1, False),
        ([(1, F.CONFIRMED)], 1, False),
        ([(2, F.CONFIRMED)], 1, True),
        ([(2, F.NOT_CONFIRMED)], 1, False),
        ([(1, F.CONFIRMED), (1, F.NOT_CONFIRMED), (2, F.NOT_CONFIRMED)], 1, False),
        ([], 1, False),
    ],
)
def test_a_contested_result_is_overturned_where_something_else_was_found(
    findings, contested, changed
):
    assert is_overturned(findings, contested) is changed
