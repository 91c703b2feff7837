"""The truth table of routing: every category at every level of region, for both packs."""

import csv
from pathlib import Path

import pytest

from portal.triage.rules.facts import Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from tests.unit.triage.samples import PACKS, place_of

TABLE = Path(__file__).with_name("routing.csv")
NEUTRAL = {
    "cn_culture_market": "请到现场看一看，我在那里看见了这件事，希望有人去核实情况。",
    "en_ip_office": "Please come and look at what I saw there last week and check it.",
}


def _rows():
    with TABLE.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


ROWS = _rows()


@pytest.mark.requirement("A23")
@pytest.mark.requirement("E14")
@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['pack']}-{row['category']}-{row['region_level']}"
)
def test_a_category_at_a_level_of_region_has_the_desk_of_the_table(row):
    place = place_of(row["pack"])
    sent = Submission(
        narrative=NEUTRAL[row["pack"]],
        category=row["category"],
        region=row["example_region"] or None,
    )

    result = triage(sent, place, Remembered())

    assert result.department == row["lead"]
    assert list(result.co_departments) == row["support"].split()
    assert result.unit == row["unit"]
    assert row["example_region"] == "" or result.region == row["example_region"]


@pytest.mark.parametrize("pack", sorted(PACKS.values()))
def test_the_table_names_every_category_of_a_pack_at_every_level(pack):
    place = place_of(pack)
    levels = {region.level.value for region in place.regions.values()} | {"none"}

    named = {(row["category"], row["region_level"]) for row in ROWS if row["pack"] == pack}

    assert named == {(category, level) for category in place.categories for level in levels}
