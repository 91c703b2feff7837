"""What was moved between two orders, said with as few rows as possible."""

import pytest

from portal.jurisdiction.order import Moved, moved


def said(old, new):
    return list(moved(old.split(), new.split()))


def test_a_row_that_goes_up_moved_and_those_it_passed_did_not():
    assert said("a b c d e", "a e b c d") == [Moved("e", 5, 2, "b")]


def test_a_row_that_goes_last_stands_before_none():
    assert said("a b c", "b c a") == [Moved("a", 1, 3, None)]


def test_rows_that_come_and_go_move_nobody():
    assert said("a b c", "b x c y") == []


@pytest.mark.parametrize("same", ["", "a", "a b c"])
def test_the_same_order_says_nothing(same):
    assert said(same, same) == []


def test_what_was_turned_around_leaves_one_row_where_it_was():
    assert len(said("a b c d", "d c b a")) == 3
