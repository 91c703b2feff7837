"""Sample reports run through triage in order, each against those before it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from portal.jurisdiction.pack import read_pack
from portal.jurisdiction.place import Place
from portal.triage.rules.facts import Known, Submission, TriageResult
from portal.triage.rules.minhash import bands
from portal.triage.rules.pipeline import triage

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data"
PACKS = {"cn-culture": "cn_culture_market", "en-ipo": "en_ip_office"}


@cache
def place_of(pack: str) -> Place:
    """The shipped pack that the samples call `cn-culture` or `en-ipo`."""
    return read_pack(ROOT / "portal" / "jurisdiction" / "packs" / PACKS.get(pack, pack))


@dataclass
class Earlier:
    """The earlier reports, in memory."""

    secret: bytes = b"samples"
    results: list[tuple[str, TriageResult]] = field(default_factory=list)

    def sharing(self, keys: frozenset[str]) -> Sequence[Known]:
        return [_known(ref, result, keys) for ref, result in self.results if keys & result.keys]

    def near(self, wanted: tuple[int, ...]) -> Sequence[Known]:
        return [
            _known(ref, result, frozenset())
            for ref, result in self.results
            if not set(wanted).isdisjoint(bands(result.signature))
        ]


def _known(reference: str, result: TriageResult, keys: frozenset[str]) -> Known:
    kinds = frozenset(key.partition(":")[0] for key in result.keys)
    return Known(
        result.duplicate_of or reference,
        result.region,
        result.category,
        keys & result.keys,
        result.signature,
        kinds,
    )


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
    earlier = {pack: Earlier() for pack in PACKS}
    found: dict[str, TriageResult] = {}
    for record in records(name):
        before = earlier[record["pack"]]
        result = triage(submission_of(record), place_of(record["pack"]), before)
        before.results.append((record["id"], result))
        found[record["id"]] = result
    return found


def pairs(name: str) -> Iterator[tuple[Mapping[str, Any], TriageResult]]:
    """Each record with its outcome."""
    return ((record, outcomes(name)[record["id"]]) for record in records(name))
