"""The picture of a chain: sources above shops, nothing lost, circles cut."""

from itertools import pairwise

import pytest

from portal.cases.lineage import HEIGHT, WIDTH, levels_of, picture_of, shortened

CHAIN = ["shop", "wholesaler", "printer", "stall"]
SUPPLY = [("wholesaler", "shop"), ("printer", "wholesaler"), ("wholesaler", "stall")]


@pytest.mark.requirement("B13")
def test_every_supplier_stands_above_whom_it_supplies():
    level = levels_of(CHAIN, SUPPLY)

    assert level == {"printer": 0, "wholesaler": 1, "shop": 2, "stall": 2}


def test_the_longest_way_counts():
    level = levels_of(["a", "b", "c"], [("a", "c"), ("a", "b"), ("b", "c")])

    assert level == {"a": 0, "b": 1, "c": 2}


@pytest.mark.parametrize("edges", [[("a", "b"), ("b", "a")], [("a", "b"), ("b", "c"), ("c", "a")]])
def test_a_circle_is_drawn_and_ends(edges):
    picture = picture_of(["a", "b", "c"], edges)

    assert len(picture.arrows) == len(edges)
    assert len({(box.x, box.y) for box in picture.boxes}) == 3


def test_boxes_lie_within_the_picture_and_never_on_each_other():
    picture = picture_of(CHAIN, SUPPLY)

    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - WIDTH
        assert 0 <= box.y <= picture.height - HEIGHT
    by_row = sorted(picture.boxes, key=lambda box: (box.y, box.x))
    for one, other in pairwise(by_row):
        assert one.y != other.y or one.x + WIDTH < other.x


@pytest.mark.requirement("C9")
def test_arrows_go_from_the_supplier_down_and_are_numbered_like_the_list():
    picture = picture_of(CHAIN, SUPPLY)

    assert [arrow.number for arrow in picture.arrows] == [1, 2, 3]
    assert all(arrow.y1 < arrow.y2 for arrow in picture.arrows)
    assert all(arrow.y1 <= arrow.label_y <= arrow.y2 for arrow in picture.arrows)


def test_arrows_up_and_across_meet_the_nearer_sides():
    up = picture_of(["a", "b"], [("a", "b"), ("b", "a")]).arrows
    assert any(arrow.y1 > arrow.y2 for arrow in up) or up[0].y1 == up[0].y2


def test_an_empty_chain_is_an_empty_picture():
    assert picture_of([], []).boxes == ()


def test_a_long_name_is_shortened_and_a_short_one_is_not():
    assert shortened("常州市武进区湖塘镇星光音像制品经营部").endswith("…")
    assert shortened("星光音像店") == "星光音像店"
