"""The lifecycles of files and renditions, exhaustively."""

from itertools import product

import pytest

from portal.evidence.states import (
    EVIDENCE_LIFECYCLE,
    RENDITION_LIFECYCLE,
    EvidenceAction,
    EvidenceState,
    RenditionAction,
    RenditionState,
)
from portal.kernel.errors import MoveRefused

FILES = set(product(EvidenceState, EvidenceAction)) - set(EVIDENCE_LIFECYCLE.moves)
COPIES = set(product(RenditionState, RenditionAction)) - set(RENDITION_LIFECYCLE.moves)


@pytest.mark.parametrize("pair", sorted(FILES))
def test_a_move_of_a_file_that_is_not_in_the_table_is_refused(pair):
    with pytest.raises(MoveRefused):
        EVIDENCE_LIFECYCLE.after(*pair)


@pytest.mark.parametrize("pair", sorted(COPIES))
def test_a_move_of_a_rendition_that_is_not_in_the_table_is_refused(pair):
    with pytest.raises(MoveRefused):
        RENDITION_LIFECYCLE.after(*pair)


def test_every_state_but_the_first_can_be_reached():
    assert set(EVIDENCE_LIFECYCLE.moves.values()) | {EvidenceState.RECEIVED} == set(EvidenceState)
    assert set(RENDITION_LIFECYCLE.moves.values()) | {RenditionState.PENDING} == set(RenditionState)


def test_nothing_leads_out_of_quarantine():
    assert EVIDENCE_LIFECYCLE.actions_from(EvidenceState.INFECTED) == ()
