"""The ledger by itself: it always sums to zero, and nothing is moved that is not there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel.errors import RuleBroken
from portal.rewards.ledger.rules import balances_of, cell, demand_held, flows_of
from portal.rewards.ledger.states import WAYS, LedgerAccount, MovementKind

A, M = LedgerAccount, MovementKind
ORDERS = st.lists(
    st.tuples(st.sampled_from(MovementKind), st.integers(min_value=-5, max_value=400)), max_size=40
)


@pytest.mark.requirement("F1")
@settings(max_examples=1000, deadline=None)
@given(ORDERS)
def test_a_thousand_sequences_sum_to_zero_and_overdraw_no_account(orders):
    posted = []
    for kind, amount in orders:
        try:
            demand_held(balances_of(posted), kind, amount)
        except RuleBroken:
            continue
        posted.append((kind, amount))

        held = balances_of(posted)
        assert sum(held.values()) == 0
        assert all(left >= 0 for one, left in held.items() if one is not A.ADJUSTMENT)


@pytest.mark.parametrize("kind", MovementKind)
def test_every_kind_of_movement_goes_from_one_account_to_another(kind):
    source, target = WAYS[kind]

    assert source is not target


def test_every_account_is_reached_and_left_and_what_was_paid_only_comes_back():
    assert {target for _source, target in WAYS.values()} == set(A)
    assert {source for source, _target in WAYS.values()} == set(A)
    assert [kind for kind, (source, _) in WAYS.items() if source is A.PAID] == [M.COME_BACK]


@pytest.mark.parametrize(
    ("kind", "amount", "code"),
    [
        (M.RESERVE, 101, "fund-overdrawn"),
        (M.RELEASE, 1, "fund-overdrawn"),
        (M.CUT, 101, "fund-overdrawn"),
        (M.GRANT, 0, "amount-not-possible"),
        (M.GRANT, -1, "amount-not-possible"),
        (M.GRANT, 10**15 + 1, "amount-not-possible"),
    ],
)
def test_what_is_not_there_is_not_moved(kind, amount, code):
    with pytest.raises(RuleBroken, match=code):
        demand_held({A.APPROPRIATION: 100}, kind, amount)


def test_a_statement_says_what_was_there_what_came_what_went_and_what_is_there():
    flows = flows_of({M.GRANT: 1000, M.RESERVE: 300}, {M.RELEASE: 100, M.OWE: 200})

    said = {one.account: (one.before, one.came, one.went, one.after) for one in flows}
    assert said[A.APPROPRIATION] == (700, 100, 0, 800)
    assert said[A.RESERVED] == (300, 0, 300, 0)
    assert said[A.PAYABLE] == (0, 200, 0, 200)
    assert sum(one.after for one in flows) == 0


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_a_sheet_is_a_formula(typed):
    assert cell(typed) == f"'{typed}"


@pytest.mark.parametrize(("value", "shown"), [(-5, "-5"), (None, ""), ("a=1", "a=1")])
def test_other_cells_stay_as_they_are(value, shown):
    assert cell(value) == shown
