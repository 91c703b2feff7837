"""Signed checkpoints of the trail: what finds the removal of its newest entries.

The chain alone cannot tell that it once was longer. A checkpoint says so, and whoever keeps a
copy of it elsewhere (an auditor, a reader of the public page, a reporter with a receipt) can
show it.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent, Checkpoint
from portal.infra.config import settings
from portal.infra.keys import signing_seed
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor

_PURPOSE: Final = "sunline/trail-checkpoint/1"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a checkpoint says: at `made_at` the trail had `count` entries and ended in `head`."""

    count: int
    head: str
    made_at: datetime
    fingerprints: tuple[str, ...]
    signature: bytes = b""

    @property
    def signed(self) -> bytes:
        """The bytes under the signature."""
        made_at = self.made_at.astimezone(UTC).isoformat(timespec="microseconds")
        said = [_PURPOSE, self.count, self.head, made_at, list(self.fingerprints)]
        return json.dumps(said, separators=(",", ":")).encode()

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the signature is that key's over exactly this."""
        try:
            key.verify(self.signature, self.signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class CheckpointFault:
    """A checkpoint that the trail, or its own signature, contradicts."""

    count: int
    made_at: datetime
    what: str


def public_key() -> Ed25519PublicKey:
    """What verifies the checkpoints of this installation."""
    return _private_key().public_key()


def make_checkpoint(fingerprints: Sequence[str], *, actor: Actor) -> Statement | None:
    """Sign what the trail is now, beside the fingerprints of the custodians' keys; keep it twice.

    None when nothing was added to the trail since the last one.
    """
    with unit_of_work(actor) as uow:
        newest = _newest_entry(uow.session)
        last = uow.session.scalar(select(func.max(Checkpoint.count))) or 0
        if newest is None or newest[0] <= last:
            return None
        said = _sign(Statement(*newest, uow.now, tuple(fingerprints)))
        uow.session.add(
            Checkpoint(
                count=said.count,
                head=said.head,
                made_at=said.made_at,
                fingerprints=list(said.fingerprints),
                signature=said.signature,
            )
        )
    _append_line(said)
    return said


def contradictions(session: Session, folder: Path | None = None) -> list[CheckpointFault]:
    """Compare the trail with every stored checkpoint and those in `folder` (`var/checkpoints`)."""
    length = (_newest_entry(session) or (0, ""))[0]
    key = public_key()
    faults = []
    for said in {*_stored(session), *_in_files(folder or settings().checkpoints_dir)}:
        what = _fault(session, said, length, key)
        if what is not None:
            faults.append(CheckpointFault(said.count, said.made_at, what))
    return sorted(faults, key=lambda fault: fault.count)


def find_newest(session: Session, folder: Path | None = None) -> Statement | None:
    """The newest checkpoint with a good signature, of those stored and those in files."""
    last = select(Checkpoint).order_by(Checkpoint.made_at.desc()).limit(1)
    stored = [_statement(row) for row in session.scalars(last)]
    months = sorted((folder or settings().checkpoints_dir).glob("*.jsonl"))
    found = [*stored, *[one for path in months[-1:] for one in _in_file(path)][-1:]]
    if not found:
        return None
    key = public_key()
    signed = [one for one in found if one.is_signed_by(key)]
    return max(signed, key=lambda one: one.made_at.astimezone(UTC), default=None)


def _fault(session: Session, said: Statement, length: int, key: Ed25519PublicKey) -> str | None:
    if not said.is_signed_by(key):
        return "not signed with the key of this installation"
    if said.count > length:
        return f"the trail has {length} entries only: the newest were removed"
    there = session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == said.count))
    return None if there == said.head else "another entry stands in its place"


def _newest_entry(session: Session) -> tuple[int, str] | None:
    row = session.execute(
        select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
    ).first()
    return (row.seq, row.hash) if row else None


def _stored(session: Session) -> Iterator[Statement]:
    return map(_statement, session.scalars(select(Checkpoint)))


def _statement(row: Checkpoint) -> Statement:
    return Statement(row.count, row.head, row.made_at, tuple(row.fingerprints), row.signature)


def _in_files(folder: Path) -> Iterator[Statement]:
    for path in sorted(folder.glob("*.jsonl")):
        yield from _in_file(path)


def _in_file(path: Path) -> Iterator[Statement]:
    for line in path.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        yield Statement(
            said["count"],
            said["head"],
            datetime.fromisoformat(said["made_at"]),
            tuple(said["fingerprints"]),
            bytes.fromhex(said["signature"]),
        )


def _append_line(said: Statement) -> None:
    """Add the checkpoint to the file of its month."""
    folder = settings().checkpoints_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {
        "count": said.count,
        "head": said.head,
        "made_at": said.made_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "fingerprints": said.fingerprints,
        "signature": said.signature.hex(),
    }
    with (folder / f"{said.made_at:%Y-%m}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _sign(said: Statement) -> Statement:
    signature = _private_key().sign(said.signed)
    return Statement(said.count, said.head, said.made_at, said.fingerprints, signature)


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(signing_seed(settings().keys_dir))
