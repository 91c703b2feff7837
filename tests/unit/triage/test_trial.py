"""Trying the rules on a list of reports: each against those before it, wrong lines named."""

import json
from dataclasses import replace

import pytest

from portal.kernel.errors import RuleBroken
from portal.triage.trial import NOT_IN_LISTS, TipShape, Trial
from tests.factories.packs import shipped
from tests.unit.triage.samples import DATA

KEYS = (
    *("id", "category", "suggested_category", "region", "region_candidates", "department"),
    *("co_departments", "urgency", "action", "duplicate_of", "related_to", "flags", "rule"),
    "explanation",
)
TIP = {"id": "A1", "pack": "en-ipo", "text": "A stall in Digbeth sells pirated DVDs."}


def tried(*lines):
    """Outcomes and problems of these lines."""
    trial = Trial("tips.jsonl")
    rows = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return list(trial.outcomes(rows)), [str(problem) for problem in trial.problems]


@pytest.fixture(scope="module")
def sample():
    """The twenty sample tips, each beside what came out."""
    lines = (DATA / "tips.jsonl").read_bytes().splitlines()
    outcomes = list(Trial("tips.jsonl").outcomes(lines))
    tips = [json.loads(line) for line in lines]
    assert [tip["id"] for tip in tips] == [one["id"] for one in outcomes]
    return [(tip["expected"], one) for tip, one in zip(tips, outcomes, strict=True)]


def right_region(expected, found):
    if expected["region_level"] == "ambiguous":
        wanted = set(expected.get("region_candidates", ()))
        return found["region"] is None and wanted <= set(found["region_candidates"])
    return found["region"] == expected["region_code"]


@pytest.mark.requirement("A23")
def test_the_sample_tips_find_their_region_desk_action_and_flags(sample):
    counts = {
        "region": sum(right_region(*pair) for pair in sample),
        "department": sum(e["department"] == f["department"] for e, f in sample),
        "duplicates": sum(e["duplicate_of"] == f["duplicate_of"] for e, f in sample),
        "action": sum(e["action"] == f["action"] for e, f in sample),
        "flags": sum(set(e["flags"]) == set(f["flags"]) for e, f in sample),
    }

    assert (counts["region"], counts["duplicates"]) == (20, 20)
    assert counts["department"] >= 19
    assert counts["action"] >= 18
    assert counts["flags"] >= 18


def test_an_outcome_has_the_keys_of_such_lists_in_order(sample):
    assert all(tuple(found) == KEYS for _expected, found in sample)
    assert not any(NOT_IN_LISTS & set(found["flags"]) for _expected, found in sample)
    assert all(line["zh"] and line["en"] for _, found in sample for line in found["explanation"])


def test_what_a_record_expects_is_never_read():
    lying = {**TIP, "expected": {"department": "TRIAGE", "category": "other.spam"}}
    broken = {**TIP, "expected": 7}

    plain, _ = tried(TIP)

    assert tried(lying) == (plain, [])
    assert tried(broken) == (plain, [])
    assert "expected" not in TipShape.model_fields


def test_each_is_compared_with_those_before_it_and_of_its_own_pack():
    again = {**TIP, "id": "A2"}
    elsewhere = {"id": "B1", "pack": "cn-culture", "text": TIP["text"]}

    (first, second, third), _ = tried(TIP, again, elsewhere)

    assert (first["duplicate_of"], second["duplicate_of"]) == (None, "A1")
    assert third["duplicate_of"] is None


WRONG = [
    (b"{", "line 2: is not JSON; would be right: one JSON object on each line"),
    (b"[]", 'line 2: is not a JSON object; would be right: {"id": …, "pack": …, "text": …}'),
    (b"[" * 100_000, "line 2: is not JSON"),
    (b"\xff\xfe", "line 2: is not UTF-8 text"),
    ({**TIP, "id": ""}, "line 2, id: is empty"),
    ({"id": "A2", "pack": "en-ipo"}, "line 2, text: is missing"),
    ({**TIP, "id": "A2", "pack": "fr-ip"}, "line 2, pack: 'fr-ip' is not known"),
    ({**TIP, "id": "A2", "kind": "gift"}, "line 2, kind: 'gift' is not known"),
    ({**TIP, "id": "A2", "text": 7}, "line 2, text: '7' is not a text"),
    ({**TIP, "id": "A2", "urls": "x"}, "line 2, urls: 'x' is not a list"),
    (
        {**TIP, "id": "A2", "submitted_at": "yesterday"},
        "line 2, submitted_at: 'yesterday' is not a moment",
    ),
    ({**TIP, "id": "A2", "submitted_at": "2026-10-01T08:00:00"}, "line 2, submitted_at: '2026-"),
    ({**TIP, "id": "A2", "reporter": {"mode": "loud"}}, "line 2, reporter.mode: 'loud' is not"),
    (TIP, "line 2, id: 'A1' is there twice, first on line 1; would be right: each only once"),
]


@pytest.mark.parametrize(("line", "problem"), WRONG)
def test_a_wrong_line_is_named_and_the_others_are_tried_all_the_same(line, problem):
    outcomes, problems = tried(TIP, line, {**TIP, "id": "Z9"})

    assert [one["id"] for one in outcomes] == ["A1", "Z9"]
    assert len(problems) == 1
    assert problems[0].startswith(f"tips.jsonl {problem}")


def test_empty_lines_and_a_byte_order_mark_are_passed_over():
    outcomes, problems = tried(b"\xef\xbb\xbf" + json.dumps(TIP).encode(), b"  ", b"")

    assert (len(outcomes), problems) == (1, [])


def test_half_a_character_breaks_nothing():
    outcomes, problems = tried({**TIP, "text": TIP["text"] + "\ud800"})

    assert (len(outcomes), problems) == (1, [])


@pytest.mark.parametrize("name", ["id", "pack", "text", "reporter", "urls", "submitted_at", "kind"])
@pytest.mark.parametrize("value", [None, 1.5, True, {}, [1], {"mode": 5}, "\ud800", "x" * 500])
def test_a_wrong_value_is_told_in_our_words_with_line_and_field_and_not_at_length(name, value):
    good = {"id": "A1", "pack": "cn-culture", "text": "示例"}
    trial = Trial("list.jsonl")

    list(trial.outcomes([json.dumps({**good, name: value}).encode()]))

    for problem in map(str, trial.problems):
        assert problem.startswith(f"list.jsonl line 1, {name}")
        assert "nput should" not in problem
        assert "is not right" not in problem
        assert "x" * 100 not in problem


def test_another_pack_of_the_same_country_is_tried_only_when_it_was_named():
    place = replace(shipped("en_ip_office"), pack="en-other")
    line = json.dumps(TIP).encode()

    with pytest.raises(RuleBroken, match="which-pack"):
        list(Trial("tips.jsonl", (place,)).outcomes([line]))
    [found] = Trial("tips.jsonl", (place,), named=True).outcomes([line])

    assert found["id"] == "A1"
