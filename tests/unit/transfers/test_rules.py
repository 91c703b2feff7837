"""Who may pass a matter on, what of it, and by which way."""

from datetime import date
from uuid import uuid4

import pytest

from portal.intake.states import OPEN_STATES, ReportState
from portal.jurisdiction.tables import Way
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import RuleBroken
from portal.transfers import rules
from portal.transfers.states import Carrier, HandOverAction, Part

OWN, PARTNER = "CULTURE_ENF@320412", "MARKET@320412"
DAY = date(2026, 11, 25)


def staff(role: Role, department: str = OWN) -> Actor:
    return Actor(ActorKind.STAFF, uuid4(), frozenset({role}), department, "320412")


@pytest.mark.parametrize(
    ("role", "desk", "department", "allowed"),
    [
        (Role.TRIAGE_CLERK, "TRIAGE@320400", PARTNER, True),
        (Role.DEPARTMENT_HEAD, OWN, OWN, True),
        (Role.CASE_OFFICER, OWN, OWN, True),
        (Role.CASE_OFFICER, OWN, "CULTURE_ENF@320402", False),
        (Role.CASE_OFFICER, OWN, PARTNER, False),
        (Role.SUPERVISOR, "SUPERVISION@320000", PARTNER, True),
        (Role.ADMINISTRATOR, OWN, OWN, False),
        (Role.AUDITOR, OWN, OWN, False),
    ],
)
def test_those_who_sort_out_may_pass_on_and_those_who_work_at_the_desk(
    role, desk, department, allowed
):
    assert rules.may_pass_on(staff(role, desk), ReportState.ROUTED, department) is allowed


@pytest.mark.parametrize("state", list(ReportState))
def test_only_an_open_report_that_has_a_desk_is_passed_on(state):
    clerk = staff(Role.TRIAGE_CLERK, "TRIAGE@320400")

    assert rules.may_pass_on(clerk, state, PARTNER) is (state in OPEN_STATES)
    assert not rules.may_pass_on(clerk, state, None)


def test_nothing_of_what_triage_keeps_may_be_chosen():
    assert rules.parts_allowed(["do_not_forward"]) == ()
    assert not rules.files_allowed(["do_not_forward"])
    with pytest.raises(RuleBroken, match="not-to-be-passed-on"):
        rules.demand_choice((), ["do_not_forward"], "自己的话", files=False)


@pytest.mark.parametrize("flag", sorted(rules.NO_FILES))
def test_files_that_must_not_be_copied_do_not_leave(flag):
    assert not rules.files_allowed([flag])
    with pytest.raises(RuleBroken, match="files-not-to-be-passed-on"):
        rules.demand_choice((Part.PLACE,), [flag], "", files=True)


def test_words_with_an_identity_number_stay_and_the_officer_uses_their_own():
    allowed = rules.parts_allowed(["redact_before_transfer"])

    assert not set(allowed) & rules.OWN_WORDS
    with pytest.raises(RuleBroken, match="part-not-to-be-passed-on"):
        rules.demand_choice((Part.NARRATIVE,), ["redact_before_transfer"], "", files=False)
    rules.demand_choice((Part.PLACE,), ["redact_before_transfer"], "店里卖盗版", files=False)


def test_a_hand_over_that_says_nothing_is_refused():
    with pytest.raises(RuleBroken, match="nothing-to-pass-on"):
        rules.demand_choice((), [], "  ", files=False)
    rules.demand_choice((), [], "店里卖盗版", files=False)


@pytest.mark.requirement("E23")
def test_who_reported_it_is_not_among_what_can_be_chosen():
    names = {str(part) for part in Part}

    assert not names & {"identity", "name", "contact", "phone", "email", "reporter"}
    assert Part.MESSAGES not in rules.USUAL


@pytest.mark.requirement("B14")
@pytest.mark.parametrize("way", [None, *Way])
def test_every_way_of_the_place_has_carriers_and_an_unsaid_one_is_paper(way):
    assert rules.carriers_of(way)
    assert rules.carriers_of(None) == rules.carriers_of(Way.PRINT)
    assert (Carrier.THEIR_PORTAL in rules.carriers_of(way)) is (way is Way.PORTAL)


def test_what_the_machine_does_is_no_button():
    shown = rules.acts_on(tuple(HandOverAction))

    assert not {HandOverAction.SEAL, HandOverAction.ATTEMPT, HandOverAction.FAIL} & set(shown)


def test_a_day_is_neither_to_come_nor_before_what_it_follows():
    with pytest.raises(RuleBroken, match="day-in-the-future"):
        rules.demand_day(date(2026, 11, 26), DAY, not_before=DAY)
    with pytest.raises(RuleBroken, match="day-too-early"):
        rules.demand_day(date(2026, 11, 24), DAY, not_before=DAY)
    rules.demand_day(DAY, DAY, not_before=DAY)
