"""What two texts name alike: for a person who may read both, to see at a glance."""

from portal.triage.rules.entities import Entities, find_entities
from portal.triage.rules.fold import fold

_MOST = 20


def in_both(one: str, other: str) -> tuple[str, ...]:
    """Numbers, addresses, houses and names that stand in both texts, without repeats."""
    ours, theirs = _things(_entities(one)), set(_things(_entities(other)))
    return tuple(dict.fromkeys(thing for thing in ours if thing in theirs))[:_MOST]


def _entities(text: str) -> Entities:
    folded = fold(text)
    return find_entities(folded.text, folded.cased)


def _things(found: Entities) -> tuple[str, ...]:
    houses = (house.replace("#", " ") for house in found.houses)
    numbers = (*found.phones, *found.isbns, *found.isrcs, *found.waybills)
    return (*numbers, *found.addresses, *found.domains, *houses, *found.venues, *found.quoted)
