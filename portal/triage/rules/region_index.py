"""The names of a place's regions, ready to be found in a text; built once for each version."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.jurisdiction.history import current_codes
from portal.jurisdiction.place import Level, Place, Region
from portal.triage.rules.per_place import per_place
from portal.triage.rules.scan import PhraseIndex

_NAMELESS = re.compile("^(?:市辖区|县|省直辖.*|自治区直辖.*|全国|中国)$")

_OF_A_PEOPLE = re.compile("族(?:自治县|自治州|自治旗|区)$")
_PEOPLES = re.compile("(?:(?:回|满|蒙古|壮|苗|侗|土家|瑶|彝|达斡尔|锡伯|朝鲜)族?)+$")
_NAME_LEAST = 4
_SAYS_ITS_KIND = re.compile("[a-z]{4,} (?:district|county|banner|new area)$")


class NameKind(StrEnum):
    """How much a name says by itself."""

    FULL = "full"
    SHORT = "short"
    TOWNSHIP = "township"
    BARE_TOWNSHIP = "bare-township"


@dataclass(frozen=True, slots=True)
class Name:
    """One meaning of a name: what it is called and the region (for a township, its county)."""

    kind: NameKind
    code: str


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a name means on a day: what bears it then, and what became of those that bore it.

    `former` has pairs of a code of today and the one that it comes from.
    """

    now: tuple[Name, ...]
    former: tuple[tuple[str, str], ...] = ()
    heirs: tuple[Name, ...] = ()

    @property
    def first(self) -> tuple[Name, ...]:
        """The meanings a reader thinks of: a former name counts where no region bears it now."""
        return self.now or self.heirs


class RegionIndex:
    """Names to regions for one place, with the relations triage asks about."""

    __slots__ = ("_ancestors", "_dated", "names", "place")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.names: PhraseIndex[Name] = PhraseIndex(_names(place))
        self._ancestors = {
            code: frozenset(step.code for step in place.lineage(code)) for code in place.regions
        }
        self._dated = frozenset(
            code for code, region in place.regions.items() if region.valid_from or region.valid_to
        )

    def on(self, day: date, names: Sequence[Name]) -> Meanings:
        """The meanings of a name on a day; one of a former region leads to its successors."""
        if self._dated.isdisjoint(name.code for name in names):
            return Meanings(tuple(names))
        regions = self.place.regions
        now = tuple(name for name in names if regions[name.code].holds_on(day))
        gone = (name for name in names if name not in now)
        heirs = [
            (name, code) for name in gone for code in current_codes(self.place, name.code, day)
        ]
        borne = {name.code for name in now}
        return Meanings(
            now=now,
            former=tuple((code, name.code) for name, code in heirs if code not in borne),
            heirs=tuple(Name(name.kind, code) for name, code in heirs),
        )

    def inside(self, region: str, outer: str) -> bool:
        """Whether `region` is `outer` or lies in it."""
        return outer in self._ancestors.get(region, ())

    def related(self, one: str, other: str) -> bool:
        """Whether one of the two lies in the other."""
        return self.inside(one, other) or self.inside(other, one)

    def depth(self, region: str) -> int:
        return len(self._ancestors.get(region, ()))


def _names(place: Place) -> Iterator[tuple[str, Name]]:
    for region in place.regions.values():
        if region.parent is None:
            continue
        for name, kind in _names_of(region):
            if not _NAMELESS.match(name):
                yield name, Name(kind, region.code)
    for name, codes in place.townships.items():
        yield from _township_names(name.lower(), tuple(c for c in codes if c in place.regions))


def _township_names(name: str, codes: tuple[str, ...]) -> Iterator[tuple[str, Name]]:
    """A township as the pack writes it, and without its suffix (稠江 for 稠江街道)."""
    bare = re.sub("(?:镇|乡|街道)$", "", name)
    for code in codes:
        yield name, Name(NameKind.TOWNSHIP, code)
        if len(bare) > 1 and bare != name:
            whole = bare.endswith(("镇", "乡"))  # 乌镇 of 乌镇镇 is how people write it
            yield bare, Name(NameKind.TOWNSHIP if whole else NameKind.BARE_TOWNSHIP, code)


def _names_of(region: Region) -> Iterator[tuple[str, NameKind]]:
    full, short = region.name.zh.lower(), region.short.lower()
    english = region.name.en.lower()
    yield full, NameKind.FULL
    if len(short) > 1 and short != full:
        yield short, NameKind.SHORT
    if _OF_A_PEOPLE.search(full):
        yield f"{_PEOPLES.sub('', short)}{full[-1]}", NameKind.FULL  # 管城区 for 管城回族区
    for name in _english_names(english, region.level):
        if name not in {full, short}:
            yield name, NameKind.FULL
    for alias in region.aliases:
        if alias.lower() not in {full, short, english}:
            yield alias.lower(), NameKind.SHORT


def _english_names(english: str, level: Level) -> tuple[str, ...]:
    """The name, the name up to a comma, and the towns it is made of (Brighton and Hove).

    Of a county or a district the whole name if it says so: a bare Gulou could be anything.
    """
    if level is Level.COUNTY:
        return (english,) if _SAYS_ITS_KIND.search(english) else ()
    head = english.partition(",")[0]
    parts = (*head.split(" and "), head.partition(" upon ")[0])
    return tuple(dict.fromkeys(n for n in (english, head, *parts) if len(n) >= _NAME_LEAST))


@per_place
def index_of(place: Place) -> RegionIndex:
    """The index of a place, built at the first call for it."""
    return RegionIndex(place)
