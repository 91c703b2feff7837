"""Files that the office itself makes: kept encrypted like evidence, opened by their record only."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.evidence.models import CustodyEntry, MadeFile
from portal.evidence.queries import context_of, read_stored
from portal.evidence.states import CustodyAct
from portal.infra.storage import StoredFile, storage
from portal.infra.uow import UnitOfWork
from portal.infra.vault import vault
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class KeptMade:
    """A made file that is encrypted and durable on the disk, and not yet in the table."""

    id: UUID
    stored: StoredFile
    content_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedMade:
    """A made file being handed out: `chunks` is the plain text, read as it is sent, once."""

    size: int
    sha256: str
    chunks: Iterator[bytes] = field(repr=False)


def keep_made(stream: BinaryIO) -> KeptMade:
    """Put a made file on the disk under a key of its own; what no row comes to own is swept up.

    Called before the transaction. Raises Unavailable when there is no room.
    """
    key, wrapped = vault().new_key()
    made_id = uuid4()
    return KeptMade(made_id, storage().store(stream, key, context_of("made", made_id)), wrapped)


def record_made(uow: UnitOfWork, kept: KeptMade) -> UUID:
    """Enter a made file into the table; return its id."""
    digest = bytes.fromhex(kept.stored.sha256)
    key = vault().open_key(kept.content_key)
    uow.session.add(
        MadeFile(
            id=kept.id,
            content_key=kept.content_key,
            stored_name=kept.stored.name,
            size=kept.stored.size,
            sha256_sealed=key.encrypt(digest, context_of("sha256", kept.id)),
            made_at=uow.now,
        )
    )
    uow.session.flush()
    return kept.id


def discard_made(kept: KeptMade) -> None:
    """Take a made file that nobody needs off the disk."""
    storage().remove(kept.stored.name)


def open_made(session: Session, made_id: UUID) -> OpenedMade:
    """Open a made file; NotFound if there is none (any more). The caller writes down who did."""
    made = session.get(MadeFile, made_id)
    if made is None or not storage().exists(made.stored_name):
        raise NotFound("made-file")
    key = vault().open_key(made.content_key)
    digest = key.decrypt(made.sha256_sealed, context_of("sha256", made.id)).hex()
    chunks = read_stored(key, made.stored_name, context_of("made", made.id))
    return OpenedMade(made.size, digest, chunks)


def note_made(uow: UnitOfWork, made_id: UUID, act: CustodyAct) -> None:
    """Write down who had a made file in hand, where that has to be proved (U42)."""
    actor = uow.actor
    entry = CustodyEntry(
        evidence_id=made_id, at=uow.now, act=act, actor_kind=actor.kind, actor_id=actor.id
    )
    uow.session.add(entry)


def erase_made(uow: UnitOfWork, made_id: UUID) -> None:
    """Destroy the key of a made file; the next sweep takes what is on the disk."""
    made = uow.session.get(MadeFile, made_id)
    if made is not None:
        uow.session.delete(made)
