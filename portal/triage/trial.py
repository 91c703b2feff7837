"""Trying the rules on a list of reports, one JSON object a line; nothing is stored.

The form of a record is that of `tests/data/tips.jsonl`. What a record says should become of it
(`expected`) is not read.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict

from portal.jurisdiction.pack import pack_folder, read_pack
from portal.jurisdiction.pack_files import PackProblem, Record
from portal.jurisdiction.pack_shapes import Filled, Shape, shape_all
from portal.jurisdiction.place import Place
from portal.jurisdiction.sentences import Sentence, verbatim
from portal.kernel.errors import RuleBroken
from portal.triage.rules.facts import Submission, TriageResult
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered

# What lists of reports call the shipped packs.
PACKS = {"cn-culture": "cn_culture_market", "en-ipo": "en_ip_office"}
# Flags that they have no word for; the explanation has.
NOT_IN_LISTS = frozenset({"near_school", "priority_region", "link_only_files"})


class _Part(Shape):
    """Fields that are of no use here are passed over, `expected` among them."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SenderShape(_Part):
    mode: Literal["anonymous", "confidential", "named"] = "anonymous"


class TipShape(_Part):
    """One report of a list; not sure of the category, no region chosen."""

    id: Filled
    pack: Literal["cn-culture", "en-ipo"]
    text: str
    title: str | None = None
    kind: Literal["tip", "rightsholder_complaint", "counter_notice"] = "tip"
    lang: Filled = "zh-Hans"
    channel: Filled = "web"
    submitted_at: AwareDatetime | None = None
    reporter: SenderShape = SenderShape()
    urls: tuple[str, ...] | None = None
    attachments: tuple[str, ...] | None = None

    def submission(self) -> Submission:
        return Submission(
            narrative=self.text,
            title=self.title or "",
            urls=self.urls or (),
            kind=self.kind,
            channel=self.channel,
            language=self.lang,
            contact_mode=self.reporter.mode,
            attachments=self.attachments or (),
            received_at=self.submitted_at,
        )


@dataclass(slots=True)
class Trial:
    """A run over one list: each report is compared with those before it of the same pack.

    A report is tried in the one of `places` that is of the same country as its pack, without one
    in the pack as it is shipped. What is tried because it is in force and not because somebody
    `named` it has to be that very pack: two packs of one country have different rules.
    """

    name: str
    places: Collection[Place] = ()
    named: bool = False
    problems: list[PackProblem] = field(default_factory=list)
    _before: dict[str, Remembered] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def outcomes(self, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """What becomes of each report; what is wrong with a line goes to `problems`."""
        for number, line in enumerate(lines, start=1):
            tip = self._read(number, line.removeprefix(b"\xef\xbb\xbf")) if line.strip() else None
            if tip is not None:
                yield self._try(tip)

    def _try(self, tip: TipShape) -> dict[str, Any]:
        before = self._before.setdefault(tip.pack, Remembered())
        result = triage(tip.submission(), self._place_for(tip.pack), before)
        before.add(tip.id, result)
        return _told(tip.id, result)

    def _place_for(self, pack: str) -> Place:
        """The rules to try on a pack's reports; RuleBroken if it is unclear which are meant."""
        shipped = _place(pack)
        here = next((one for one in self.places if one.root == shipped.root), shipped)
        if here.pack != shipped.pack and not self.named:
            raise RuleBroken("which-pack", reports=shipped.pack, place=here.pack)
        return here

    def _read(self, number: int, line: bytes) -> TipShape | None:
        values = self._values(number, line)
        if values is None:
            return None
        record = Record(self.name, number, values)
        found = [entry.row for entry in shape_all([record], TipShape, self.problems)]
        if not found:
            return None
        first = self._seen.setdefault(found[0].id, number)
        if first != number:
            what = Sentence(
                "'%(code)s' is there twice, first on line %(line)d", code=found[0].id, line=first
            )
            self.problems.append(record.problem("id", what, Sentence("each only once")))
            return None
        return found[0]

    def _values(self, number: int, line: bytes) -> dict[str, Any] | None:
        try:
            values = json.loads(line.decode())
        except UnicodeDecodeError:
            right = Sentence("the file saved as UTF-8")
            self._wrong(number, Sentence("is not UTF-8 text"), right)
        except (ValueError, RecursionError):
            right = Sentence("one JSON object on each line")
            self._wrong(number, Sentence("is not JSON"), right)
        else:
            if isinstance(values, dict):
                return values
            right = verbatim('{"id": …, "pack": …, "text": …}')
            self._wrong(number, Sentence("is not a JSON object"), right)
        return None

    def _wrong(self, number: int, what: Sentence, right: Sentence) -> None:
        self.problems.append(PackProblem(self.name, number, "", what, right))


@cache
def _place(pack: str) -> Place:
    return read_pack(pack_folder(PACKS[pack]))


def _told(name: str, result: TriageResult) -> dict[str, Any]:
    """The outcome in the words of such lists."""
    return {
        "id": name,
        "category": result.category,
        "suggested_category": result.suggested_category,
        "region": result.region,
        "region_candidates": list(result.region_candidates),
        "department": result.department,
        "co_departments": list(result.co_departments),
        "urgency": result.urgency.value,
        "action": result.action,
        "duplicate_of": result.duplicate_of,
        "related_to": list(result.related_to),
        "flags": [flag for flag in result.flags if flag not in NOT_IN_LISTS],
        "rule": result.rule,
        "explanation": [
            {"code": line.code, "zh": line.sentence.zh, "en": line.sentence.en}
            for line in result.explanation
        ],
    }
