"""How long a record is kept, and the ways a record and a list may go."""

from datetime import date
from itertools import product
from uuid import uuid4

import pytest

from portal.disposal.rules import (
    FOR_GOOD,
    MOST_ITEMS,
    Ended,
    Terms,
    demand_another,
    demand_some,
    months_after,
    terms_of,
)
from portal.disposal.states import (
    DISPOSAL_LIFECYCLE,
    LIST_LIFECYCLE,
    DisposalAction,
    DisposalState,
    ListAction,
    ListState,
)
from portal.jurisdiction.tables import (
    FinalAction,
    RecordKind,
    RetentionRule,
    RetentionStart,
    Text,
)
from portal.kernel.errors import MoveRefused, RuleBroken

NAME = Text("", "")
REPORT, CASE = RecordKind.REPORT, RecordKind.CASE
CLOSED = date(2026, 3, 31)


def series(code, record=REPORT, months=6, **more):
    return RetentionRule(code, NAME, record, "", months=months, **more)


def ended(record=REPORT, ending="close.x", **more):
    kinds = more.pop("kinds", frozenset({"tip"}))
    return Ended(record, kinds, ending, date(2025, 1, 10), CLOSED, **more)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 6, 15), 360, date(2056, 6, 15)),
        (date(9999, 1, 1), 12, FOR_GOOD),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(day, months, then):
    assert months_after(day, months) == then


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (ended(ending="unrouted.spam"), "spam"),
        (ended(kinds=frozenset({"complaint"})), "complaint"),
        (ended(), "rest"),
        (ended(CASE, "no-breach", kinds=frozenset({"tip", "complaint"})), "case.complaint"),
        (ended(CASE, "no-breach"), ""),
    ],
)
@pytest.mark.requirement("U9")
def test_the_first_series_that_fits_counts_and_what_fits_none_is_kept(what, code):
    rules = (
        series("spam", endings=("unrouted.spam",)),
        series("complaint", kinds=("complaint",)),
        series("rest"),
        series("case.complaint", CASE, kinds=("complaint",)),
    )

    terms = terms_of(rules, what)

    assert terms.series == code
    assert (terms.due_on == FOR_GOOD) is (code == "")


def test_time_counts_from_the_end_and_anew_from_the_last_word_of_the_reporter():
    rules = (series("all"),)

    assert terms_of(rules, ended()).due_on == date(2026, 9, 30)
    later = terms_of(rules, ended(last_word_on=date(2026, 8, 1)))
    assert (later.starts_on, later.due_on) == (date(2026, 8, 1), date(2027, 2, 1))
    before = terms_of(rules, ended(last_word_on=date(2025, 8, 1)))
    assert before == terms_of(rules, ended())


def test_time_from_the_receipt_is_never_over_before_the_end():
    early = terms_of((series("all", starts=RetentionStart.RECEIVED, months=3),), ended())

    assert early == Terms("all", date(2025, 1, 10), CLOSED, None)


def test_an_identity_goes_before_its_report_and_only_where_there_is_one():
    rules = (series("all", months=36, identity_months=6),)

    assert terms_of(rules, ended(named=True)).identity_on == date(2026, 9, 30)
    assert terms_of(rules, ended()).identity_on is None


def test_what_is_kept_for_good_is_never_due():
    kept = series("all", months=None, action=FinalAction.KEEP)

    assert terms_of((kept,), ended()) == Terms("all", CLOSED, FOR_GOOD, None)


@pytest.mark.requirement("U9")
def test_one_natural_person_is_not_two():
    person = uuid4()

    with pytest.raises(RuleBroken, match="disposal-needs-second"):
        demand_another(person, person, "disposal-needs-second")
    demand_another(person, uuid4(), "disposal-needs-second")


@pytest.mark.parametrize("count", [0, MOST_ITEMS + 1])
def test_a_list_is_neither_empty_nor_longer_than_somebody_can_look_through(count):
    with pytest.raises(RuleBroken, match="nothing-to-dispose"):
        demand_some(count)
    demand_some(1)
    demand_some(MOST_ITEMS)


MOVES = [
    *((DISPOSAL_LIFECYCLE, *pair) for pair in product(DisposalState, DisposalAction)),
    *((LIST_LIFECYCLE, *pair) for pair in product(ListState, ListAction)),
]


@pytest.mark.parametrize(
    ("lifecycle", "state", "action"),
    [one for one in MOVES if one[1:] not in one[0].moves],
)
def test_a_move_that_is_not_in_the_table_is_refused(lifecycle, state, action):
    with pytest.raises(MoveRefused):
        lifecycle.after(state, action)


def test_nothing_leads_back_from_what_is_destroyed_nor_there_without_two_people():
    assert DISPOSAL_LIFECYCLE.actions_from(DisposalState.DISPOSED) == ()
    by_a_task = [
        state for (state, action) in DISPOSAL_LIFECYCLE.moves if action is DisposalAction.CARRY_OUT
    ]
    assert by_a_task == [DisposalState.APPROVED]
