"""The lifecycle of a lead: what leads where, and that nothing else leads anywhere."""

import pytest

from portal.intake.states import LEAD_LIFECYCLE, OPEN_LEADS, LeadAction, LeadState
from portal.kernel.errors import MoveRefused

PAIRS = [(state, action) for state in LeadState for action in LeadAction]


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_a_move_of_a_lead_is_in_the_table_or_refused(state, action):
    if (state, action) in LEAD_LIFECYCLE.moves:
        assert LEAD_LIFECYCLE.after(state, action) in LeadState
    else:
        with pytest.raises(MoveRefused):
            LEAD_LIFECYCLE.after(state, action)


def test_every_state_of_a_lead_but_the_first_is_reached():
    assert set(LEAD_LIFECYCLE.moves.values()) == set(LeadState)


@pytest.mark.requirement("A7")
def test_an_open_lead_can_be_ended_and_nothing_else_can():
    ended = {start for (start, action) in LEAD_LIFECYCLE.moves if action is LeadAction.END}

    assert ended == OPEN_LEADS


def test_what_was_found_is_said_by_whoever_took_the_lead():
    before = {start for (start, action) in LEAD_LIFECYCLE.moves if action is LeadAction.REPORT}

    assert before == {LeadState.TAKEN}
