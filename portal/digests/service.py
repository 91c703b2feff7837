"""Making the digests of a month, and acknowledging one (C14)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.casework.service.figures import after, before
from portal.digests.gathering import all_given, start_of
from portal.digests.models import UnitDigest
from portal.digests.queries import get_digest
from portal.digests.rules import MOST_THINGS, Shared, Told, Turn, tell
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted

# What a place that stood still for long is still told.
MONTHS: Final = 3
_NOTHING: Final = Told()


@dataclass(frozen=True, slots=True)
class AcknowledgeDigest:
    """That a unit has read its copy of a digest."""

    digest_id: UUID


def make_digests(*, actor: Actor) -> int:
    """Make the digests of the months that have ended and have none; return how many.

    Safe to run twice: a month is made as a whole, once, and stays as it was told.
    """
    place, made = current_place(), 0
    month = local_date(place, datetime.now(UTC)).replace(day=1)
    for _month in range(MONTHS):
        month = before(month)
        if not _is_made(db.session(), month):
            made += _make(place, month, actor)
    return made


def _make(place: Place, month: date, actor: Actor) -> int:
    begins, ends = start_of(place, month), start_of(place, after(month))
    told = tell(all_given(db.session(), place, month), begins, ends)
    pairs = {frozenset(pair) for pair in told if not any(map(place.is_outside, pair))}
    with unit_of_work(actor) as uow:
        if not pairs or _is_made(uow.session, month):
            return 0
        rows = [
            _copy(one, other, month, told, uow.now)
            for pair in sorted(map(sorted, pairs))
            for one, other in (pair, reversed(pair))
        ]
        uow.session.add_all(rows)
        record(uow, "digest.make", "digest", None, month=month.isoformat(), digests=len(rows))
        return len(rows)


def _is_made(session: Session, month: date) -> bool:
    return bool(session.scalar(select(exists().where(UnitDigest.month == month))))


def _copy(
    one: str, other: str, month: date, told: Mapping[tuple[str, str], Told], now: datetime
) -> UnitDigest:
    """The copy of one unit of what it shared with another."""
    given, taken = told.get((one, other), _NOTHING), told.get((other, one), _NOTHING)
    things = [*_things(given, given=True), *_things(taken, given=False)]
    # What is late, and then what still waits, is among those that are named.
    things.sort(
        key=lambda one: tuple(turn not in one["turns"] for turn in (Turn.LATE, Turn.WAITING))
    )
    return UnitDigest(
        department_code=one,
        other_code=other,
        month=month,
        given=_figures(given.counts),
        taken=_figures(taken.counts),
        things=things[:MOST_THINGS],
        made_at=now,
    )


def _figures(counts: Counter[tuple[Shared, Turn]]) -> dict[str, dict[str, int]]:
    return {
        str(kind): {str(turn): counts[kind, turn] for turn in Turn if counts[kind, turn]}
        for kind in Shared
        if any(counts[kind, turn] for turn in Turn)
    }


def _things(told: Told, *, given: bool) -> Iterator[dict[str, Any]]:
    for one in told.things:
        turns = [str(turn) for turn in one.turns]
        yield {"id": one.id.hex, "kind": str(one.kind), "given": given, "turns": turns}


def acknowledge_digest(command: AcknowledgeDigest, *, actor: Actor) -> None:
    """Note that the unit has its copy; by its own head. Whoever does it again changes nothing."""
    demand(actor, Permission.ASSIGN_REPORTS)
    with unit_of_work(actor) as uow:
        digest = get_digest(uow.session, command.digest_id, actor, for_update=True)
        if digest.department_code != actor.department:
            raise NotPermitted("digest-of-another-unit")
        if digest.acknowledged_at is None:
            digest.acknowledged_at, digest.acknowledged_by = uow.now, actor.id
            record(uow, "digest.acknowledge", "digest", digest.id, other=digest.other_code)
