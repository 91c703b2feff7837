"""Earlier reports in memory, for trying the rules on a list of reports without a database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from portal.triage.rules.facts import Known, TriageResult
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

    def sharing(self, keys: frozenset[str]) -> Sequence[Known]:
        """The earlier reports with any of the keys, oldest first."""
        return self._those((self._by_key.get(key, []) for key in keys), keys)

    def near(self, wanted: tuple[int, ...]) -> Sequence[Known]:
        """The earlier reports with any of the bands, oldest first."""
        return self._those((self._by_band.get(band, []) for band in wanted), frozenset())

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
    )
