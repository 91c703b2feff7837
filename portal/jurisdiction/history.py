"""What became of a region: old records keep its name, new ones are led to its successors."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from portal.jurisdiction.place import Place, Region


def day_in(place: Place, at: datetime | None = None) -> date:
    """The date in the zone of the place, at a moment or now."""
    return (at or datetime.now(UTC)).astimezone(ZoneInfo(place.zone)).date()


def is_former(region: Region, day: date) -> bool:
    """Whether the region is no more on `day`."""
    return region.valid_to is not None and region.valid_to < day


def current_codes(place: Place, code: str, day: date) -> tuple[str, ...]:
    """What a region is on `day`: itself while it exists, else what it became, however often.

    Nothing for one that is unknown, is still to come, or ended without a successor.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        at = waiting.pop(0)
        region = place.regions.get(at)
        if region is None or at in seen:
            continue
        seen.add(at)
        if region.holds_on(day):
            found[at] = None
        elif is_former(region, day):
            waiting.extend(region.successors)
    return tuple(found)


def codes_inside(place: Place, outer: str) -> tuple[str, ...]:
    """The regions in `outer`, itself included, and the former ones of which a part came to it."""
    heirs = {code for code in place.regions if place.inside(code, outer)}
    return tuple(code for code in place.regions if code in heirs or _came_to(place, code, heirs))


def _came_to(place: Place, code: str, heirs: set[str]) -> bool:
    """Whether the region, or what became of it, went into one of `heirs`."""
    seen: set[str] = set()
    waiting = list(place.regions[code].successors)
    while waiting:
        at = waiting.pop()
        if at in heirs:
            return True
        if at not in seen and at in place.regions:
            seen.add(at)
            waiting.extend(place.regions[at].successors)
    return False
