"""Reading evidence: lists, opened files, custody, and what the disk and the table disagree on."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.evidence.kinds import FileKind
from portal.evidence.models import CustodyEntry, Evidence, MadeFile, Rendition
from portal.evidence.names import renamed
from portal.evidence.rules import may_open
from portal.evidence.states import CustodyAct, EvidenceState, NoRendition, RenditionState
from portal.infra.config import settings
from portal.infra.storage import storage
from portal.infra.vault import ContentKey, vault
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound, RuleBroken

_NAMES_AT_ONCE: Final = 500


def context_of(part: str, evidence_id: UUID) -> str:
    """The one place in which an envelope of a file may stand: `evidence.<part>:<id>`."""
    return f"evidence.{part}:{evidence_id.hex}"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file being handed out: `chunks` is the plain text, read as it is sent, once."""

    kind: FileKind
    filename: str = field(repr=False)
    size: int | None
    chunks: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileLine:
    """What a list of files shows of one; `why_none` says why an image or PDF has no rendition."""

    id: UUID
    filename: str = field(repr=False)
    kind: FileKind
    size: int
    state: EvidenceState
    received_at: datetime
    opens: bool
    rendition: RenditionState | None
    has_preview: bool
    why_none: NoRendition | None


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """One line of the chain of custody."""

    at: datetime
    act: CustodyAct
    actor_kind: ActorKind
    actor_id: UUID | None
    reason: str = field(repr=False)


def get_evidence(session: Session, evidence_id: UUID) -> Evidence:
    """Return the row of a file; raise NotFound if there is none."""
    file = session.get(Evidence, evidence_id)
    if file is None:
        raise NotFound("evidence")
    return file


def hashes_of(session: Session, evidence_ids: Sequence[UUID]) -> list[str]:
    """The SHA-256 (hex) of each file, in the order asked; NotFound if one is unknown."""
    if not evidence_ids:
        return []
    rows = session.execute(
        select(Evidence.id, Evidence.content_key, Evidence.sha256_sealed).where(
            Evidence.id.in_(evidence_ids)
        )
    )
    found = {
        row.id: vault()
        .open_key(row.content_key)
        .decrypt(row.sha256_sealed, context_of("sha256", row.id))
        .hex()
        for row in rows
    }
    if len(found) < len(set(evidence_ids)):
        raise NotFound("evidence")
    return [found[evidence_id] for evidence_id in evidence_ids]


def find_rendition(session: Session, evidence_id: UUID) -> Rendition | None:
    """Return the rendition of a file; None for a kind that gets none."""
    return session.scalar(select(Rendition).where(Rendition.evidence_id == evidence_id))


def list_files(session: Session, evidence_ids: Collection[UUID] | Select[UUID]) -> list[FileLine]:
    """What is known of these files, in the order they came; unknown ids are passed over.

    The caller has the ids from a record it may see: a file has no access rule of its own.
    """
    rows = session.execute(
        select(Evidence, Rendition)
        .outerjoin(Rendition, Rendition.evidence_id == Evidence.id)
        .where(Evidence.id.in_(evidence_ids))
        .order_by(Evidence.received_at, Evidence.id)
    )
    return [_line(file, copy) for file, copy in rows]


def _line(file: Evidence, copy: Rendition | None) -> FileLine:
    return FileLine(
        id=file.id,
        filename=name_of(file),
        kind=file.kind,
        size=file.size,
        state=file.state,
        received_at=file.received_at,
        opens=opens(file),
        rendition=copy.state if copy else None,
        has_preview=bool(copy and copy.preview_name),
        why_none=copy.reason if copy else None,
    )


def name_of(file: Evidence) -> str:
    """The name under which the file was sent, made safe when it was received."""
    key = vault().open_key(file.content_key)
    return key.decrypt_text(file.name_sealed, context_of("name", file.id))


def opens(file: Evidence) -> bool:
    """Whether staff may open the file, given what the scanner said and whether there is one."""
    return may_open(file.state, scanner=bool(settings().clamd_socket))


def open_original(session: Session, evidence_id: UUID) -> OpenedFile:
    """Open the file as it was sent. For services, which write down who did and why.

    Raises RuleBroken("file-quarantined") or ("file-not-checked") where it may not be opened.
    """
    file = _demand_open(session, evidence_id)
    chunks = _read_now(file, "original", file.stored_name)
    return OpenedFile(file.kind, name_of(file), file.size, chunks)


def open_rendition(session: Session, evidence_id: UUID) -> OpenedFile:
    """Open the copy without metadata; raise NotFound if there is none (yet)."""
    file, copy = _demand_copy(session, evidence_id)
    if copy.stored_name is None or copy.kind is None:
        raise NotFound("rendition")
    chunks = _read_now(file, "rendition", copy.stored_name)
    return OpenedFile(copy.kind, renamed(name_of(file), copy.kind), copy.size, chunks)


