"""What is done with files: receiving, scanning, making the copy, opening, sweeping up.

A file belongs to a record of a later stage, whose service decides who may touch it: the
functions that take `uow` are called by such a service, inside its transaction.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final
from uuid import UUID, uuid4

from portal.audit.trail import advance, record
from portal.evidence import queries
from portal.evidence.confinement import render
from portal.evidence.copies import StoredCopy, remove_copy, store_copy
from portal.evidence.identification import identify
from portal.evidence.kinds import FileKind, gets_rendition
from portal.evidence.models import CustodyEntry, Evidence, Rendition
from portal.evidence.names import display_name
from portal.evidence.pictures import forget_looks, keep_looks
from portal.evidence.proofs import commitment, dedupe_mac
from portal.evidence.queries import OpenedFile, context_of, read_stored
from portal.evidence.refusals import FileRefused, Refusal
from portal.evidence.renditions import Impossible
from portal.evidence.rules import Limits, Problem, demand_room, demand_size, problems, size_of
from portal.evidence.states import (
    CustodyAct,
    EvidenceAction,
    EvidenceState,
    NoRendition,
    RenditionAction,
    RenditionState,
)
from portal.infra import scanner
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.storage import StoredFile, storage
from portal.infra.tasks import TaskKind, call_off
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken, Unavailable

ORPHAN_AGE: Final = timedelta(hours=1)
SALT_BYTES: Final = 16
LEAST_REASON: Final = 5
MOST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as it was sent: a seekable stream, and the name the sender gave it."""

    stream: BinaryIO = field(repr=False)
    filename: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is encrypted and durable on the disk, and not yet in the table."""

    id: UUID
    kind: FileKind
    stored: StoredFile
    content_key: bytes = field(repr=False)
    name_sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the sweep found: things removed, and evidence whose file is gone."""

    partials_removed: int
    orphans_removed: int
    missing: tuple[UUID, ...]


# --- Receiving ----------------------------------------------------------------------------------


def limits() -> Limits:
    """How much may be sent, as this installation has chosen."""
    chosen = settings()
    return Limits(chosen.max_file_bytes, chosen.max_report_bytes, chosen.max_files)


def problems_with(uploads: Sequence[IncomingFile], already: Sequence[int] = ()) -> list[Problem]:
    """Everything that is wrong with what a form sent, for the form to show beside the text.

    `already` are the sizes of the files the report has. Where there is no room for files, that
    is the one problem: the text can be sent without them.
    """
    sizes = [size_of(upload.stream) for upload in uploads]
    if uploads and (any(map(_was_dropped, uploads)) or not storage().has_room(sum(sizes))):
        return [Problem(0, "", FileRefused(Refusal.NO_ROOM))]
    pairs = [(upload.filename, upload.stream) for upload in uploads]
    return list(problems(pairs, limits(), already))


def _was_dropped(upload: IncomingFile) -> bool:
    """Whether the volume filled up while the file came in (`portal.infra.spool`)."""
    return bool(getattr(upload.stream, "dropped", False))


def keep(upload: IncomingFile, *, limits: Limits) -> KeptFile:
    """Check one file and put it on the disk, encrypted under a key of its own.

    Called before the transaction, which it would hold up. Raises FileRefused, or
    Unavailable("no-room-for-files"); then, and if the row never comes, nothing stays behind.
    """
    if _was_dropped(upload):
        raise Unavailable("no-room-for-files")
    demand_size(size_of(upload.stream), limits)
    kind = identify(upload.stream, upload.filename)
    key, wrapped = vault().new_key()
    evidence_id = uuid4()
    name = key.encrypt_text(display_name(upload.filename), context_of("name", evidence_id))
    stored = storage().store(upload.stream, key, context_of("original", evidence_id))
    return KeptFile(evidence_id, kind, stored, wrapped, name)


def record_kept(uow: UnitOfWork, kept: KeptFile, *, place: int = 0) -> Evidence:
    """Enter a kept file, the `place`th that was sent, with trail, custody and its tasks."""
    key, salt = vault().open_key(kept.content_key), secrets.token_bytes(SALT_BYTES)
    sha256 = bytes.fromhex(kept.stored.sha256)
    file = Evidence(
        id=kept.id,
        content_key=kept.content_key,
        stored_name=kept.stored.name,
        size=kept.stored.size,
        sha256_sealed=key.encrypt(sha256, context_of("sha256", kept.id)),
        salt_sealed=key.encrypt(salt, context_of("salt", kept.id)),
        dedupe_mac=dedupe_mac(kept.stored.sha256),
        kind=kept.kind,
        name_sealed=kept.name_sealed,
        received_at=uow.now + timedelta(microseconds=place),
        claimed_at=uow.now,
    )
    uow.session.add(file)
    uow.session.flush()
    if gets_rendition(kept.kind):
        uow.session.add(Rendition(evidence_id=file.id))
    proof = commitment(salt, kept.stored.sha256)
    record(uow, "evidence.receive", "evidence", file.id, kind=file.kind, commitment=proof)
    _note(uow, file, CustodyAct.RECEIVED)
    _start(uow, file)
    return file


