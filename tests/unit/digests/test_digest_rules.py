"""What a unit gave another in a month and what came of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from portal.cases.states import CASE_LEAD_LIFECYCLE
from portal.digests.rules import TURNS, Given, Shared, Step, Turn, tell, turns_of
from portal.intake.states import LEAD_LIFECYCLE

T = Turn
BEGINS, ENDS = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
# What changes nothing between two units: who of the unit has it.
INSIDE = {"lead.take", "lead.release"}


def shared(*steps: tuple[float, Turn, str | None], kind: Shared = Shared.LEAD) -> Given:
    """Something that unit A gave, with what happened on which day of October."""
    taken = [Step(BEGINS + timedelta(days=day), turn, unit) for day, turn, unit in steps]
    return Given(uuid4(), kind, "A", tuple(taken))


@pytest.mark.requirement("C14")
@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([(3, T.PASSED, "B")], [("B", T.PASSED), ("B", T.WAITING)]),
        ([(-9, T.PASSED, "B")], [("B", T.WAITING)]),
        ([(-9, T.PASSED, "B"), (5, T.ANSWERED, None)], [("B", T.ANSWERED)]),
        ([(-9, T.PASSED, "B"), (-5, T.ANSWERED, None)], []),
        ([(-9, T.PASSED, "B"), (40, T.ANSWERED, None)], [("B", T.WAITING)]),
        ([(40, T.PASSED, "B")], []),
        ([(1, T.PASSED, "B"), (2, T.LATE, None), (3, T.ANSWERED, None)],
         [("B", T.PASSED), ("B", T.LATE), ("B", T.ANSWERED)]),
        ([(1, T.PASSED, "B"), (2, T.RETURNED, None), (3, T.PASSED, "C"), (4, T.ANSWERED, None)],
         [("B", T.PASSED), ("B", T.RETURNED), ("C", T.PASSED), ("C", T.ANSWERED)]),
        # What came back and is ended then was taken from nobody.
        ([(1, T.PASSED, "B"), (2, T.RETURNED, None), (3, T.TAKEN_BACK, None)],
         [("B", T.PASSED), ("B", T.RETURNED)]),
        ([(1, T.PASSED, "B"), (2, T.TAKEN_BACK, None)], [("B", T.PASSED), ("B", T.TAKEN_BACK)]),
    ],
)  # fmt: skip
def test_what_happened_in_the_month_is_told_of_whoever_had_it(steps, told):
    assert list(turns_of(shared(*steps), BEGINS, ENDS)) == told


@pytest.mark.requirement("C14")
def test_each_way_between_two_units_is_counted_apart_and_what_stays_at_home_is_not():
    there = shared((1, T.PASSED, "B"), (2, T.RETURNED, None), (3, T.PASSED, "A"))
    back = Given(UUID(int=1), Shared.CASE, "B", (Step(BEGINS, T.PASSED, "A"),))

    told = tell([there, back], BEGINS, ENDS)

    assert told["A", "B"].counts == {(Shared.LEAD, T.PASSED): 1, (Shared.LEAD, T.RETURNED): 1}
    assert told["B", "A"].counts == {(Shared.CASE, T.PASSED): 1, (Shared.CASE, T.WAITING): 1}
    assert told.keys() == {("A", "B"), ("B", "A")}
    assert [one.turns for one in told["A", "B"].things] == [(T.PASSED, T.RETURNED)]


@pytest.mark.requirement("C1")
def test_what_patrols_found_is_counted_apart():
    both = [shared((1, T.PASSED, "B"), kind=kind) for kind in (Shared.LEAD, Shared.PATROL_LEAD)]

    counts = tell(both, BEGINS, ENDS)["A", "B"].counts

    assert counts[Shared.LEAD, T.PASSED] == counts[Shared.PATROL_LEAD, T.PASSED] == 1


@for_any(
    st.lists(
        st.tuples(st.floats(-40, 60), st.sampled_from(list(Turn)[:-1]), st.sampled_from("BC")),
        max_size=8,
    )
)
@settings(max_examples=200, deadline=None)
def test_nothing_is_answered_returned_or_taken_back_that_was_not_passed(steps):
    ordered = sorted(steps, key=lambda step: step[0])
    whole = list(turns_of(shared(*ordered), BEGINS - timedelta(days=99), ENDS + timedelta(days=99)))
    turns = [turn for _unit, turn in whole]
    over = sum(turn in {T.ANSWERED, T.RETURNED, T.TAKEN_BACK} for turn in turns)

    assert over + (T.WAITING in turns) <= turns.count(T.PASSED)


def test_every_move_of_a_lead_between_units_is_told():
    moves = {f"lead.{action}" for _state, action in LEAD_LIFECYCLE.moves}
    moves |= {f"case_lead.{action}" for _state, action in CASE_LEAD_LIFECYCLE.moves}

    assert moves - TURNS.keys() == INSIDE
