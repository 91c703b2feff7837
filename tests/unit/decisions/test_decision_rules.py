"""What a decision and a review must satisfy, and every move there is and is not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from portal.cases.states import Severity
from portal.casework.states import Finding
from portal.decisions.rules import (
    OWN_WAIVER,
    Approval,
    Ended,
    Notice,
    Told,
    carrying_forms,
    demand_finding,
    demand_fitting,
    demand_ground,
    event_of,
    fitting_outcomes,
    notices_before,
    offered_measures,
    review_look_on,
    time_of,
)
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
from portal.kernel.errors import MoveRefused, RuleBroken
from tests.factories.packs import shipped

DUE, WARN = date(2026, 9, 30), date(2026, 9, 20)
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


def test_what_is_in_force_ends_by_another_decision_only_or_was_not_served_after_all():
    assert set(DECISION_LIFECYCLE.actions_from(DecisionState.IN_FORCE)) == {
        DecisionAction.TAKE_BACK_SERVICE,
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
@pytest.mark.parametrize("outcome", list(ReviewOutcome))
@pytest.mark.parametrize("stands", [True, False])
def test_a_reporter_has_nothing_set_aside_and_changes_only_what_stands(outcome, stands):
    fits = {
        ReviewOutcome.UPHELD: True,
        ReviewOutcome.CHANGED: stands,
        ReviewOutcome.OVERTURNED: not stands,
    }[outcome]

    demand_fitting(outcome, of_reporter=False, stands=stands)
    if fits:
        demand_fitting(outcome, of_reporter=True, stands=stands)
    else:
        with pytest.raises(RuleBroken):
            demand_fitting(outcome, of_reporter=True, stands=stands)


@pytest.mark.requirement("U36")
def test_each_side_is_told_each_outcome_in_words_of_its_own():
    told = [event_of(one, of_reporter=side) for one in ReviewOutcome for side in (True, False)]

    assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    ("pack", "kinds"),
    [
        ("cn_culture_market", {"penalty-decision", "on-the-spot-decision"}),
        ("en_ip_office", {"decision-notice", "simple-caution"}),
    ],
)
def test_a_paper_carries_a_decision_where_its_step_asks_for_one_and_a_party_is_served(pack, kinds):
    assert carrying_forms(shipped(pack)) == kinds


@pytest.mark.parametrize(
    ("warned", "breached", "day"),
    [(False, False, WARN), (True, False, DUE + timedelta(days=1)), (True, True, None)],
)
def test_a_review_is_warned_of_then_looked_at_when_it_is_late_and_then_no_more(
    warned, breached, day
):
    assert review_look_on(DUE, WARN, warned=warned, breached=breached) == day


def test_a_review_whose_time_is_shorter_than_its_warning_is_looked_at_by_its_last_day():
    assert review_look_on(DUE, DUE + timedelta(days=3), warned=False, breached=False) == DUE


@pytest.mark.requirement("E5")
def test_every_shipped_pack_has_parties_told_before_they_are_decided_about_but_on_the_spot():
    asked = {
        "cn_culture_market": ("penalty-decision", "advance-notice", "on-the-spot-decision"),
        "en_ip_office": ("decision-notice", "letter-before-action", "simple-caution"),
    }
    for pack, (decision, notice, at_once) in asked.items():
        place = shipped(pack)
        assert notices_before(place, decision) == {notice}
        assert notices_before(place, at_once) == notices_before(place, "closing-report") == set()
        assert place.papers[notice].served


def test_a_paper_of_two_steps_asks_for_a_notice_only_where_both_do():
    steps = dict(CN.case_steps)
    steps["decide"] = replace(steps["decide"], notice="advance-notice|hearing-notice")
    assert notices_before(replace(CN, case_steps=steps), "penalty-decision") == {
        "advance-notice",
        "hearing-notice",
    }
    steps["decide-on-the-spot"] = replace(steps["decide-on-the-spot"], papers=("penalty-decision",))
    assert notices_before(replace(CN, case_steps=steps), "penalty-decision") == set()


SHOP, PRINTER = UUID(int=1), UUID(int=2)


def at(day, hour=9):
    return datetime(2026, 9, day, hour, 0, tzinfo=UTC)


def approved(day, hour=9, of=frozenset()):
    return Approval(at(day, hour), date(2026, 9, day), of)


def served(party, day, noted=None):
    return Notice(party, date(2026, 9, day), noted or at(day))


@pytest.mark.requirement("E5")
@pytest.mark.parametrize(
    ("notice", "why"),
    [
        (served(SHOP, 8, at(12)), None),  # an earlier day, whenever it was noted
        (served(SHOP, 9, at(9, 9)), None),  # the same day, on record at the moment
        (served(SHOP, 9, at(9, 10)), "told-after-deciding"),  # the same day, later
        (served(SHOP, 10, at(10, 8)), "told-after-deciding"),
        (served(PRINTER, 8, at(8)), "not-told-before"),
    ],
)
def test_a_party_is_told_before_the_approval_by_the_day_and_on_that_day_by_what_is_on_record(
    notice, why
):
    assert Told((notice,)).why_untold(SHOP, approved(9)) == why


@pytest.mark.requirement("E5")
@pytest.mark.parametrize("ended", [SHOP, None], ids=["set aside", "taken up again"])
def test_a_notice_of_before_what_ended_is_none_of_what_is_decided_after_it(ended):
    told = Told((served(SHOP, 3),), (Ended(ended, at(10)),))

    assert told.why_untold(SHOP, approved(9)) is None
    assert told.why_untold(SHOP, approved(10)) == "not-told-before"
    anew = replace(told, notices=(*told.notices, served(SHOP, 12)))
    assert anew.why_untold(SHOP, approved(14)) is None
    assert anew.why_untold(SHOP, approved(11)) == "told-after-deciding"
    assert anew.why_untold(SHOP, approved(9)) is None


@pytest.mark.requirement("E5")
def test_what_was_set_aside_about_one_party_leaves_the_notice_of_another():
    told = Told((served(PRINTER, 3),), (Ended(SHOP, at(10)),))

    assert told.why_untold(PRINTER, approved(14)) is None
    assert told.why_untold(SHOP, approved(9)) == "not-told-before"


@pytest.mark.requirement("B6")
def test_a_waiver_tells_everybody_until_what_it_was_given_for_has_ended():
    waived = Notice(None, date.min, at(3))

    for ended, why in ((Ended(None, at(10)), "not-told-before"), (Ended(PRINTER, at(10)), None)):
        assert Told((waived,), (ended,)).why_untold(SHOP, approved(14)) == why
    assert Told.everybody().why_untold(SHOP, approved(14)) is None


@pytest.mark.requirement("B6")
@pytest.mark.requirement("E5")
def test_a_waiver_counts_for_nothing_that_the_same_person_approves():
    head, again, other = UUID(int=3), UUID(int=4), UUID(int=5)
    told = Told((Notice(None, date.min, at(3), waived_by=head),))

    assert told.why_untold(SHOP, approved(9, of=frozenset({head, again}))) == OWN_WAIVER
    assert told.rests_on_own_waiver([SHOP], approved(9, of=frozenset({head})))
    assert told.why_untold(SHOP, approved(9, of=frozenset({other}))) is None
    for more in (served(SHOP, 8), Notice(None, date.min, at(12), waived_by=other)):
        also = replace(told, notices=(*told.notices, more))
        assert not also.rests_on_own_waiver([SHOP], approved(9, of=frozenset({head})))


@pytest.mark.parametrize(
    ("of_reporter", "stands", "in_force"), list(product((True, False), repeat=3))
)
def test_an_outcome_is_offered_if_it_is_not_refused(of_reporter, stands, in_force):
    offered = fitting_outcomes(of_reporter=of_reporter, stands=stands, in_force=in_force)

    assert ReviewOutcome.UPHELD in offered
    assert (ReviewOutcome.CHANGED in offered) is in_force
    for one in set(offered) - {ReviewOutcome.CHANGED}:
        demand_fitting(one, of_reporter=of_reporter, stands=stands)
    if of_reporter and stands:
        assert ReviewOutcome.OVERTURNED not in offered


def test_the_time_of_a_review_is_that_of_its_state_and_once_extended_used_up():
    later = DUE + timedelta(days=30)

    assert time_of(CN, ReviewState.FILED, DUE, None).extension_days is None
    admitted = time_of(CN, ReviewState.ADMITTED, DUE, None)
    assert (admitted.extension_days, admitted.extended_days) == (30, 0)
    assert time_of(CN, ReviewState.ADMITTED, later, DUE).extended_days == 30
    assert time_of(CN, ReviewState.DECIDED, DUE, None).extension_days is None