def receive(uow: UnitOfWork, upload: IncomingFile, *, limits: Limits) -> Evidence:
    """Keep and record one file at once; see `keep` for what is refused."""
    return record_kept(uow, keep(upload, limits=limits))


def keep_files(
    uploads: Sequence[IncomingFile], *, actor: Actor, already: Sequence[int] = ()
) -> tuple[UUID, ...]:
    """Keep and record all of what one form sent, or nothing; return the ids in their order.

    `already` are the sizes of the files the report has. Raises FileRefused as `keep` does, and
    when they are too many or too large together.
    """
    if not uploads:
        return ()
    chosen = limits()
    demand_room([*already, *(size_of(upload.stream) for upload in uploads)], chosen)
    kept: list[KeptFile] = []
    try:
        kept.extend(keep(upload, limits=chosen) for upload in uploads)
        with unit_of_work(actor) as uow:
            for place, file in enumerate(kept):
                record_kept(uow, file, place=place)
    except BaseException:
        for file in kept:
            storage().remove(file.stored.name)
        raise
    return tuple(file.id for file in kept)


def _start(uow: UnitOfWork, file: Evidence) -> None:
    """The scanner comes first where there is one; the copy is made of what it has passed."""
    if settings().clamd_socket:
        uow.task(TaskKind.SCAN_FILE, file.id)
        return
    advance(uow, file, EvidenceAction.LEAVE_UNCHECKED)
    if gets_rendition(file.kind):
        uow.task(TaskKind.MAKE_RENDITION, file.id)


def _note(uow: UnitOfWork, file: Evidence, act: CustodyAct, reason: str = "") -> None:
    sealed = None
    if reason:
        key = vault().open_key(file.content_key)
        sealed = key.encrypt_text(reason, context_of("custody", file.id))
    uow.session.add(
        CustodyEntry(
            evidence_id=file.id,
            at=uow.now,
            act=act,
            actor_kind=uow.actor.kind,
            actor_id=uow.actor.id,
            reason_sealed=sealed,
        )
    )


# --- Scanning -----------------------------------------------------------------------------------


def scan(evidence_id: UUID, *, actor: Actor) -> None:
    """Have the scanner look at a file, and quarantine what it finds.

    Safe to run twice: a file that has a verdict, or was erased, is not scanned. Raises
    Unavailable while the scanner is away; the file stays closed, and the task is tried again.
    """
    session = db.session()
    file = session.get(Evidence, evidence_id)
    if file is None or file.state not in (EvidenceState.RECEIVED, EvidenceState.UNCHECKED):
        return
    chunks = _original(file)
    session.commit()  # nothing stays open while the scanner works
    address = settings().clamd_socket
    verdict = scanner.scan(chunks, address) if address else None
    with unit_of_work(actor) as uow:
        file = uow.session.get(Evidence, evidence_id)
        if file is not None and file.state in (EvidenceState.RECEIVED, EvidenceState.UNCHECKED):
            _take_verdict(uow, file, verdict)


def _take_verdict(uow: UnitOfWork, file: Evidence, verdict: scanner.Verdict | None) -> None:
    copy = queries.find_rendition(uow.session, file.id)
    waiting = copy is not None and copy.state is RenditionState.PENDING
    if verdict is None:  # the scanner was taken away meanwhile
        if file.state is EvidenceState.UNCHECKED:
            return
        advance(uow, file, EvidenceAction.LEAVE_UNCHECKED)
    elif verdict is scanner.Verdict.CLEAN:
        file.checked_at = uow.now
        advance(uow, file, EvidenceAction.CLEAR)
        _note(uow, file, CustodyAct.CLEARED)
    else:
        file.checked_at = uow.now
        advance(uow, file, EvidenceAction.QUARANTINE)
        _note(uow, file, CustodyAct.QUARANTINED)
    if waiting:
        uow.task(TaskKind.MAKE_RENDITION, file.id, cause="scanned")


def _original(file: Evidence) -> Iterator[bytes]:
    key = vault().open_key(file.content_key)
    return read_stored(key, file.stored_name, context_of("original", file.id))


# --- The copy without metadata ------------------------------------------------------------------


def make_rendition(evidence_id: UUID, *, actor: Actor) -> None:
    """Make the copy without metadata of an image or PDF, or note why there can be none.

    Safe to run twice: of two copies the one whose row commits first stays, and the files of the
    other are removed. A file the scanner has yet to see waits for it.
    """
    session = db.session()
    file, copy = session.get(Evidence, evidence_id), queries.find_rendition(session, evidence_id)
    if file is None or copy is None or copy.state is not RenditionState.PENDING:
        return
    if file.state is EvidenceState.INFECTED:
        _settle(evidence_id, NoRendition.INFECTED, actor)
        return
    if file.state is EvidenceState.RECEIVED:
        return
    key, kind, chunks = vault().open_key(file.content_key), file.kind, _original(file)
    session.commit()  # nothing stays open while the child works
    try:
        rendered = render(kind, chunks)
    except Impossible as impossible:
        _settle(evidence_id, impossible.reason, actor)
    else:
        _settle(evidence_id, store_copy(evidence_id, key, rendered), actor)


