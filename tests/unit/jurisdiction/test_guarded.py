"""What of a place takes two people."""

from types import SimpleNamespace

import pytest

from portal.jurisdiction.guarded import FIELDS, ORDER, WHOLE, is_guarded, needs_second_person
from portal.jurisdiction.parts import PARTS


def change(part, before, after, key="x"):
    return SimpleNamespace(part=part, key=key, before=before, after=after)


def test_what_is_guarded_are_tables_and_fields_that_there_are():
    assert WHOLE | set(FIELDS) <= set(PARTS)
    for name, fields in FIELDS.items():
        shape = PARTS[name].shape
        known = {field.alias or key for key, field in shape.model_fields.items()}
        assert fields <= known


@pytest.mark.parametrize("part", sorted(WHOLE))
@pytest.mark.parametrize("key", ["x", ORDER])
def test_of_some_tables_everything_takes_two(part, key):
    assert is_guarded(change(part, {"basis": "a"}, {"basis": "b"}, key))


@pytest.mark.parametrize("part", sorted(FIELDS))
def test_a_row_that_comes_or_goes_takes_two_where_a_field_of_it_does(part):
    assert is_guarded(change(part, None, {}))
    assert is_guarded(change(part, {}, None))


@pytest.mark.parametrize(
    ("part", "field"), sorted((part, field) for part, fields in FIELDS.items() for field in fields)
)
def test_a_guarded_field_takes_two(part, field):
    assert is_guarded(change(part, {field: "a", "name": "n"}, {"name": "n"}))


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("departments", {"name": "旧"}, {"name": "新"}),
        ("categories", {"hint": "旧", "link_only": False}, {"hint": "新", "link_only": False}),
        ("papers", {"phrase": "旧"}, {"phrase": "新"}),
        ("texts", {"sentence": "旧"}, None),
        ("reasons", {"name": "旧"}, {"name": "新"}),
    ],
)
def test_names_texts_and_phrases_take_one(part, before, after):
    assert not is_guarded(change(part, before, after))


def test_a_holiday_a_suggesting_word_and_a_period_of_a_paper_take_two():
    assert is_guarded(change("calendar", None, {"date": "2028-01-01"}))
    assert is_guarded(change("categories", {"terms": {"碟": 1}}, {"terms": {"碟": 5}}))
    assert is_guarded(change("papers", {"periods": [{"n": 5}]}, {"periods": [{"n": 3}]}))


def test_the_order_of_categories_takes_one_and_one_guarded_change_makes_it_two():
    order = change("categories", {"order": ["a", "b"]}, {"order": ["b", "a"]}, ORDER)

    assert not needs_second_person([order])
    assert needs_second_person([order, change("clocks", {"n": 1}, {"n": 2})])
