"""Loading a place: a pack becomes the next version, and only what changed gets new rows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update

from portal.audit.trail import record
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction import models as m
from portal.jurisdiction.pack import pack_folder, read_pack
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_version, forget_place, held_rows
from portal.jurisdiction.rows import content_hash, head_of, key_of, rows_of
from portal.jurisdiction.table_rows import Values
from portal.kernel.actor import Actor

# How many ids one UPDATE names at most; SQLite's limit on parameters is far higher.
BATCH = 500


@dataclass(frozen=True, slots=True)
class LoadPack:
    """The order to make a pack the place: a shipped pack by name, or a folder by its path."""

    pack: str


def load_pack(command: LoadPack, *, actor: Actor) -> int:
    """Make the pack the current place and return its version.

    The same content again changes nothing and returns the version there is. Raises
    PackInvalid with every problem, having changed nothing.
    """
    place = read_pack(pack_folder(command.pack))
    with unit_of_work(actor) as uow:
        version = _store(uow, place)
    forget_place()
    return version


def _store(uow: UnitOfWork, place: Place) -> int:
    head, rows = head_of(place), rows_of(place)
    digest = content_hash(head, rows)
    newest = uow.session.scalar(
        select(m.PackVersion).order_by(m.PackVersion.version.desc()).limit(1)
    )
    if newest is not None and newest.content_hash == digest:
        return newest.version
    version = (current_version(uow.session) or 0) + 1
    changes = sum(_replace(uow, model, values, version) for model, values in rows.items())
    loaded = m.PackVersion(
        version=version,
        content_hash=digest,
        loaded_at=uow.now,
        loaded_by=uow.actor.id,
        **head,
    )
    uow.session.add(loaded)
    if newest is not None:
        # Dates that ran into a year not announced may be certain now.
        uow.task(TaskKind.RECOMPUTE_CLOCKS, loaded.id)
    record(
        uow,
        "pack.load",
        "pack",
        loaded.id,
        pack=place.pack,
        edition=place.edition,
        version=version,
        changes=changes,
        content=digest,
    )
    return version


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
