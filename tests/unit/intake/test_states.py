"""The lifecycle of a report: what leads where, and that nothing else leads anywhere."""

import pytest

from portal.intake.states import (
    OPEN_STATES,
    REPORT_LIFECYCLE,
    PublicStage,
    ReportAction,
    ReportState,
    public_stage,
)
from portal.kernel.errors import MoveRefused

PAIRS = [(state, action) for state in ReportState for action in ReportAction]


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_a_move_is_in_the_table_or_refused(state, action):
    if (state, action) in REPORT_LIFECYCLE.moves:
        assert REPORT_LIFECYCLE.after(state, action) in ReportState
    else:
        with pytest.raises(MoveRefused):
            REPORT_LIFECYCLE.after(state, action)


@pytest.mark.requirement("B2")
def test_a_report_is_closed_after_an_answer_or_by_reception():
    into_closed = {
        move for move, end in REPORT_LIFECYCLE.moves.items() if end is ReportState.CLOSED
    }

    at_reception = {ReportState.RECEIVED, ReportState.ROUTED, ReportState.CONTESTED}
    assert into_closed == {
        (ReportState.ANSWERED, ReportAction.CLOSE),
        *((state, ReportAction.CLOSE_UNROUTED) for state in at_reception),
    }


def test_every_state_is_reached_from_the_first():
    reached, edge = {ReportState.RECEIVED}, {ReportState.RECEIVED}
    while edge:
        edge = {end for (start, _), end in REPORT_LIFECYCLE.moves.items() if start in edge}
        edge -= reached
        reached |= edge

    assert reached == set(ReportState)


def test_what_is_closed_or_declined_is_not_open():
    assert set(ReportState) - OPEN_STATES == {ReportState.CLOSED, ReportState.DECLINED}


@pytest.mark.parametrize("state", list(ReportState))
@pytest.mark.parametrize("waiting", [True, False])
def test_every_state_has_a_stage_that_the_reporter_sees(state, waiting):
    assert public_stage(state, waiting_for_reporter=waiting) in PublicStage


def test_a_reporter_who_was_asked_is_told_so_only_while_somebody_works_on_it():
    shown = {
        state
        for state in ReportState
        if public_stage(state, waiting_for_reporter=True) is PublicStage.WAITING_FOR_YOU
    }

    assert shown == {ReportState.ROUTED, ReportState.ACCEPTED, ReportState.VERIFIED}
