"""The directory of outside bodies: who they are and how each is sent things (B14, U27)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from portal.jurisdiction.place import Department, Place
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import Text, Way
from portal.kernel.page import Page, Window, page_of


@dataclass(frozen=True, slots=True)
class Partner:
    """An outside body, for which region it is there, and the way to send."""

    code: str
    kind: Text
    name: Text
    region: Text
    receives_by: Way | None
    contact: Text | None


def list_partners(window: Window, kind: str = "", words: str = "") -> Page[Partner]:
    """The outside bodies by code, of one kind or of all, whose name or region has the words.

    From the place in memory: no statement.
    """
    place = current_place()
    key = "" if window.key is None else str(window.key[0])
    units = _outside_units(place.version)
    if window.backwards:
        rest = (unit for unit in reversed(units) if unit.code < key)
    else:
        rest = (unit for unit in units if unit.code > key)
    found: list[Partner] = []
    for one in _fitting(place, rest, kind, words.casefold()):
        found.append(one)
        if len(found) == window.fetch:
            break
    return page_of(found, window, lambda one: (one.code,))


@lru_cache(maxsize=2)
def _outside_units(_version: int) -> tuple[Department, ...]:
    """All of them by code, kept as long as the place is in this version."""
    place = current_place()
    units = (unit for unit in place.departments.values() if place.is_outside(unit.code))
    return tuple(sorted(units, key=lambda unit: unit.code))


def _fitting(place: Place, units: Iterator[Department], kind: str, words: str) -> Iterator[Partner]:
    for unit in units:
        if kind and unit.kind != kind:
            continue
        one = partner_of(place, unit)
        said = (one.name.zh, one.name.en, one.region.zh, one.region.en, unit.region)
        if not words or any(words in text.casefold() for text in said):
            yield one


def find_partner(place: Place, code: str | None) -> Partner | None:
    """The outside body with this code; None for a unit of our own, and for none."""
    unit = place.departments.get(code or "")
    return partner_of(place, unit) if unit is not None and place.is_outside(code) else None


def partner_of(place: Place, unit: Department) -> Partner:
    """How the unit is sent things: as it says itself, or else as its kind does."""
    kind = place.department_kinds[unit.kind]
    whole = place.regions[unit.region].name
    return Partner(
        code=unit.code,
        kind=kind.name,
        name=unit.name,
        region=Text(
            place.region_name(unit.region, "zh") or whole.zh,
            place.region_name(unit.region, "en") or whole.en,
        ),
        receives_by=unit.receives_by or kind.receives_by,
        contact=unit.contact or kind.contact,
    )
