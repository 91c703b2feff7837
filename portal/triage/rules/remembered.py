"""Earlier reports in memory, for trying the rules on a list of reports without a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from portal.triage.rules.facts import Known, Met, TriageResult
from portal.triage.rules.minhash import bands

# The hashes never leave the process.
_SECRET = b"tried in memory"


@dataclass(slots=True)
class Remembered:
    """The reports added so far, by what they share; answers as the database does."""

    secret: bytes = _SECRET
    _known: list[tuple[str, TriageResult]] = field(default_factory=list)
    _by_key: dict[str, list[int]] = field(default_factory=dict)
    _by_band: dict[int, list[int]] = field(default_factory=dict)

    def add(self, reference: str, result: TriageResult) -> None:
        """Have later reports compared with this one."""
        number = len(self._known)
        self._known.append((reference, result))
        for key in result.keys:
            self._by_key.setdefault(key, []).append(number)
        for band in set(bands(result.signature)):
            self._by_band.setdefault(band, []).append(number)

    def look_up(self, keys: frozenset[str], wanted: tuple[int, ...]) -> Met:
        """The earlier reports with any of the keys, and those with any of the bands."""
        by_key = self._those((self._by_key.get(key, []) for key in keys), keys)
        by_text = self._those((self._by_band.get(band, []) for band in wanted), frozenset())
        return Met(by_key, by_text)

    def _those(self, numbers: Iterable[list[int]], keys: frozenset[str]) -> list[Known]:
        found = sorted({number for some in numbers for number in some})
        return [_known(*self._known[number], keys) for number in found]


def _known(reference: str, result: TriageResult, keys: frozenset[str]) -> Known:
    """What is known of an earlier report; the one it repeats stands for it."""
    return Known(
        result.duplicate_of or reference,
        result.region,
        result.category,
        keys & result.keys,
        result.signature,
        frozenset(key.partition(":")[0] for key in result.keys),
        reference,
    )
