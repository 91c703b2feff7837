"""What staff have declared to be too near to them, found in reports by keyed hashes only (F13)."""

import hmac
from collections.abc import Iterable
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.infra.keys import keys
from portal.triage.models import Interest, InterestKind
from portal.triage.rules.entities import find_entities
from portal.triage.rules.facts import TriageResult
from portal.triage.rules.fold import fold
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


def find_interested(session: Session, result: TriageResult, today: date) -> frozenset[UUID]:
    """The accounts with an interest in what a report says or names, in one statement."""
    text = " ".join(result.text.split())
    at_head: dict[bytes, list[int]] = {}
    pairs = {text[at : at + HEAD_CHARACTERS] for at in range(len(text) - 1)}
    hashes = {pair: head_of(pair) for pair in pairs}
    for at in range(len(text) - 1):
        at_head.setdefault(hashes[text[at : at + HEAD_CHARACTERS]], []).append(at)
    rows = session.execute(
        select(Interest.account_id, Interest.head, Interest.key, Interest.length).where(
            or_(Interest.head.in_(list(at_head)), Interest.key.in_(list(_entity_keys(result)))),
            or_(Interest.ends_on.is_(None), Interest.ends_on > today),
        )
    ).all()
    return frozenset(
        row.account_id
        for row in rows
        if row.head is None or _says(text, at_head[row.head], row.length, row.key)
    )


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
