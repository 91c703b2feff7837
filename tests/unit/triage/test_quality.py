"""How often triage is right on reports of every kind: it may get better, not worse."""

import pytest

from bench.triage_quality import FILES, MERGED_FOUND, MERGED_RIGHT, judged, shares

FLOORS = {
    "category": 0.95,
    "region": 0.95,
    "department": 0.95,
    "action": 0.95,
    "flags": 0.95,
    "urgency": 0.95,
    MERGED_RIGHT: 1.0,
}
FOUND_LEAST = 0.8


@pytest.mark.requirement("A23")
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("dimension", FLOORS)
def test_triage_is_right_at_least_so_often(name, dimension):
    found = judged(name)

    right, asked = shares(found)[dimension]

    wrong = [one for one in found if one.dimension == dimension and not one.right]
    assert right / asked >= FLOORS[dimension], wrong


@pytest.mark.requirement("A23")
def test_most_reports_of_the_same_matter_are_found():
    found = [one for name in FILES for one in judged(name) if one.dimension == MERGED_FOUND]

    assert sum(one.right for one in found) / len(found) >= FOUND_LEAST


def test_there_are_a_hundred_reports_the_rules_were_not_written_for():
    assert len({one.record for one in judged("held_out_tips.jsonl")}) >= 100
