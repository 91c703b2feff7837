"""Finding a region by what people type: a name, a short name, a code, an alias, a township."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from opencc import OpenCC

from portal.jurisdiction.history import current_codes, day_in
from portal.jurisdiction.place import Level, Place, Region, Text

WIDTH = {level: number for number, level in enumerate(Level)}
TOWNSHIP_ENDINGS = ("街道", "苏木", "镇", "乡")
# What is longer is not the name of a region.
LONGEST = 80


@dataclass(frozen=True, slots=True)
class RegionMatch:
    """A region that may be meant, its whole path, and the township it was found by, if any.

    `former` is the name it was found by, when that is of a region that became this one.
    """

    code: str
    path: Text
    township: str = ""
    former: Text | None = None

    @property
    def words(self) -> Text:
        """The path, and the former name in brackets."""
        if self.former is None:
            return self.path
        old = self.former
        return Text(f"{self.path.zh}（原{old.zh}）", f"{self.path.en} (formerly {old.en})")


@dataclass(frozen=True, slots=True)
class _Hit:
    closeness: int
    region: Region
    township: str = ""
    former: Region | None = None


def search_regions(
    place: Place, text: str, limit: int = 20, *, day: date | None = None
) -> list[RegionMatch]:
    """The regions that `text` may mean, the closest first; two of one name are both there.

    Only regions that exist on `day` (today, unless it is given) are offered; the name of a
    former one leads to what it became.
    """
    return [_match(place, hit) for hit in _ranked(place, text, day)[:limit]]


@dataclass(frozen=True, slots=True)
class Meant:
    """The regions that a name may mean: the first of them, and how many there are."""

    matches: list[RegionMatch]
    count: int

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are named."""
        return self.count > len(self.matches)


def find_meant(place: Place, text: str, limit: int = 20, *, day: date | None = None) -> Meant:
    """What to offer for a name; the only region that is called just so is what was meant.

    Without that, nobody could name a city: its name begins the paths of all that lies in it.
    """
    ranked = _ranked(place, text, day)
    called_so = [hit for hit in ranked if not hit.township and hit.closeness == 0]
    meant = called_so if len(called_so) == 1 else ranked
    return Meant([_match(place, hit) for hit in meant[:limit]], len(meant))


def _ranked(place: Place, text: str, day: date | None) -> list[_Hit]:
    wanted = _to_simplified().convert(_fold(text[:LONGEST]))
    if not wanted:
        return []
    best: dict[str, _Hit] = {}
    on = day or day_in(place)
    for hit in (*_region_hits(place, wanted, on), *_township_hits(place, wanted)):
        known = best.get(hit.region.code)
        if known is None or _nearness(hit) < _nearness(known):
            best[hit.region.code] = hit
    return sorted(best.values(), key=_rank)


@dataclass(frozen=True, slots=True)
class _Spelt:
    """The ways to write one region, folded: its names, and its whole path."""

    region: Region
    names: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    """The spellings of one place, made once for as long as it is the current one."""

    place: Place | None = None
    spelt: tuple[_Spelt, ...] = ()
    townships: Mapping[str, str] = field(default_factory=dict)


_latest = _Index()


def _index_of(place: Place) -> _Index:
    global _latest  # noqa: PLW0603  # one place is current in a process
    index = _latest
    if index.place is not place:
        spelt = [_Spelt(r, _names(r), _paths(place, r)) for r in place.regions.values()]
        index = _Index(place, tuple(spelt), {_fold(name): name for name in place.townships})
        _latest = index
    return index


def _nearness(hit: _Hit) -> tuple[bool, int, bool]:
    """A region's own name comes before that of a township in it, or of what it was made of."""
    return bool(hit.township), hit.closeness, hit.former is not None


def _rank(hit: _Hit) -> tuple[bool, int, bool, int, str]:
    return *_nearness(hit), WIDTH[hit.region.level], hit.region.code


def _match(place: Place, hit: _Hit) -> RegionMatch:
    code = hit.region.code
    if code == place.root:
        return RegionMatch(code, hit.region.name)
    english = place.region_name(code, "en") + (f" ({hit.township})" if hit.township else "")
    path = Text(place.region_name(code, "zh") + hit.township, english)
    return RegionMatch(code, path, hit.township, hit.former.name if hit.former else None)


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def _fold(text: str) -> str:
    """Small letters of half width, no spaces or punctuation: how names are compared."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "-")


def _region_hits(place: Place, wanted: str, day: date) -> Iterator[_Hit]:
    for spelt in _index_of(place).spelt:
        closeness = _closeness(spelt, wanted)
        if closeness is None:
            continue
        if spelt.region.holds_on(day):
            yield _Hit(closeness, spelt.region)
            continue
        for code in current_codes(place, spelt.region.code, day):
            yield _Hit(closeness, place.regions[code], former=spelt.region)


def _closeness(spelt: _Spelt, wanted: str) -> int | None:
    """0 the very name, code or path, 1 the start of one, 2 part of the path; None otherwise."""
    if wanted in spelt.names or wanted in spelt.paths:
        return 0
    if any(name.startswith(wanted) for name in spelt.names):
        return 1
    if any(wanted in path for path in spelt.paths):
        return 2
    return None


def _names(region: Region) -> tuple[str, ...]:
    named = (region.code, region.name.zh, region.short, region.name.en, *region.aliases)
    return tuple(_fold(name) for name in named)


def _paths(place: Place, region: Region) -> tuple[str, ...]:
    """The ways to write the region with those above it: 江苏省常州市武进区, 江苏常州武进."""
    steps = place.lineage(region.code)
    full = [_fold(step.name.zh) for step in steps]
    short = [_fold(step.short) for step in steps]
    english = [_fold(step.name.en) for step in reversed(steps)]
    mixed = [*short[:-1], *full[-1:]]
    without_middle = [*full[:1], *full[2:]] if full[2:] else full
    return (
        "".join(full),
        "".join(short),
        "".join(mixed),
        "".join(without_middle),
        "".join(english),
    )


def _township_hits(place: Place, wanted: str) -> Iterator[_Hit]:
    """By the name of a township with or without its ending."""
    townships = _index_of(place).townships
    for candidate in (wanted, *(wanted + ending for ending in TOWNSHIP_ENDINGS)):
        name = townships.get(candidate)
        for code in place.townships[name] if name else ():
            yield _Hit(1, place.regions[code], name or "")