def open_preview(session: Session, evidence_id: UUID) -> OpenedFile:
    """Open the small grey blurred JPEG of an image; raise NotFound if there is none (yet)."""
    file, copy = _demand_copy(session, evidence_id)
    if copy.preview_name is None:
        raise NotFound("preview")
    chunks = _read_now(file, "preview", copy.preview_name)
    return OpenedFile(FileKind.JPEG, renamed(name_of(file), FileKind.JPEG), None, chunks)


def has_previewed(session: Session, evidence_id: UUID, actor: Actor, since: datetime) -> bool:
    """Whether it is written down that the actor has seen the preview since then."""
    noted = select(CustodyEntry.id).where(
        CustodyEntry.evidence_id == evidence_id,
        CustodyEntry.at > since,
        CustodyEntry.act == CustodyAct.OPENED_PREVIEW,
        CustodyEntry.actor_id == actor.id,
    )
    return session.scalar(noted.limit(1)) is not None


def _demand_open(session: Session, evidence_id: UUID) -> Evidence:
    file = get_evidence(session, evidence_id)
    if not opens(file):
        infected = file.state is EvidenceState.INFECTED
        raise RuleBroken("file-quarantined" if infected else "file-not-checked")
    return file


def _demand_copy(session: Session, evidence_id: UUID) -> tuple[Evidence, Rendition]:
    file, copy = _demand_open(session, evidence_id), find_rendition(session, evidence_id)
    if copy is None:
        raise NotFound("rendition")
    return file, copy


def _key(file: Evidence) -> ContentKey:
    return vault().open_key(file.content_key)


def _read_now(file: Evidence, part: str, name: str) -> Iterator[bytes]:
    """The plain text of a part; NotFound comes here, and not when the answer is half sent."""
    if not storage().exists(name):
        raise NotFound("stored-file")
    return read_stored(_key(file), name, context_of(part, file.id))


def read_stored(key: ContentKey, name: str, context: str) -> Iterator[bytes]:
    """Yield the plain text of a stored file, closing it at the end or when nobody reads on."""
    with storage().open_stored(name) as sealed:
        yield from key.decrypt_stream(sealed, context)


def list_same(session: Session, evidence_id: UUID) -> list[UUID]:
    """The other files with the very same content, oldest first: a hint of a duplicate report."""
    mac = get_evidence(session, evidence_id).dedupe_mac
    found = session.scalars(
        select(Evidence.id)
        .where(Evidence.dedupe_mac == mac, Evidence.id != evidence_id)
        .order_by(Evidence.received_at, Evidence.id)
    )
    return list(found)


def list_custody(session: Session, evidence_id: UUID) -> list[CustodyLine]:
    """The chain of custody of a file, oldest first; reasons are gone once the file is erased."""
    file = session.get(Evidence, evidence_id)
    entries = session.scalars(
        select(CustodyEntry)
        .where(CustodyEntry.evidence_id == evidence_id)
        .order_by(CustodyEntry.at, CustodyEntry.id)
    )
    return [
        CustodyLine(e.at, e.act, e.actor_kind, e.actor_id, _reason(file, e.reason_sealed))
        for e in entries
    ]


def _reason(file: Evidence | None, sealed: bytes | None) -> str:
    if file is None or sealed is None:
        return ""
    return _key(file).decrypt_text(sealed, context_of("custody", file.id))


# --- Disk and table -----------------------------------------------------------------------------


def files_without_row(session: Session, before: datetime) -> list[str]:
    """Names of stored files, older than `before`, that no row knows."""
    found: list[str] = []
    names = [file.name for file in storage().files() if file.changed_at < before]
    for start in range(0, len(names), _NAMES_AT_ONCE):
        some = names[start : start + _NAMES_AT_ONCE]
        known = _known(session, some)
        found += [name for name in some if name not in known]
    return found


def _known(session: Session, names: list[str]) -> set[str]:
    known: set[str] = set()
    names_of = (Evidence.stored_name, Rendition.stored_name, Rendition.preview_name)
    for column in (*names_of, MadeFile.stored_name):
        known.update(
            name for name in session.scalars(select(column).where(column.in_(names))) if name
        )
    return known


def rows_without_file(session: Session) -> list[UUID]:
    """Ids of files of which the original or a copy is gone: always a case for a person."""
    disk = storage()
    rows = session.execute(
        select(Evidence.id, Evidence.stored_name, Rendition.stored_name, Rendition.preview_name)
        .outerjoin(Rendition, Rendition.evidence_id == Evidence.id)
        .execution_options(yield_per=_NAMES_AT_ONCE)
    )
    gone = [row[0] for row in rows if not all(disk.exists(name) for name in row[1:] if name)]
    made = session.execute(select(MadeFile.id, MadeFile.stored_name))
    return [*gone, *(row.id for row in made if not disk.exists(row.stored_name))]
