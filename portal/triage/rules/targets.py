"""What exactly a report is about: one page or site, or one venue in its place.

A right holder's complaint and tips of the same target belong together (F16). Here counts only what
is surely the same: the address with all that tells one page from another, or the venue by its name,
in one region, with the same house or with none. All else is left to the likeness of reports.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from portal.jurisdiction.place import Level
from portal.triage.rules.entities import find_entities
from portal.triage.rules.facts import Facts
from portal.triage.rules.fold import fold
from portal.triage.rules.rights import COMPLAINT
from portal.triage.rules.words import word_set
from portal.triage.states import LikenessReason

MOST_TARGETS: Final = 20
"""No more addresses of one report are its targets."""

_TARGET, _COMPLAINED, _TOLD = "target:", "complained", "told"
_NEAR_ENOUGH: Final = frozenset({Level.COUNTY, Level.SUBDIVISION})
_REASONS: Final = {
    "address": (LikenessReason.SAME_ADDRESS,),
    "venue": (LikenessReason.SAME_VENUE,),
    "venue-in-house": (LikenessReason.SAME_VENUE, LikenessReason.SAME_HOUSE),
}


def target_keys(facts: Facts) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of a report's targets: those it is found by, and those of the other side.

    A complaint finds tips and a tip complaints, however many of its own sort name the same.
    """
    own, other = (_COMPLAINED, _TOLD) if _complains(facts) else (_TOLD, _COMPLAINED)
    targets = [*_addresses(facts), *_venue(facts)]
    return (
        frozenset(f"{_TARGET}{own}:{target}" for target in targets),
        frozenset(f"{_TARGET}{other}:{target}" for target in targets),
    )


def other_sides(keys: Iterable[str]) -> Mapping[str, str]:
    """The target keys among those a report is found by, each with that of the other side."""
    turned = {_COMPLAINED: _TOLD, _TOLD: _COMPLAINED}
    parted = ((key, *key.split(":", 2)) for key in keys if key.startswith(_TARGET))
    return {key: f"{_TARGET}{turned[side]}:{target}" for key, _kind, side, target in parted}


def same_target(shared: Iterable[str]) -> tuple[LikenessReason, ...]:
    """By what two reports that share keys are about the same; nothing if it is not sure."""
    kinds = {key.split(":", 3)[2] for key in shared if key.startswith(_TARGET)}
    return tuple(
        reason for kind, reasons in _REASONS.items() if kind in kinds for reason in reasons
    )


def _complains(facts: Facts) -> bool:
    return facts.submission.kind == COMPLAINT


def _addresses(facts: Facts) -> Iterator[str]:
    """Pages and sites; of a complaint the one complained about, whatever else its text names."""
    entities = facts.entities
    if _complains(facts):
        entities = find_entities("", "", facts.submission.urls)
    for href in entities.urls[:MOST_TARGETS]:
        address = _exact(href)
        if address:
            yield f"address:{address}"


def _exact(href: str) -> str:
    """Host, path, query and part of a normal address; where everybody trades is no target."""
    url = urlsplit(href)
    host = url.netloc.rpartition("@")[2].removeprefix("www.")
    rest = url.path.rstrip("/")
    rest += f"?{url.query}" if url.query else ""
    rest += f"#{url.fragment}" if url.fragment else ""
    shared = word_set("shared_sites")
    if not rest and any(host == site or host.endswith(f".{site}") for site in shared):
        return ""
    return f"{host}{rest}"


def _venue(facts: Facts) -> Iterator[str]:
    """The one venue of a report whose place is sure; two names are two targets, or none."""
    region = facts.place.regions.get(facts.region or "")
    if region is None or region.level not in _NEAR_ENOUGH or facts.regions != (region.code,):
        return
    said = fold(facts.submission.place).text or facts.text
    venues = [one for one in facts.entities.venues if one in said]
    houses = [one for one in facts.entities.houses if all(p in said for p in one.split("#"))]
    if len(venues) == 1 and len(houses) <= 1:
        kind = "venue-in-house" if houses else "venue"
        yield ":".join((kind, region.code, venues[0], *houses))
