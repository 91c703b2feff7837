"""How often triage is right on the samples: `python -m bench.triage_quality [--wrong]`.

Each file is read in order, each report against those before it, as the tests do. A record counts in
the dimensions that its `expected` names; `--wrong` lists what was not as expected.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench import table
from bench.table import Result, at_least, load_now
from portal.triage.rules.facts import TriageResult
from tests.unit.triage.samples import pairs

FILES = (
    "tips.jsonl",
    "more_tips.jsonl",
    "held_out_tips.jsonl",
    "held_out_tips_2.jsonl",
    "held_out_tips_3.jsonl",
    "held_out_tips_4.jsonl",
    "held_out_tips_5.jsonl",
    "held_out_tips_6.jsonl",
    "held_out_tips_7.jsonl",
    "held_out_tips_8.jsonl",
    "held_out_tips_9.jsonl",
)
PLAIN = ("category", "department", "urgency", "quality", "action")
SETS = ("co_departments", "related_to", "region_candidates")
MERGED_RIGHT, MERGED_FOUND = "duplicate precision", "duplicate recall"
GOALS = {"region": 0.95, "department": 0.95, "action": 0.9, "flags": 0.9, MERGED_RIGHT: 1.0}


@dataclass(frozen=True, slots=True)
class Judged:
    """One dimension of one record: what was wanted, and what came out."""

    record: str
    dimension: str
    wanted: object
    found: object

    @property
    def right(self) -> bool:
        return self.wanted == self.found


def judged(name: str) -> list[Judged]:
    """Every dimension that the records of a file of tests/data name."""
    return [
        Judged(record["id"], dimension, wanted, found)
        for record, result in pairs(name)
        for dimension, wanted, found in _compared(record["expected"], result)
    ]


def _compared(
    expected: Mapping[str, Any], result: TriageResult
) -> Iterator[tuple[str, object, object]]:
    for field in PLAIN:
        if field in expected:
            yield field, expected[field], str(getattr(result, field))
    for field in SETS:
        if field in expected:
            yield field, sorted(expected[field]), sorted(getattr(result, field))
    if "region_code" in expected:
        level = expected.get("region_level", result.region_level)
        yield "region", (expected["region_code"], level), (result.region, result.region_level)
    yield from _compared_sets(expected, result)


def _compared_sets(
    expected: Mapping[str, Any], result: TriageResult
) -> Iterator[tuple[str, object, object]]:
    """Flags: all that are named and none that is excluded. Duplicates: found, and rightly so."""
    if "flags" in expected or "no_flags" in expected:
        named, unwanted = set(expected.get("flags", ())), set(expected.get("no_flags", ()))
        found = set(result.flags)
        yield "flags", (sorted(named), []), (sorted(named & found), sorted(unwanted & found))
    if result.duplicate_of is not None:
        yield MERGED_RIGHT, expected.get("duplicate_of"), result.duplicate_of
    if expected.get("duplicate_of") is not None:
        yield MERGED_FOUND, expected["duplicate_of"], result.duplicate_of


def shares(found: list[Judged]) -> dict[str, tuple[int, int]]:
    """For each dimension how many are right, and of how many."""
    counted: dict[str, tuple[int, int]] = {}
    for one in found:
        right, asked = counted.get(one.dimension, (0, 0))
        counted[one.dimension] = right + one.right, asked + 1
    return dict(sorted(counted.items()))


def quality() -> Iterator[Result]:
    """A line of the table for each file and dimension."""
    for name in FILES:
        for dimension, (right, asked) in shares(judged(name)).items():
            share, goal = right / asked, GOALS.get(dimension)
            yield Result(
                "issue 3",
                f"triage of {name}: {dimension}",
                f"{right}/{asked}",
                f"{goal:.0%}" if goal else "",
                f"{share:.0%}",
                at_least(share, goal) if goal else "",
                load_now(),
            )


def main() -> None:
    """Print the table, and on demand what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wrong", action="store_true", help="list what was not as expected")
    chosen = parser.parse_args()
    table.head()
    for result in quality():
        table.say(result)
    for one in (one for name in FILES if chosen.wrong for one in judged(name)):
        if not one.right:
            print(f"{one.record} {one.dimension}: wanted {one.wanted}, found {one.found}")


if __name__ == "__main__":
    main()
