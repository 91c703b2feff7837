"""The ledger of erasures: what was destroyed, by id, outside the database and its backups (T36).

A file of lines that only grows, each with the SHA-256 of itself and the line before. It is written
and on the disk before the transaction that destroys commits, so that nothing is erased that it does
not know; after a restore it is replayed (`portal.disposal.service.replaying`).
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.uow import UnitOfWork
from portal.kernel.actor import Actor

FILE_NAME: Final = "erasures.jsonl"
GENESIS: Final = "0" * 64
LONGEST_LINE: Final = 8192
# Whoever replays the ledger adds nothing to it.
REPLAY: Final = Actor.system("replay-erasures")


class ErasureKind(StrEnum):
    """What was destroyed: an identity, the address for letters, words, a report, a whole case."""

    IDENTITY = "identity"
    ADDRESS = "address"
    WORDS = "words"
    REPORT = "report"
    CASE = "case"


class LedgerAct(StrEnum):
    """An erasure, or a hold: what it names was still there then, whatever stands before."""

    ERASE = "erase"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line: ids, codes and days, nothing personal."""

    act: LedgerAct
    what: ErasureKind
    subject_id: UUID
    at: datetime
    details: Mapping[str, str]


class LedgerBroken(Exception):  # it is what happened, and no defect
    """A line was altered, taken out or put in; `number` is the first that does not hold."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number} of the ledger of erasures is not as it was written")
        self.number = number


class LedgerCutOff(LedgerBroken):
    """The ledger is shorter than it was known to be, or another one."""

    def __init__(self, anchor: "Head") -> None:
        super().__init__(anchor.lines)

    def __str__(self) -> str:
        return f"the ledger of erasures had {self.number} lines and has lost its end"


@dataclass(frozen=True, slots=True)
class Head:
    """So many lines, and the hash of the last one."""

    lines: int
    hash: str


def note_erasure(uow: UnitOfWork, what: ErasureKind, subject_id: UUID, **details: str) -> None:
    """Put an erasure into the ledger before it commits, and have its bytes overwritten."""
    overwrite_erased(uow)
    _note(uow, LedgerLine(LedgerAct.ERASE, what, subject_id, uow.now, details))


def note_hold(uow: UnitOfWork, what: ErasureKind, subject_id: UUID) -> None:
    """Note that something is held: an erasure of it that stands before never happened."""
    _note(uow, LedgerLine(LedgerAct.HOLD, what, subject_id, uow.now, {}))


def overwrite_erased(uow: UnitOfWork) -> None:
    """Have SQLite overwrite with zeros what this connection deletes from here on."""
    if uow.connection.dialect.name == "sqlite":
        uow.connection.exec_driver_sql("PRAGMA secure_delete = on").close()


def empty_journal(*, actor: Actor) -> None:  # noqa: ARG001  # nobody is told: nothing changes
    """Take what was erased out of SQLite's write-ahead log too; if it is in use, next time."""
    engine = db.engine.engine
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for pragma in ("busy_timeout=500", "wal_checkpoint(TRUNCATE)", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}").fetchall()
        cursor.close()
    finally:
        connection.close()


def ledger_path() -> Path:
    """Where the ledger of this installation lies."""
    return settings().erasures_dir / FILE_NAME


def read_ledger(path: Path | None = None) -> list[LedgerLine]:
    """Every line, oldest first; raises LedgerBroken with the first that is not as it was written.

    A last line that a crash cut off is passed over: what it was about did not happen.
    """
    path = path or ledger_path()
    if not path.exists():
        return []
    lines, before = [], GENESIS
    whole = path.read_bytes().rpartition(b"\n")[0]
    for number, line in enumerate(whole.split(b"\n") if whole else (), start=1):
        before = _chained(line, before, number)
        lines.append(_read(line, number))
    return lines


def heads_of(path: Path | None = None) -> list[Head]:
    """The ledger as it was after each of its lines, and before the first; LedgerBroken as above."""
    path, heads = path or ledger_path(), [Head(0, GENESIS)]
    whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    for number, line in enumerate(whole.split(b"\n") if whole else (), start=1):
        heads.append(Head(number, _chained(line, heads[-1].hash, number)))
    return heads


def demand_goes_on(anchor: Head) -> None:
    """Raise LedgerCutOff unless the ledger still has the line in which it once ended."""
    heads = heads_of()
    if len(heads) <= anchor.lines or heads[anchor.lines] != anchor:
        raise LedgerCutOff(anchor)


def erased_of(lines: Sequence[LedgerLine]) -> list[LedgerLine]:
    """The erasures that count: once for each thing, and none that a later hold contradicts."""
    last: dict[tuple[ErasureKind, UUID], LedgerLine] = {}
    for line in lines:
        last.pop((line.what, line.subject_id), None)
        if line.act is LedgerAct.ERASE:
            last[line.what, line.subject_id] = line
    return list(last.values())


def _note(uow: UnitOfWork, line: LedgerLine) -> None:
    if uow.actor != REPLAY:
        uow.at_the_end(_write_down, line)


def _write_down(_uow: UnitOfWork, lines: list[LedgerLine]) -> None:
    """Append the lines and wait for the disk; an error here refuses the erasure."""
    with _opened(ledger_path()) as file:
        before = _last_hash(file)
        for line in lines:
            text, before = _written(line, before)
            file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, at its end, for one process at a time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _last_hash(file: BinaryIO) -> str:
    """The hash of the last whole line; what a crash has cut off behind it is taken away."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - LONGEST_LINE))
    tail = file.read()
    whole, newline, _cut = tail.rpartition(b"\n")
    file.seek(end - len(tail) + len(whole) + len(newline))
    file.truncate()
    return str(json.loads(whole.rpartition(b"\n")[2])["hash"]) if whole else GENESIS


def _written(line: LedgerLine, before: str) -> tuple[bytes, str]:
    said = {
        "act": line.act.value,
        "what": line.what.value,
        "id": line.subject_id.hex,
        "at": line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        **line.details,
    }
    digest = _hash(said, before)
    return json.dumps({**said, "hash": digest}, separators=(",", ":")).encode(), digest


def _hash(said: Mapping[str, str], before: str) -> str:
    canonical = json.dumps([said, before], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _chained(line: bytes, before: str, number: int) -> str:
    try:
        said = json.loads(line)
        digest = said.pop("hash")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise LedgerBroken(number) from None
    if digest != _hash(said, before):
        raise LedgerBroken(number)
    return str(digest)


def _read(line: bytes, number: int) -> LedgerLine:
    said = json.loads(line)
    said.pop("hash")
    try:
        return LedgerLine(
            act=LedgerAct(said.pop("act")),
            what=ErasureKind(said.pop("what")),
            subject_id=UUID(said.pop("id")),
            at=datetime.fromisoformat(said.pop("at")),
            details=said,
        )
    except (ValueError, KeyError):
        raise LedgerBroken(number) from None
