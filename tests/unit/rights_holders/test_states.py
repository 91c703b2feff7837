"""The lifecycles of an organisation and of a complaint, move by move."""

from itertools import product

import pytest

from portal.kernel.errors import MoveRefused
from portal.rights_holders.states import (
    COMPLAINT_LIFECYCLE,
    ORGANISATION_LIFECYCLE,
    ComplaintAction,
    ComplaintState,
    OrganisationAction,
    OrganisationState,
)

LIFECYCLES = (
    (ORGANISATION_LIFECYCLE, OrganisationState, OrganisationAction),
    (COMPLAINT_LIFECYCLE, ComplaintState, ComplaintAction),
)


@pytest.mark.parametrize(("lifecycle", "states", "actions"), LIFECYCLES)
def test_a_move_that_is_not_in_the_table_is_refused(lifecycle, states, actions):
    for pair in set(product(states, actions)) - set(lifecycle.moves):
        with pytest.raises(MoveRefused):
            lifecycle.after(*pair)


@pytest.mark.parametrize(
    "state", [ComplaintState.FILED, ComplaintState.REPEATED, ComplaintState.LAPSED]
)
def test_what_was_filed_told_or_has_lapsed_moves_no_more(state):
    assert COMPLAINT_LIFECYCLE.actions_from(state) == ()


def test_nothing_is_filed_that_was_not_complete_before():
    filed = [
        start for (start, action) in COMPLAINT_LIFECYCLE.moves if action == ComplaintAction.FILE
    ]

    assert filed == [ComplaintState.READY]
