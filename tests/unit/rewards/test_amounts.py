"""What a reward comes to: the four formulas, their bounds, and the parts of several."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.jurisdiction.reward_tables import Formula, RewardLevel, RewardScheme
from portal.jurisdiction.tables import Text
from portal.kernel.errors import RuleBroken
from portal.rewards.rules.amounts import (
    Facts,
    Share,
    amount_of,
    demand_within,
    level_of,
    needs_second,
    share_of,
)
from portal.rewards.rules.money import minor_of_typed
from portal.rewards.states import ELIGIBLE, AmountLine, Rank

NAME = Text("名", "name")
ALONE = Share()
R = Rank


def level(formula, **figures):
    return RewardLevel("one", NAME, NAME, formula, **figures)


def scheme(*levels, **bounds):
    return RewardScheme("s", NAME, "a law", "CNY", ("piracy.print",), levels, **bounds)


def amount(formula, facts, share=ALONE, cap=None, **figures):
    one = level(formula, **figures)
    return amount_of(scheme(one, cap=cap), one, facts, share)


PERCENT = {"rate": 500, "without": 500_000, "least": 500_000}


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    ("base", "cap", "expected", "lines"),
    [
        (20_000_000, None, 1_000_000, ["rate"]),
        (1_000_000, None, 500_000, ["rate", "floor"]),
        (0, None, 500_000, ["nothing-fined"]),
        (3_000_000_000, 100_000_000, 100_000_000, ["rate", "case-cap"]),
        # Half a unit is rounded up: 5 % of 10,000,010 is 500,000.5.
        (10_000_010, None, 500_001, ["rate"]),
        (10_000_009, None, 500_000, ["rate"]),
    ],
)
def test_a_percentage_has_a_floor_a_cap_and_an_amount_where_nothing_was_fined(
    base, cap, expected, lines
):
    found = amount(Formula.PERCENTAGE, Facts(base=base), cap=cap, **PERCENT)

    assert (found.pool, found.amount) == (expected, expected)
    assert [one.kind for one in found.lines] == lines


@pytest.mark.parametrize(
    ("units", "expected", "lines"),
    [
        (350, 50_000, ["units"]),
        (101, 50_000, ["units", "floor"]),
        (100_000, 1_000_000, ["units", "level-cap"]),
    ],
)
def test_each_unit_above_the_threshold_counts_between_the_bounds(units, expected, lines):
    figures = {"each": 200, "threshold": 100, "least": 50_000, "most": 1_000_000}

    found = amount(Formula.PER_UNIT, Facts(units=units), **figures)

    assert found.amount == expected
    assert [one.kind for one in found.lines] == lines


def test_an_amount_in_a_range_is_the_one_that_was_chosen():
    assert amount(Formula.RANGE, Facts(chosen=7), least=5, most=9).amount == 7
    assert amount(Formula.FLAT, Facts(), amount=50_000).amount == 50_000


@pytest.mark.parametrize(
    ("formula", "facts", "figures", "refusal"),
    [
        (Formula.PERCENTAGE, Facts(), PERCENT, "fact-missing"),
        (Formula.PERCENTAGE, Facts(base=-1), PERCENT, "amount-not-possible"),
        (Formula.PERCENTAGE, Facts(base=10**16), PERCENT, "amount-not-possible"),
        (Formula.PERCENTAGE, Facts(base=0), {"rate": 100}, "amount-is-nothing"),
        (Formula.PERCENTAGE, Facts(base=1), {"rate": 100}, "amount-is-nothing"),
        (Formula.PER_UNIT, Facts(units=100), {"each": 1, "threshold": 100}, "too-few-units"),
        (Formula.RANGE, Facts(chosen=10), {"least": 5, "most": 9}, "outside-the-range"),
        (Formula.RANGE, Facts(chosen=0), {"most": 9}, "outside-the-range"),
        (Formula.FLAT, Facts(), {"complete": False}, "level-not-complete"),
    ],
)
def test_what_the_formula_cannot_take_is_refused(formula, facts, figures, refusal):
    with pytest.raises(RuleBroken, match=refusal):
        amount(formula, facts, **figures)


def test_a_level_that_the_scheme_does_not_have_is_refused():
    with pytest.raises(RuleBroken, match="level-unknown"):
        level_of(scheme(level(Formula.FLAT, amount=1)), "two")


@pytest.mark.requirement("F1")
@given(
    pool=st.integers(1, 10**13),
    ranks=st.lists(st.sampled_from(list(Rank)), min_size=1, max_size=9),
    new=st.integers(0, 99),
)
def test_the_parts_of_all_make_up_what_the_case_is_worth(pool, ranks, new):
    one = level(Formula.FLAT, amount=pool)
    eligible = [at for at, rank in enumerate(ranks) if rank in ELIGIBLE]
    parts = []
    for at in eligible:
        # A part that comes to nothing is refused, and is missed by nobody.
        with suppress(RuleBroken):
            parts.append(amount_of(scheme(one), one, Facts(), share_of(at, ranks, new)).amount)

    assert sum(parts) == (pool if eligible else 0)


@pytest.mark.requirement("F1")
def test_who_reports_together_shares_equally_and_new_facts_have_their_percent():
    ranks = [R.FIRST, R.LATER, R.JOINT, R.NEW_FACTS]

    assert share_of(0, ranks, 40) == Share(1, 2, 60)
    assert share_of(2, ranks, 40) == Share(2, 2, 60)
    assert share_of(3, ranks, 40) == Share(1, 1, 40, new=True)
    assert share_of(0, [R.NEW_FACTS, R.LATER], 40) == Share(1, 1, 100)
    assert amount(Formula.FLAT, Facts(), Share(1, 2, 60), amount=101).amount == 31


@pytest.mark.parametrize("rank", sorted(set(Rank) - ELIGIBLE))
def test_a_report_without_a_part_has_no_share(rank):
    with pytest.raises(RuleBroken, match="report-not-eligible"):
        share_of(1, [R.FIRST, rank], 40)


@pytest.mark.requirement("F1")
def test_a_case_is_not_given_more_than_it_is_worth():
    demand_within(40, 100, [(60, 100)])

    with pytest.raises(RuleBroken, match="case-given-out"):
        demand_within(41, 100, [(60, 100)])


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(("worth", "two"), [(499, False), (500, True)])
def test_two_approve_from_the_threshold_on_however_the_case_is_split(worth, two):
    one = level(Formula.FLAT, amount=worth)
    rules = scheme(one, second_from=500)

    assert needs_second(rules, amount_of(rules, one, Facts(), Share(1, 5, 100))) is two
    assert not needs_second(scheme(one), amount_of(scheme(one), one, Facts(), ALONE))


def test_the_explanation_ends_with_the_amount():
    found = amount(Formula.PERCENTAGE, Facts(base=10**9), Share(1, 2, 100), cap=10**7, **PERCENT)

    assert [one.kind for one in found.lines] == [
        AmountLine.RATE,
        AmountLine.CASE_CAP,
        AmountLine.SHARE,
    ]
    assert found.lines[-1].amount == found.amount == 5_000_000


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [("1,234.5", "CNY", 123_450), ("12", "CNY", 1_200), ("0.07", "EUR", 7), ("500", "JPY", 500)],
)
def test_money_is_read_exactly(typed, currency, minor):
    assert minor_of_typed(typed, currency) == minor


@pytest.mark.parametrize(
    "typed",
    ["", "-1", "1.234", "1e5", "１２", "12 34", "9" * 14, "1.5.0", "1,5", "12,34", "1,2345"],
)
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(RuleBroken, match="amount-not-possible"):
        minor_of_typed(typed, "CNY")
