"""Loading a place: a pack becomes the next version, and only what changed gets new rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update

from portal.audit.trail import record
from portal.infra.tasks import RECOMPUTES, Task, TaskKind, TaskState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction import models as m
from portal.jurisdiction.pack import pack_folder, read_pack
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import forget_place, held_rows
from portal.jurisdiction.rows import content_hash, head_of, key_of, rows_of
from portal.jurisdiction.table_rows import Values
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

# How many ids one UPDATE names at most; SQLite's limit on parameters is far higher.
BATCH = 500
# After this long every process serves the version that has started.
SEEN_EVERYWHERE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class LoadPack:
    """The order to make a pack the place: a shipped pack by name, or a folder by its path."""

    pack: str


def load_pack(command: LoadPack, *, actor: Actor) -> int:
    """Make the pack the current place and return its version.

    The same content again changes nothing and returns the version there is. Raises
    PackInvalid with every problem, having changed nothing, and RuleBroken while a later version
    is planned.
    """
    place = read_pack(pack_folder(command.pack))
    with unit_of_work(actor) as uow:
        stored = store(uow, place)
        if stored.is_new:
            record(
                uow,
                "pack.load",
                "pack",
                stored.id,
                pack=place.pack,
                edition=place.edition,
                version=stored.version,
                changes=stored.changes,
                content=stored.digest,
            )
    forget_place()
    return stored.version


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of the place in the database, and how many rows it changed."""

    id: UUID
    version: int
    digest: str
    changes: int = 0
    is_new: bool = True


def store(
    uow: UnitOfWork,
    place: Place,
    starts_at: datetime | None = None,
    reason: str = "",
    drafted_by: UUID | None = None,
) -> Stored:
    """Make the place the next version; the same content as the newest changes nothing.

    It starts at once unless it is told when; where a clock was set back, not before the newest
    one, which has started all the same. `drafted_by` is somebody else, whose drafts the actor
    confirms. Raises RuleBroken if it would start before one that is there.
    """
    head, rows = head_of(place), rows_of(place)
    digest = content_hash(head, rows)
    newest = find_newest(uow)
    if newest is not None and newest.content_hash == digest:
        return Stored(newest.id, newest.version, digest, is_new=False)
    made_at, starts_at = next_start(uow, newest, starts_at)
    version = 1 + (uow.session.scalar(select(func.max(m.PackVersion.version))) or 0)
    changes = sum(_replace(uow, model, values, version) for model, values in rows.items())
    loaded = m.PackVersion(
        version=version,
        content_hash=digest,
        loaded_at=made_at,
        loaded_by=drafted_by or uow.actor.id,
        confirmed_by=uow.actor.id if drafted_by else None,
        reason=reason,
        starts_at=starts_at,
        **head,
    )
    uow.session.add(loaded)
    if newest is not None:
        # Dates that ran into a year not announced may be certain then.
        not_before = starts_at + SEEN_EVERYWHERE if starts_at > made_at else None
        for kind in RECOMPUTES:
            uow.task(kind, loaded.id, not_before=not_before)
    return Stored(loaded.id, version, digest, changes)


def next_start(
    uow: UnitOfWork, newest: m.PackVersion | None, starts_at: datetime | None
) -> tuple[datetime, datetime]:
    """When a version is made now and when it starts; RuleBroken if the newest one starts later."""
    made_at = uow.now
    if newest is not None and starts_at is None and newest.has_started(uow.now):
        made_at = max(uow.now, newest.starts_at)
    starts_at = starts_at or made_at
    if newest is not None and starts_at < newest.starts_at:
        raise RuleBroken("starts-before-planned")
    return made_at, starts_at


def find_newest(uow: UnitOfWork) -> m.PackVersion | None:
    """The newest version, planned ones included, locked until the work commits.

    The time of the work is taken anew: what was planned may have started during the wait.
    """
    newest = select(m.PackVersion).where(m.PackVersion.withdrawn_at.is_(None))
    ordered = newest.order_by(m.PackVersion.version.desc()).limit(1)
    # The first waits for whoever is making one; what they made is read only then.
    uow.session.scalar(ordered.with_for_update())
    uow.waited()
    return uow.session.scalar(ordered.execution_options(populate_existing=True))


def was_served(uow: UnitOfWork, version: m.PackVersion) -> bool:
    """Whether clocks may run by a version: it has started, or had before a clock was set back.

    A planned one leaves a trace when it starts: its clocks are dated again.
    """
    dated = select(Task.id).where(
        Task.subject_id == version.id,
        Task.kind == TaskKind.RECOMPUTE_CLOCKS,
        Task.state != TaskState.PENDING,
    )
    return version.has_started(uow.now) or uow.session.scalar(dated.limit(1)) is not None


def take_back(uow: UnitOfWork, version: m.PackVersion) -> None:
    """Have the rows of the version before hold again; the newest version only."""
    number = version.version
    for model in m.VERSIONED:
        uow.session.execute(delete(model).where(model.since_version == number))
        ended = update(model).where(model.until_version == number)
        uow.session.execute(ended.values(until_version=None))
    version.withdrawn_at = uow.now


def _replace(uow: UnitOfWork, model: type[m.Versioned], wanted: list[Values], version: int) -> int:
    """End the rows that are gone or different, add those that are new; return how many."""
    held = {key_of(model, row): row for row in held_rows(uow.session, model, version)}
    same = {key for row in wanted if _says_the_same(held.get(key := key_of(model, row)), row)}
    ended = [row["id"] for key, row in held.items() if key not in same]
    added = [row for row in wanted if key_of(model, row) not in same]
    for start in range(0, len(ended), BATCH):
        _end(uow, model, ended[start : start + BATCH], version)
    if added:
        extra = {"since_version": version, "until_version": None}
        uow.session.execute(insert(model), [{"id": uuid4(), **extra, **row} for row in added])
    return len(ended) + len(added)


def _says_the_same(held: dict[str, Any] | None, wanted: Values) -> bool:
    return held is not None and all(held[name] == value for name, value in wanted.items())


def _end(uow: UnitOfWork, model: type[m.Versioned], ids: list[UUID], version: int) -> None:
    uow.session.execute(update(model).where(model.id.in_(ids)).values(until_version=version))
