"""What was found out about a table is said again while it is the same table, and only then."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.jurisdiction import kept, parts
from portal.jurisdiction.candidate import candidate_of
from portal.jurisdiction.change_models import PlaceChange
from portal.jurisdiction.parts import PARTS, entries_of, find_row
from portal.jurisdiction.tables import Text
from tests.factories.packs import shipped

NOW = datetime(2026, 9, 1, tzinfo=UTC)
BRITAIN = shipped("en_ip_office")
# Values that are right somewhere and wrong elsewhere, and rows that others name.
VALUES = {
    "parent": ("GB", "GB-BIR", "GB-XXX"),
    "region": ("GB", "GB-BIR", "GB-XXX"),
    "kind": ("TRADING_STD", "NOBODY"),
    "lead": ("TRADING_STD", "NOBODY"),
    "name": ("Birmingham", "Leeds"),
    "coordinator": ("TRADING_STD", "NOBODY"),
    "link_only": (True, False),
}


@st.composite
def changes(draw):
    """A row that is taken away, or has another value in one field."""
    part = PARTS[draw(st.sampled_from(sorted(PARTS)))]
    keys = list(entries_of(BRITAIN)[part.name])
    if not keys:
        return None
    key = draw(st.sampled_from(keys))
    before = find_row(BRITAIN, part, key)
    fields = sorted(before.keys() & VALUES.keys())
    after = None
    if fields and draw(st.booleans()):
        field = draw(st.sampled_from(fields))
        after = before | {field: draw(st.sampled_from(VALUES[field]))}
    return PlaceChange(
        part=part.name, key=key, before=before, after=after, made_by=uuid4(), made_at=NOW
    )


def drafts():
    return st.lists(changes(), max_size=3).map(lambda some: [one for one in some if one])


def examined(base, drafted):
    found = candidate_of(base, drafted)
    return found.place, found.problems, [one.key for one in found.overtaken]


def examined_anew(base, drafted):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "MOST_KEPT", 0)
        patch.setattr(parts, "_read", [])
        return examined(base, drafted)


@settings(max_examples=12, deadline=None)
@given(st.lists(drafts(), min_size=1, max_size=4))
def test_what_was_kept_says_of_every_draft_what_examining_it_anew_says(drafted):
    anew = [examined_anew(BRITAIN, one) for one in drafted]

    said = [examined(BRITAIN, one) for one in [*drafted, *drafted]]

    assert said == [*anew, *anew]


@settings(max_examples=5, deadline=None)
@given(st.lists(st.sampled_from(sorted(BRITAIN.regions)), min_size=1, max_size=4))
def test_a_new_version_of_the_place_is_read_as_it_is_whatever_was_kept_of_others(ended):
    for code in ended:
        region = replace(BRITAIN.regions[code], short=f"{code} anew")
        place = replace(BRITAIN, regions={**BRITAIN.regions, code: region}, contest_days=31)

        again = examined(place, ())

        assert again == examined_anew(place, ())
        assert again[0].regions[code].short == f"{code} anew"


def test_a_row_in_force_that_cannot_be_read_is_a_fault_and_does_not_vanish():
    first, *rest = BRITAIN.rules
    place = replace(BRITAIN, rules=(replace(first, lead="not a code"), *rest))
    other = PlaceChange(
        part="pack",
        key="pack",
        before=find_row(place, PARTS["pack"], "pack"),
        after=find_row(place, PARTS["pack"], "pack") | {"hotline": "0300"},
        made_by=uuid4(),
        made_at=NOW,
    )

    found = candidate_of(place, [other])

    assert found.place is None
    assert [(one.part, one.key, one.field) for one in found.faults] == [
        ("routing", first.id, "lead")
    ]


def test_a_row_in_force_that_cannot_be_read_may_be_said_anew():
    first, *rest = BRITAIN.rules
    place = replace(BRITAIN, rules=(replace(first, lead="not a code"), *rest))
    said = find_row(BRITAIN, PARTS["routing"], first.id)
    anew = PlaceChange(
        part="routing", key=first.id, before=None, after=said, made_by=uuid4(), made_at=NOW
    )

    found = candidate_of(place, [anew])

    assert found.place is not None
    assert {rule.id for rule in found.place.rules} == {rule.id for rule in BRITAIN.rules}


def test_a_rule_in_force_whose_basis_is_blank_rests_on_nothing_and_stays():
    first, *rest = BRITAIN.rules
    place = replace(BRITAIN, rules=(replace(first, basis=Text(" ", "")), *rest))

    found = candidate_of(place, [])

    assert found.place is not None
    assert found.place.rules[0] == replace(first, basis=None)


def test_regions_in_another_order_are_another_table():
    turned = dict(reversed(BRITAIN.regions.items()))
    entries_of(BRITAIN)

    rows = entries_of(replace(BRITAIN, regions=turned))["regions"]

    assert list(rows) == list(turned)


def test_tables_that_no_draft_touches_are_not_examined_again():
    seen = []
    count = kept.kept(lambda draft: seen.append(len(draft.regions)) or len(draft.kinds))
    first = parts.draft_of(entries_of(BRITAIN))
    other = replace(first, clocks=[])

    assert count(first) == count(other) == count(first) == len(first.kinds)

    assert seen == [len(first.regions)]
    count(replace(first, kinds=first.kinds[1:]))
    assert len(seen) == 2


def test_no_more_is_kept_than_a_place_and_what_it_becomes():
    made = []
    note = kept.kept(lambda draft: made.append(draft.clocks) or len(made))
    first = parts.draft_of(entries_of(BRITAIN))
    others = [replace(first, clocks=first.clocks[:number]) for number in range(3)]

    assert [note(one) for one in [*others, others[2], others[1], others[0]]] == [1, 2, 3, 3, 2, 4]
