"""The lifecycle of a hand-over, exhaustively."""

from itertools import product

import pytest

from portal.kernel.errors import MoveRefused
from portal.transfers.models import HAND_OVER_IS_OPEN
from portal.transfers.states import (
    HAND_OVER_LIFECYCLE,
    OPEN_HAND_OVERS,
    WITH_PARTNER,
    HandOverAction,
    HandOverState,
)

S, A = HandOverState, HandOverAction
MOVES = HAND_OVER_LIFECYCLE.moves
REFUSED = sorted(set(product(S, A)) - set(MOVES))


@pytest.mark.parametrize("pair", REFUSED)
def test_a_move_that_is_not_in_the_table_is_refused(pair):
    with pytest.raises(MoveRefused):
        HAND_OVER_LIFECYCLE.after(*pair)


def test_every_state_but_the_first_can_be_reached():
    assert set(MOVES.values()) | {S.PREPARED} == set(S)


def test_whatever_is_open_can_be_taken_back_and_what_is_over_moves_no_more():
    for state in S:
        actions = HAND_OVER_LIFECYCLE.actions_from(state)
        assert (A.WITHDRAW in actions) == (state in OPEN_HAND_OVERS)
        assert bool(actions) == (state in OPEN_HAND_OVERS)


def test_a_message_of_which_nobody_knows_is_settled_by_a_person_or_by_its_own_sender():
    leads_to = {action: MOVES[S.UNCONFIRMED, action] for action in (A.SEND, A.SEND_AGAIN, A.FAIL)}

    assert leads_to == {A.SEND: S.SENT, A.SEND_AGAIN: S.READY, A.FAIL: S.READY}


def test_only_what_was_sent_can_be_confirmed_answered_or_sent_back():
    for action in (A.RECEIVE, A.ANSWER, A.RETURN):
        assert {state for state, move in MOVES if move is action} <= set(WITH_PARTNER)


def test_the_index_names_the_open_states_in_the_words_of_the_lifecycle():
    named = ", ".join(f"'{state}'" for state in OPEN_HAND_OVERS)

    assert f"state IN ({named})" == HAND_OVER_IS_OPEN
