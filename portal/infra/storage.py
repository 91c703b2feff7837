"""Files on the evidence volume: streamed, hashed, encrypted, durable before their row commits."""

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from portal.infra.config import settings
from portal.infra.vault import ContentKey
from portal.kernel.errors import NotFound, Unavailable

_NAME: Final = re.compile(r"[0-9a-f]{32}")
_PARTIAL: Final = "partial"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One encrypted file: its random name, the bytes of its plain text and their SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as the reconciliation meets it on the disk."""

    name: str
    changed_at: datetime


class _Hashing:
    """Hashes what is read through it, so that a file is read once; offers `read` only."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self.digest.update(chunk)
        return chunk


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder of encrypted files under random names, two folders deep.

    Nothing in it is reachable by an address: it is never inside a folder that is served.
    `keep_free_bytes` and `keep_free_share` are what must stay free on the volume.
    """

    root: Path
    keep_free_bytes: int
    keep_free_share: float

    def has_room(self, size: int = 0) -> bool:
        """Whether `size` more bytes leave free what must stay free."""
        self._make(self.root)
        usage = shutil.disk_usage(self.root)
        left = usage.free - size
        return left >= max(self.keep_free_bytes, usage.total * self.keep_free_share)

    def store(self, stream: BinaryIO, key: ContentKey, context: str) -> StoredFile:
        """Encrypt `stream` to the disk and return what became of it; on return it is durable.

        Raises Unavailable("no-room-for-files") when the volume is nearly or quite full. If
        anything fails, nothing is left behind; the sweep takes what a crash leaves.
        """
        if not self.has_room():
            raise Unavailable("no-room-for-files")
        name = secrets.token_hex(16)
        partial = self._make(self.root / _PARTIAL) / name
        try:
            stored = self._write(partial, _Hashing(stream), key, context)
            self._settle(partial, self._path(name))
        except OSError as problem:
            if problem.errno in _FULL:
                raise Unavailable("no-room-for-files") from problem
            raise
        finally:
            with suppress(FileNotFoundError):
                partial.unlink()
        return stored

    def open_stored(self, name: str) -> BinaryIO:
        """Open the encrypted bytes; raise NotFound if there is no such file."""
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise NotFound("stored-file") from None

    def remove(self, name: str) -> None:
        """Delete a file; one that is gone already is no error."""
        with suppress(FileNotFoundError):
            self._path(name).unlink()

    def exists(self, name: str) -> bool:
        """Whether the file is on the disk."""
        return self._path(name).is_file()

    def files(self) -> Iterator[FoundFile]:
        """All whole files, in no order; those that vanish meanwhile are passed over."""
        for path in self.root.glob("??/??/*"):
            with suppress(FileNotFoundError):
                yield FoundFile(path.name, _changed_at(path))

    def sweep_partials(self, before: datetime) -> int:
        """Delete what uploads cut off before `before` have left; return how many there were."""
        swept = 0
        for path in (self.root / _PARTIAL).glob("*"):
            with suppress(FileNotFoundError):
                if _changed_at(path) < before:
                    path.unlink()
                    swept += 1
        return swept

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotFound("stored-file")
        return self.root / name[:2] / name[2:4] / name

    def _write(self, partial: Path, source: _Hashing, key: ContentKey, context: str) -> StoredFile:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as sink:
            size = key.encrypt_stream(cast("BinaryIO", source), sink, context)
            sink.flush()
            os.fsync(sink.fileno())
        return StoredFile(partial.name, size, source.digest.hexdigest())

    def _settle(self, partial: Path, final: Path) -> None:
        """Give the finished file its place, and make the place itself durable."""
        self._make(final.parent)
        partial.rename(final)
        _sync_folder(final.parent)

    def _make(self, folder: Path) -> Path:
        """Make `folder` and those above it down from the root, readable by the owner only."""
        if not folder.is_dir():
            if folder != self.root:
                self._make(folder.parent)
            folder.mkdir(mode=0o700, parents=folder == self.root, exist_ok=True)
            _sync_folder(folder.parent)
        return folder


def storage() -> Storage:
    """The evidence volume of this installation."""
    chosen = settings()
    return Storage(chosen.evidence_dir, chosen.min_free_bytes, chosen.min_free_share)


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
