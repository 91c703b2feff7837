"""Making the digests of a month, and acknowledging one (C14)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.casework.service.figures import after, before
from portal.digests.gathering import all_given, start_of
from portal.digests.models import DigestMonth, UnitDigest
from portal.digests.queries import get_digest
from portal.digests.rules import MOST_THINGS, Shared, Told, Turn, tell
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.rules import local_date
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


def ask_for_digests(*, actor: Actor) -> int:
    """Have the digests of the months made that have ended and have none; return how many.

    Safe to run twice: a month is asked for once.
    """
    month, asked = local_date(current_place(), datetime.now(UTC)).replace(day=1), 0
    with unit_of_work(actor) as uow:
        for _month in range(MONTHS):
            month = before(month)
            one = DigestMonth(month=month)
            if uow.insert_once(one):
                uow.task(TaskKind.MAKE_DIGESTS, one.id)
                asked += 1
    return asked


def make_digests(month_id: UUID, *, actor: Actor) -> None:
    """Make the digests of a month: a copy for either of two units.

    Safe to run twice: a month is made as a whole, once, and stays as it was told.
    """
    place, session = current_place(), db.session()
    month = session.get_one(DigestMonth, month_id).month
    begins, ends = start_of(place, month), start_of(place, after(month))
    told = tell(all_given(session, place, month), begins, ends)
    pairs = {frozenset(pair) for pair in told if not any(map(place.is_outside, pair))}
    with unit_of_work(actor) as uow:
        own = uow.session.get_one(DigestMonth, month_id, with_for_update=True)
        if own.made_at is not None:
            return
        rows = [
            _copy(one, other, month, told, uow.now)
            for pair in sorted(map(sorted, pairs))
            for one, other in (pair, reversed(pair))
        ]
        uow.session.add_all(rows)
        own.made_at, own.digests = uow.now, len(rows)
        record(uow, "digest.make", "digest", None, month=month.isoformat(), digests=len(rows))


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
