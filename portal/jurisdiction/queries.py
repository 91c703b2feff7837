"""Reading the place: the current one, kept in the process, and those of earlier versions."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.infra.database import db
from portal.jurisdiction import models as m
from portal.jurisdiction.place import ClockRule, Place
from portal.jurisdiction.rows import HEAD, clock_of, place_of
from portal.jurisdiction.search import Meant, RegionMatch, find_meant, search_regions
from portal.jurisdiction.tables import Text
from portal.kernel.errors import NotFound, Unavailable

__all__ = [
    "Meant",
    "RegionMatch",
    "UnitNames",
    "clock_rules",
    "current_place",
    "current_version",
    "find_meant",
    "find_unit_names",
    "forget_place",
    "held_rows",
    "is_department",
    "kept_by_version",
    "newest_version",
    "place_at",
    "search_regions",
    "standing_place",
    "stands",
    "unit_name",
    "zone_name",
]

# How long, in seconds, a process may serve the place it knows before it looks for a newer one.
CHECK_EVERY = 1.0


@dataclass(slots=True)
class _Kept:
    """The place of this process; replaced as a whole, so that threads need no lock."""

    place: Place | None = None
    checked_at: float = 0.0
    clocks: dict[int, Mapping[str, ClockRule]] = field(default_factory=dict)


_kept = _Kept()
_by_version: list[Callable[[], None]] = []
Made = TypeVar("Made")

# Earlier versions that were asked for lately. A version never changes once it is committed.
MOST_VERSIONS_KEPT = 4
_earlier: OrderedDict[int, Place] = OrderedDict()


def current_place() -> Place:
    """The loaded place; a change made elsewhere is seen within a second.

    Whether it is looked for is a matter of the moment, so it writes nothing that waits in the
    session: that may not be complete yet. Raises Unavailable with the code `no-pack` if none was
    ever loaded.
    """
    place = _kept.place
    if place is not None and monotonic() - _kept.checked_at < CHECK_EVERY:
        return place
    with db.session.no_autoflush:
        version = current_version(db.session())
        if version is None:
            raise Unavailable("no-pack", remedy="sunline pack load cn_culture_market")
        if place is None or place.version != version:
            place = _read_place(version)
            _kept.place = place
    _kept.checked_at = monotonic()
    return place


def is_department(code: str) -> bool:
    """Whether the place has this department; any may be one as long as no pack is loaded."""
    try:
        return code in current_place().departments
    except Unavailable:
        return True


def zone_name() -> str:
    """The time zone of the place (`Asia/Shanghai`); UTC as long as no pack is loaded."""
    try:
        return current_place().zone
    except Unavailable:
        return "UTC"


def forget_place() -> None:
    """Have the next reader look at the database again (after a load, and in tests)."""
    _kept.place, _kept.checked_at = None, 0.0
    _earlier.clear()
    _kept.clocks.clear()
    _names.clear()
    for clear in _by_version:
        clear()


def kept_by_version(most: int) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Keep what a function has made, up to so many; the version must be in what it is given.

    Forgotten with the place: tests have several places of one version.
    """

    def keep(make: Callable[..., Made]) -> Callable[..., Made]:
        kept = lru_cache(maxsize=most)(make)
        _by_version.append(kept.cache_clear)
        return kept

    return keep


def current_version(session: Session) -> int | None:
    """The number of the newest version that has started, or None if no pack is loaded."""
    started = m.PackVersion.has_started(datetime.now(UTC))
    return session.scalar(select(func.max(m.PackVersion.version)).where(_STANDS, started))


def newest_version(session: Session) -> int | None:
    """The number of the newest version, also of one that is planned and has not started."""
    return session.scalar(select(func.max(m.PackVersion.version)).where(_STANDS))


_STANDS = m.PackVersion.withdrawn_at.is_(None)


def place_at(version: int) -> Place:
    """The place as it was in `version`, for replaying a decision with the rules of its day.

    The last few are kept, so that a thousand decisions of one day cost one reading.
    """
    if _kept.place is not None and _kept.place.version == version:
        return _kept.place
    with db.session.no_autoflush:  # as above
        place = _earlier.pop(version, None) or _read_place(version)
    _earlier[version] = place
    while len(_earlier) > MOST_VERSIONS_KEPT:
        _earlier.popitem(last=False)
    return place


def standing_place(session: Session, version: int) -> Place:
    """The place of a version that was not withdrawn; NotFound if there is none."""
    if not stands(session, version):
        raise NotFound("pack-version", version=version)
    return place_at(version)


