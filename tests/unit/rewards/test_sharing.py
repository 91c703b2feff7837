"""What those who reported together agree on: typed by each, counted once all say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.jurisdiction.reward_tables import Formula
from portal.kernel.errors import RuleBroken
from portal.rewards.rules.amounts import Facts, Share, amount_of, share_in, share_of
from portal.rewards.rules.sharing import agreed_on, shares_typed
from portal.rewards.states import AmountLine, Rank
from tests.unit.rewards.test_amounts import level, scheme

R = Rank


@pytest.mark.parametrize(
    "typed", ["60, 40", "60 40", "60/40", "60 % / 40 %", "60%，40%", "６０、４０", " 60:40 "]
)
def test_parts_are_read_as_people_write_them(typed):
    assert shares_typed(typed, 2) == (60, 40)


@pytest.mark.parametrize(
    ("typed", "of"),
    [
        ("60, 40", 3),
        ("60, 39", 2),
        ("100, 0", 2),
        ("60.5, 39.5", 2),
        ("-10, 110", 2),
        ("sixty, forty", 2),
        ("", 2),
        ("9" * 100, 1),
        ("①, 99", 3),
    ],
)
def test_what_is_no_part_for_each_or_not_the_whole_is_refused(typed, of):
    with pytest.raises(RuleBroken, match="shares-not-possible"):
        shares_typed(typed, of)


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    ("entered", "counts"),
    [
        ([(60, 40), (60, 40)], (60, 40)),
        ([(60, 40), (40, 60)], ()),
        ([(60, 40), None], ()),
        ([None, None], ()),
        ([], ()),
    ],
)
def test_parts_count_once_all_have_entered_the_same(entered, counts):
    assert agreed_on(entered) == counts


@pytest.mark.requirement("F1")
@given(
    st.lists(st.integers(min_value=1, max_value=60), min_size=2, max_size=5),
    st.integers(min_value=100, max_value=10**9),
    st.integers(min_value=0, max_value=90),
)
def test_agreed_parts_make_up_the_whole_and_are_explained(weights, pool, new):
    shares = [max(1, one * 100 // sum(weights)) for one in weights]
    shares[0] += 100 - sum(shares)
    ranks = [R.FIRST, *[R.JOINT] * (len(shares) - 1)]
    one = level(Formula.FLAT, amount=pool)
    whole = scheme(one)
    parts = []
    for at in range(len(shares)):
        found = amount_of(whole, one, Facts(), share_of(at, ranks, new, shares))
        assert abs(found.amount - pool * shares[at] / 100) < 1
        line = found.lines[-1]
        assert (line.kind, line.figures["own"]) == (AmountLine.SHARE, shares[at])
        assert share_in(found.lines) == share_of(at, ranks, new, shares)
        parts.append(found.amount)

    assert sum(parts) == pool


def test_an_agreement_changes_nothing_for_new_facts_nor_among_another_number():
    ranks = [R.FIRST, R.JOINT, R.NEW_FACTS]

    assert share_of(2, ranks, 40, (70, 30)) == Share(1, 1, 40, new=True)
    assert share_of(0, ranks, 40, (70, 30)) == Share(1, 2, 60, before=0, own=70)
    assert share_of(1, ranks, 40, (70, 30)) == Share(2, 2, 60, before=70, own=30)
    assert share_of(0, ranks, 40, (70, 20, 10)) == Share(1, 2, 60)
