"""Reading the place: the current one, kept in the process, and those of earlier versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.infra.database import db
from portal.jurisdiction import models as m
from portal.jurisdiction.place import ClockRule, Place
from portal.jurisdiction.rows import HEAD, clock_of, place_of
from portal.jurisdiction.search import RegionMatch, search_regions
from portal.kernel.errors import NotFound, Unavailable

__all__ = [
    "RegionMatch",
    "clock_rules",
    "current_place",
    "current_version",
    "forget_place",
    "held_rows",
    "place_at",
    "search_regions",
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


def current_place() -> Place:
    """The loaded place; a change made elsewhere is seen within a second.

    Raises Unavailable with the code `no-pack` if none was ever loaded.
    """
    place = _kept.place
    if place is not None and monotonic() - _kept.checked_at < CHECK_EVERY:
        return place
    version = current_version(db.session())
    if version is None:
        raise Unavailable("no-pack", remedy="sunline pack load cn_culture_market")
    if place is None or place.version != version:
        place = place_at(version)
        _kept.place = place
    _kept.checked_at = monotonic()
    return place


def zone_name() -> str:
    """The time zone of the place (`Asia/Shanghai`); UTC as long as no pack is loaded."""
    try:
        return current_place().zone
    except Unavailable:
        return "UTC"


def forget_place() -> None:
    """Have the next reader look at the database again (after a load, and in tests)."""
    _kept.place, _kept.checked_at = None, 0.0
    _kept.clocks.clear()


def current_version(session: Session) -> int | None:
    """The number of the newest version, or None if no pack is loaded."""
    return session.scalar(select(func.max(m.PackVersion.version)))


def place_at(version: int) -> Place:
    """The place as it was in `version`, for replaying a decision with the rules of its day."""
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
    if kept is None:
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
