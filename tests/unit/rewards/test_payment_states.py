"""The lifecycle of payments by itself, with the ledger behind it: approved is paid, never twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel.errors import MoveRefused
from portal.rewards.ledger.rules import balances_of, demand_held
from portal.rewards.ledger.states import LedgerAccount, MovementKind
from portal.rewards.payment.rules import movements_of
from portal.rewards.payment.states import (
    BATCH_LIFECYCLE,
    LIVE_PAYMENTS,
    PAYMENT_LIFECYCLE,
    BatchAction,
    BatchState,
    PaymentAction,
    PaymentState,
)

L, M, S, A = LedgerAccount, MovementKind, PaymentState, PaymentAction
AMOUNT = 12_345
APPROVED = [(M.GRANT, AMOUNT), (M.RESERVE, AMOUNT), (M.OWE, AMOUNT)]
HOLDS = {
    S.SENT: L.IN_TRANSIT,
    S.UNKNOWN: L.IN_TRANSIT,
    S.SETTLED: L.PAID,
    S.FORFEITED: L.APPROPRIATION,
}


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PaymentAction), max_size=60))
def test_whatever_happens_an_award_is_paid_in_full_once_or_not_at_all(actions):
    state, posted, paid = S.DUE, list(APPROVED), 0
    for action in actions:
        try:
            after = PAYMENT_LIFECYCLE.after(state, action)
        except MoveRefused:
            continue
        for kind in movements_of(state, action):
            demand_held(balances_of(posted), kind, AMOUNT)
            posted.append((kind, AMOUNT))
        paid += (after is S.SETTLED) - (action is A.COME_BACK)
        # What came back makes room for another payment of the same award.
        state = S.DUE if after is S.RETURNED else after

        held = balances_of(posted)
        assert sum(held.values()) == 0
        assert held[HOLDS.get(state, L.PAYABLE)] == AMOUNT
        assert held[L.PAID] == paid * AMOUNT <= AMOUNT


def test_nothing_leaves_an_end():
    ends = {S.RETURNED, S.FORFEITED}

    assert {one for one in S if not PAYMENT_LIFECYCLE.actions_from(one)} == ends
    assert PAYMENT_LIFECYCLE.actions_from(S.SETTLED) == (PaymentAction.COME_BACK,)
    over = {BatchState.EXPORTED, BatchState.DOUBTED, BatchState.ABANDONED}
    assert {one for one in BatchState if not BATCH_LIFECYCLE.actions_from(one)} == over


def test_only_what_came_back_makes_room_for_another_payment():
    assert set(S) - set(LIVE_PAYMENTS) == {S.RETURNED}


@pytest.mark.parametrize("state", [S.SENT, S.UNKNOWN])
def test_what_left_the_house_does_not_come_back_into_it(state):
    reached = {PAYMENT_LIFECYCLE.after(state, one) for one in PAYMENT_LIFECYCLE.actions_from(state)}

    assert reached <= {S.SETTLED, S.RETURNED, S.UNKNOWN}


@pytest.mark.parametrize("action", BatchAction)
def test_a_file_is_handed_out_from_one_state_only(action):
    starts = [state for (state, one) in BATCH_LIFECYCLE.moves if one is action]

    assert len(starts) == 1 or action is BatchAction.ABANDON
    assert BatchState.EXPORTING not in starts or action in {BatchAction.EXPORT, BatchAction.DOUBT}