def _settle(evidence_id: UUID, outcome: StoredCopy | NoRendition, actor: Actor) -> None:
    """Write down what became of the copy, unless another run has already."""
    with unit_of_work(actor) as uow:
        file = uow.session.get(Evidence, evidence_id)
        copy = queries.find_rendition(uow.session, evidence_id)
        settled = copy is None or copy.state is not RenditionState.PENDING
        if file is not None and copy is not None and not settled:
            _write_outcome(uow, file, copy, outcome)
    if settled and isinstance(outcome, StoredCopy):
        remove_copy(outcome)


def _write_outcome(
    uow: UnitOfWork, file: Evidence, copy: Rendition, outcome: StoredCopy | NoRendition
) -> None:
    if isinstance(outcome, NoRendition):
        copy.reason = outcome
        advance(uow, copy, RenditionAction.GIVE_UP, reason=outcome, evidence=file.id.hex)
        _note(uow, file, CustodyAct.RENDITION_IMPOSSIBLE)
        return
    copy.kind, copy.made_at = outcome.kind, uow.now
    copy.stored_name = outcome.rendition.name
    copy.size = outcome.rendition.size
    copy.preview_name = outcome.preview.name if outcome.preview else None
    keep_looks(uow, file.id, outcome.looks)
    advance(uow, copy, RenditionAction.MAKE, evidence=file.id.hex)
    _note(uow, file, CustodyAct.RENDITION_MADE)


# --- Opening ------------------------------------------------------------------------------------


def open_original(uow: UnitOfWork, evidence_id: UUID, reason: str) -> OpenedFile:
    """Open a file as it was sent, and write down who did and why (5 to 500 characters).

    It may name its author: the caller has checked the right to originals and to the record.
    """
    stated = " ".join(reason.split())
    if not LEAST_REASON <= len(stated) <= MOST_REASON:
        raise RuleBroken("reason-missing", least=LEAST_REASON, most=MOST_REASON)
    opened = queries.open_original(uow.session, evidence_id)
    _note_opening(uow, evidence_id, CustodyAct.OPENED_ORIGINAL, stated)
    return opened


def open_rendition(uow: UnitOfWork, evidence_id: UUID) -> OpenedFile:
    """Open the copy without metadata, and write down who did."""
    opened = queries.open_rendition(uow.session, evidence_id)
    _note_opening(uow, evidence_id, CustodyAct.OPENED_RENDITION)
    return opened


def note_preview(uow: UnitOfWork, evidence_id: UUID) -> None:
    """Write down that somebody has seen the small blurred picture."""
    _note_opening(uow, evidence_id, CustodyAct.OPENED_PREVIEW)


def export_original(uow: UnitOfWork, evidence_id: UUID, reason: str) -> OpenedFile:
    """Open a file to hand it on, with a dossier say, and write down who did and why."""
    opened = queries.open_original(uow.session, evidence_id)
    _note_opening(uow, evidence_id, CustodyAct.EXPORTED, reason)
    return opened


def _note_opening(uow: UnitOfWork, evidence_id: UUID, act: CustodyAct, reason: str = "") -> None:
    _note(uow, queries.get_evidence(uow.session, evidence_id), act, reason)
    record(uow, f"evidence.{act}", "evidence", evidence_id)


# --- Erasing ------------------------------------------------------------------------------------


def erase(uow: UnitOfWork, evidence_id: UUID) -> None:
    """Delete a file and destroy its key; its chain of custody stays, without the reasons.

    For the stage that owns the link to it, which deletes that first. What lies on the disk can
    be opened by nobody from the commit on, and the next sweep removes it. Work still to be done on
    the file is called off.
    """
    file = queries.get_evidence(uow.session, evidence_id)
    copy = queries.find_rendition(uow.session, evidence_id)
    forget_looks(uow, evidence_id)
    if copy is not None:
        uow.session.delete(copy)
        uow.session.flush()
    _note(uow, file, CustodyAct.ERASED)
    uow.session.delete(file)
    call_off(uow.session, evidence_id, uow.now)
    record(uow, "evidence.erase", "evidence", evidence_id)


# --- Sweeping up --------------------------------------------------------------------------------


def sweep_files(*, actor: Actor) -> Reconciliation:
    """Remove what cut uploads and rolled-back rows left an hour ago; find files that are gone.

    Safe to run at any time and twice: a file whose row is about to commit is younger than that.
    """
    before = datetime.now(UTC) - ORPHAN_AGE
    disk, session = storage(), db.session()
    partials = disk.sweep_partials(before)
    orphans = queries.files_without_row(session, before)
    for name in orphans:
        disk.remove(name)
    missing = queries.rows_without_file(session)
    with unit_of_work(actor) as uow:
        record(
            uow,
            "evidence.reconcile",
            "evidence",
            None,
            partials=partials,
            orphans=len(orphans),
            missing=len(missing),
        )
    return Reconciliation(partials, len(orphans), tuple(missing))
