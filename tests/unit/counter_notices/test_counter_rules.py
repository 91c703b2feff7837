"""What a counter-notice needs, when it may be decided, and which findings count."""

from datetime import date, timedelta
from itertools import product
from uuid import uuid4

import pytest

from portal.counter_notices.rules import (
    Told,
    demand_complete,
    demand_heard,
    demand_impartial,
    demand_passed_on,
    is_final,
    lacking,
)
from portal.counter_notices.states import (
    COUNTER_LIFECYCLE,
    MISUSE,
    WAITING,
    ComplainantAnswer,
    ComplaintFinding,
    CounterAction,
    CounterState,
)
from portal.counter_notices.words import ACTS
from portal.jurisdiction.tables import CounterElement, CounterReason, CounterRules
from portal.kernel.errors import MoveRefused, RuleBroken
from tests.factories.packs import shipped

A, S, E = CounterAction, CounterState, CounterElement
DAY = date(2026, 11, 26)
ALL = {one.value: "x" for one in E}


@pytest.mark.parametrize("pair", sorted(set(product(S, A)) - set(COUNTER_LIFECYCLE.moves)))
def test_a_move_that_is_not_in_the_table_is_refused(pair):
    with pytest.raises(MoveRefused):
        COUNTER_LIFECYCLE.after(*pair)


def test_what_is_decided_waits_for_nobody_and_every_state_is_reached():
    assert set(COUNTER_LIFECYCLE.moves.values()) | {S.FILED} == set(S)
    assert {start for start, action in COUNTER_LIFECYCLE.moves if action is A.REFUSE} == WAITING


@pytest.mark.parametrize("pack", ["cn_culture_market", "en_ip_office"])
def test_a_shipped_pack_asks_for_the_elements_of_its_law_and_sets_both_times(pack):
    place = shipped(pack)
    rules = place.complaints.counter
    demanded = {
        "cn_culture_market": {E.WORK, E.NAME, E.ADDRESS, E.CONTACT, E.PROOF},
        "en_ip_office": {E.NAME, E.ADDRESS, E.CONTACT, E.SIGNATURE},
    }

    assert set(rules.demands) == demanded[pack]
    assert rules.declaration
    assert rules.reasons
    assert place.case_steps["counter"].days
    assert place.case_steps["restore"].days >= place.case_steps["counter"].days


@pytest.mark.parametrize("missing", list(E))
def test_each_element_that_is_demanded_is_missed(missing):
    rules = CounterRules((CounterReason.OWNER,), (missing,))

    assert lacking(rules, {**ALL, missing.value: ""}) == (missing,)
    with pytest.raises(RuleBroken, match="counter-incomplete"):
        demand_complete(rules, CounterReason.OWNER, {})
    demand_complete(rules, CounterReason.OWNER, ALL)


def test_a_reason_is_one_of_the_place_and_without_any_none_is_filed():
    with pytest.raises(RuleBroken, match="no-counter-notices-here"):
        demand_complete(CounterRules(), CounterReason.OWNER, ALL)
    with pytest.raises(RuleBroken, match="counter-reason-unknown"):
        demand_complete(CounterRules((CounterReason.OTHER,)), CounterReason.OWNER, ALL)


@pytest.mark.parametrize(
    ("answer", "days", "waits"),
    [(None, 0, True), (None, -1, False), (ComplainantAnswer.STANDS, 5, False)],
)
def test_nothing_is_decided_while_whoever_complained_may_answer(answer, days, waits):
    told, last = [Told(uuid4(), answer)], DAY + timedelta(days=days)

    if waits:
        with pytest.raises(RuleBroken, match="complainant-may-answer"):
            demand_heard(told, last, DAY)
    else:
        demand_heard(told, last, DAY)


def test_nothing_is_accepted_of_which_whoever_complained_was_not_told():
    with pytest.raises(RuleBroken, match="complainant-not-told"):
        demand_passed_on(S.FILED, A.ACCEPT, 1)
    demand_passed_on(S.FILED, A.ACCEPT, 0)
    demand_passed_on(S.FILED, A.REFUSE, 1)


def test_whoever_had_a_hand_in_the_notice_does_not_decide():
    me, other = uuid4(), uuid4()
    demand_impartial({me}, [None, other])
    with pytest.raises(RuleBroken, match="own-notice-countered"):
        demand_impartial({me}, [other, me])


@pytest.mark.parametrize("finding", [None, *ComplaintFinding])
@pytest.mark.parametrize(("days", "contested"), [(-1, False), (0, False), (-1, True)])
def test_a_finding_counts_once_nobody_contests_it_or_can(finding, days, contested):
    counts = is_final(finding, DAY + timedelta(days=days), DAY, contested=contested)

    assert counts == (finding in MISUSE and days < 0 and not contested)


def test_every_act_of_the_office_has_words_for_its_page():
    assert set(ACTS) == set(CounterAction) - {CounterAction.WITHDRAW}
