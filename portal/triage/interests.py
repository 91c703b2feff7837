"""What staff have declared to be too near to them, found in reports by keyed hashes only (F13)."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.infra.keys import keys
from portal.jurisdiction.place import Place
from portal.triage.models import Interest, InterestKind
from portal.triage.rules.entities import find_entities
from portal.triage.rules.facts import TriageResult
from portal.triage.rules.fold import fold
from portal.triage.rules.per_place import per_place
from portal.triage.rules.scan import whole_words

KEY_BYTES = 16
HEAD_BYTES = 8
HEAD_CHARACTERS = 2


def canonical(kind: InterestKind, typed: str) -> str | None:
    """What was typed, in the form reports are compared with; None if it is not one of the kind."""
    folded = fold(typed)
    text = " ".join(folded.text.split())
    found = find_entities(text, folded.cased)
    match kind:
        case InterestKind.PHONE:
            return next(iter(found.phones), None)
        case InterestKind.ADDRESS:
            return next(iter((*found.addresses, *found.domains)), None)
        case InterestKind.UNIT:
            return typed or None
        case InterestKind.NAME:
            return text if len(text) > HEAD_CHARACTERS - 1 else None


def is_common(place: Place, kind: InterestKind, value: str) -> bool:
    """Whether a name is a place, or part of a word of the trade: half of all reports have it."""
    if kind is not InterestKind.NAME:
        return False
    words, places = _vocabulary(place)
    return value in places or any(value in word for word in words)


@per_place
def _vocabulary(place: Place) -> tuple[frozenset[str], frozenset[str]]:
    """The words of the trade, and the names of regions, as reports are compared with them."""
    categories, regions = place.categories.values(), place.regions.values()
    words = {term for one in categories for term in one.terms}
    names = [one.name for one in categories]
    names += [one.name for one in place.department_kinds.values()]
    words |= {word for name in names for word in (name.zh, name.en)}
    places = {name for one in regions for name in (one.name.zh, one.name.en, one.short)}
    places |= {alias for one in regions for alias in one.aliases}
    return _folded(words), _folded(places)


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word).text for word in words)


def key_of(kind: InterestKind, value: str) -> bytes:
    """The stored form of something declared, which does not tell what it was."""
    return hmac.digest(_secret(), f"{kind}\x00{value}".encode(), "sha256")[:KEY_BYTES]


def head_of(value: str) -> bytes:
    """The stored form of the first two characters of a name."""
    first = value[:HEAD_CHARACTERS].encode()
    return hmac.digest(_secret(), b"head\x00" + first, "sha256")[:HEAD_BYTES]


def _secret() -> bytes:
    return _derived(keys().index)


@cache
def _derived(index: bytes) -> bytes:
    return hmac.digest(index, b"sunline/interest/1", "sha256")


def find_interested(
    session: Session, result: TriageResult, today: date, stamp: object
) -> frozenset[UUID]:
    """The accounts with an interest in what a report says or names.

    `stamp` is what `NEWEST` gives: what was declared is read anew only when it changes.
    """
    declared = _declared(session, stamp)
    keys = [key for key in _entity_keys(result) if key in declared.keys]
    text = " ".join(result.text.split())
    at_head = _heads_in(text, declared.heads) if declared.heads else {}
    if not keys and not at_head:
        return frozenset()
    rows = session.execute(
        select(Interest.account_id, Interest.head, Interest.key, Interest.length).where(
            or_(Interest.head.in_(list(at_head)), Interest.key.in_(keys)),
            or_(Interest.ends_on.is_(None), Interest.ends_on > today),
        )
    ).all()
    return frozenset(
        row.account_id
        for row in rows
        if row.head is None or _says(text, at_head[row.head], row.length, row.key)
    )


def _heads_in(text: str, heads: frozenset[bytes]) -> dict[bytes, list[int]]:
    """Where in a text the first two characters of a declared name stand."""
    at_pair: dict[str, list[int]] = {}
    for at in range(len(text) - 1):
        at_pair.setdefault(text[at : at + HEAD_CHARACTERS], []).append(at)
    hashed = ((head_of(pair), places) for pair, places in at_pair.items())
    return {head: places for head, places in hashed if head in heads}


@dataclass(frozen=True, slots=True)
class _Declared:
    """The heads and keys of everything that was ever declared."""

    stamp: object
    heads: frozenset[bytes]
    keys: frozenset[bytes]


NEWEST = select(func.count(Interest.id), func.max(Interest.made_at)).subquery()
_kept: list[_Declared] = []


def _declared(session: Session, stamp: object) -> _Declared:
    """What may be found at all, kept in the process until there is an interest more.

    Heads and keys never change; whether an interest still counts is asked of the database.
    """
    if not _kept or _kept[0].stamp != stamp:
        rows = session.execute(select(Interest.head, Interest.key)).all()
        heads = frozenset(row.head for row in rows if row.head is not None)
        keys = frozenset(row.key for row in rows if row.head is None)
        _kept[:] = [_Declared(stamp, heads, keys)]
    return _kept[0]


def _entity_keys(result: TriageResult) -> Iterable[bytes]:
    found = result.entities
    for value in found.phones:
        yield key_of(InterestKind.PHONE, value)
    for value in (*found.addresses, *found.domains):
        yield key_of(InterestKind.ADDRESS, value)
    for value in result.excluded_units:
        yield key_of(InterestKind.UNIT, value)


def _says(text: str, places: Iterable[int], length: int, key: bytes) -> bool:
    """Whether a name of this length and key stands at one of the places, as whole words."""
    return any(
        key_of(InterestKind.NAME, text[at : at + length]) == key
        and whole_words(text, at, at + length)
        for at in places
    )
