"""The sample reports: each goes where it should, and none to a wrong place."""

import re

import pytest

from portal.triage.states import LikenessReason
from tests.unit.triage.samples import outcomes, place_of, records

FILES = ("tips.jsonl", "more_tips.jsonl")
EXACT = (
    "category",
    "department",
    "region_level",
    "action",
    "urgency",
    "quality",
    "duplicate_of",
)
CASES = [(name, record) for name in FILES for record in records(name)]


def _id(case):
    return case[1]["id"]


@pytest.mark.requirement("A23")
@pytest.mark.parametrize("case", CASES, ids=_id)
def test_a_sample_report_is_triaged_as_expected(case):
    name, record = case
    expected, result = record["expected"], outcomes(name)[record["id"]]

    wanted = {field: expected[field] for field in EXACT if field in expected}
    found = {field: getattr(result, field) for field in wanted}

    assert found == wanted
    assert "region_code" not in expected or result.region == expected["region_code"]
    assert set(expected.get("flags", ())) <= set(result.flags)
    assert set(expected.get("no_flags", ())).isdisjoint(result.flags)
    assert len(result.split or (None,)) == expected.get("split_count", len(result.split or (None,)))


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_region_candidates_of_a_sample_are_those_expected(case):
    name, record = case
    wanted = record["expected"].get("region_candidates")
    if wanted is None:
        return

    found = outcomes(name)[record["id"]].region_candidates

    assert sorted(found) == sorted(wanted)


def test_no_sample_is_taken_for_a_duplicate_of_another_matter():
    for name in FILES:
        for record in records(name):
            if "duplicate_of" in record["expected"]:
                result = outcomes(name)[record["id"]]
                assert result.duplicate_of == record["expected"]["duplicate_of"], record["id"]


@pytest.mark.parametrize("name", FILES)
def test_every_true_duplicate_of_the_samples_is_found_and_no_false_one(name):
    true = {
        (record["id"], record["expected"]["duplicate_of"])
        for record in records(name)
        if record["expected"].get("duplicate_of")
    }
    found = {
        (record, result.duplicate_of)
        for record, result in outcomes(name).items()
        if result.duplicate_of
    }

    assert len(true) > 0
    assert found == true


@pytest.mark.parametrize("name", FILES)
def test_every_offer_of_the_samples_says_what_agrees(name):
    offered = [alike for result in outcomes(name).values() for alike in result.alike]

    assert offered
    assert all(alike.reasons for alike in offered)
    assert {reason for alike in offered for reason in alike.reasons} <= set(LikenessReason)


def test_the_first_samples_have_secondary_categories_and_supporting_departments():
    wrong = [
        record["id"]
        for record in records("tips.jsonl")
        if list(outcomes("tips.jsonl")[record["id"]].secondary) != record["expected"]["secondary"]
    ]

    assert wrong == []


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_every_outcome_is_explained_by_a_rule_in_both_languages(case):
    result = outcomes(case[0])[case[1]["id"]]

    assert result.rule
    assert any(line.code.startswith("route.") for line in result.explanation)
    assert all(line.sentence.zh and line.sentence.en for line in result.explanation)


@pytest.mark.requirement("U44")
@pytest.mark.parametrize("case", CASES, ids=_id)
def test_an_explanation_quotes_no_number_and_no_address_of_the_report(case):
    result = outcomes(case[0])[case[1]["id"]]
    said = " ".join(line.sentence.zh + line.sentence.en for line in result.explanation)

    private = (*result.entities.phones, *result.entities.id_numbers, *result.entities.urls)
    assert not any(value in said for value in private)


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_an_explanation_names_no_other_report_and_no_day(case):
    result = outcomes(case[0])[case[1]["id"]]
    told = {
        *(line.sentence.zh + line.sentence.en for line in result.explanation),
        *(value for line in result.explanation for value in line.params.values()),
    }

    others = [*result.related_to, *([result.duplicate_of] if result.duplicate_of else [])]
    assert not any(other in text for other in others for text in told)
    assert not any(re.search(r"\d{4}-\d{2}-\d{2}", text) for text in told)


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("case", CASES, ids=_id)
def test_a_unit_that_is_kept_out_is_a_unit_that_exists(case):
    result = outcomes(case[0])[case[1]["id"]]

    assert set(result.excluded_units) <= set(place_of(case[1]["pack"]).departments)


@pytest.mark.requirement("F21")
@pytest.mark.parametrize("case", CASES, ids=_id)
def test_no_sample_about_something_else_is_taken_for_child_abuse(case):
    result = outcomes(case[0])[case[1]["id"]]

    suspected = "csam_suspected" in result.flags
    assert suspected == (case[1]["expected"].get("category") == "child_abuse.material")