def stands(session: Session, version: int) -> bool:
    """Whether there is such a version and nobody has withdrawn it."""
    wanted = select(m.PackVersion.version).where(m.PackVersion.version == version, _STANDS)
    return session.scalar(wanted) is not None


def _read_place(version: int) -> Place:
    session = db.session()
    columns = [getattr(m.PackVersion, name) for name in HEAD]
    head = session.execute(select(*columns).where(m.PackVersion.version == version)).first()
    if head is None:
        raise NotFound("pack-version", version=version)
    rows = {model: held_rows(session, model, version) for model in m.VERSIONED}
    return place_of(version, head._asdict(), rows)


def clock_rules(version: int) -> Mapping[str, ClockRule]:
    """The clocks of a version by id: a clock keeps the rule under which it started."""
    kept = _kept.clocks.get(version)
    place = _kept.place
    if kept is None and place is not None and place.version == version:
        kept = _kept.clocks[version] = {rule.id: rule for rule in place.clocks}
    if kept is None:
        with db.session.no_autoflush:  # as above
            rows = held_rows(db.session(), m.ClockRuleRow, version)
        kept = _kept.clocks[version] = {row["code"]: clock_of(row) for row in rows}
    return kept


def held_rows(session: Session, model: type[m.Versioned], version: int) -> list[dict[str, Any]]:
    """The rows of one table that hold in `version`, as plain values, in their order."""
    keys = [getattr(model, name) for name in model.key_names]
    held = select(*model.__table__.columns).where(
        model.since_version <= version,
        or_(model.until_version.is_(None), model.until_version > version),
    )
    result = session.execute(held.order_by(model.position, *keys))
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result]


@dataclass(frozen=True, slots=True)
class _Named:
    """A name of a unit, and since when it bore it, by version and by time."""

    name: Text
    since: int
    begun_at: datetime


MOST_NAMES_KEPT = 20_000
# The names units ever had, by the version they were read in and their codes.
_names: dict[tuple[int, str], list[_Named]] = {}


@dataclass(frozen=True, slots=True)
class UnitNames:
    """What some units are and were called (C21): old records show the name of their day."""

    named: Mapping[str, Sequence[_Named]]

    def in_version(self, code: str, version: int) -> Text:
        """The name in a version of the place; outside its time, the nearest one."""
        held = self.named.get(code, ())
        return _name(code, held, [one for one in held if one.since <= version])

    def at(self, code: str, moment: datetime) -> Text:
        """The name at a moment; outside its time, the nearest one."""
        held = self.named.get(code, ())
        return _name(code, held, [one for one in held if one.begun_at <= moment])


def _name(code: str, held: Sequence[_Named], begun: Sequence[_Named]) -> Text:
    """The newest that had begun, else the first there was, else nothing but the code."""
    if not held:
        return Text(code, code)
    return begun[-1].name if begun else held[0].name


def unit_name(code: str, language: str) -> str:
    """What the place calls a unit by its code; the code itself where it has none of it any more."""
    unit = current_place().departments.get(code)
    return unit.name.in_(language) if unit else code


def find_unit_names(session: Session, codes: Collection[str]) -> UnitNames:
    """All names these units ever had, in one statement; those asked for before are kept."""
    version = current_place().version
    asked = {code: (version, code) for code in codes}
    # Values of its own: another thread may clear what is kept at any moment.
    known = {code: _names.get(key) for code, key in asked.items()}
    missing = [code for code, held in known.items() if held is None]
    if missing:
        if len(_names) + len(missing) > MOST_NAMES_KEPT:
            _names.clear()
        read = _read_names(session, asked)
        known = {code: read.get(code, []) for code in asked}
        _names.update({asked[code]: held for code, held in known.items() if held is not None})
    return UnitNames({code: held for code, held in known.items() if held})


def _read_names(session: Session, codes: Collection[str]) -> dict[str, list[_Named]]:
    unit, version = m.DepartmentRow, m.PackVersion
    wanted = (
        select(unit.code, unit.name_zh, unit.name_en, version.version, version.starts_at)
        .join(version, version.version == unit.since_version)
        .where(unit.code.in_(codes))
        .order_by(version.version)
    )
    named: dict[str, list[_Named]] = {}
    for row in session.execute(wanted):
        one = _Named(Text(row.name_zh, row.name_en), row.version, row.starts_at)
        named.setdefault(row.code, []).append(one)
    return named
