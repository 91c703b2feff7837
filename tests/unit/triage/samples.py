"""Sample reports run through triage in order, each against those before it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from portal.jurisdiction.place import Place
from portal.triage.rules.facts import Submission, TriageResult
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from tests.factories.packs import shipped

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data"
PACKS = {"cn-culture": "cn_culture_market", "en-ipo": "en_ip_office"}


def place_of(pack: str) -> Place:
    """The shipped pack that the samples call `cn-culture` or `en-ipo`."""
    return shipped(PACKS.get(pack, pack))


def submission_of(record: Mapping[str, Any]) -> Submission:
    """A record as its reporter would send it: not sure of the category, no region chosen."""
    return Submission(
        narrative=record["text"],
        title=record.get("title") or "",
        urls=tuple(record.get("urls") or ()),
        kind=record.get("kind", "tip"),
        channel=record.get("channel", "web"),
        language=record.get("lang", "zh-Hans"),
        contact_mode=record.get("reporter", {}).get("mode", "anonymous"),
        attachments=tuple(record.get("attachments") or ()),
        received_at=datetime.fromisoformat(record["submitted_at"])
        if "submitted_at" in record
        else None,
    )


@cache
def records(name: str) -> tuple[Mapping[str, Any], ...]:
    """The records of a file of tests/data, in order."""
    rows = (DATA / name).read_text("utf-8").splitlines()
    return tuple(json.loads(row) for row in rows if row.strip())


@cache
def outcomes(name: str) -> Mapping[str, TriageResult]:
    """What triage makes of every record of a file, by its id."""
    earlier = {pack: Remembered() for pack in PACKS}
    found: dict[str, TriageResult] = {}
    for record in records(name):
        before = earlier[record["pack"]]
        result = triage(submission_of(record), place_of(record["pack"]), before)
        before.add(record["id"], result)
        found[record["id"]] = result
    return found


def pairs(name: str) -> Iterator[tuple[Mapping[str, Any], TriageResult]]:
    """Each record with its outcome."""
    return ((record, outcomes(name)[record["id"]]) for record in records(name))
