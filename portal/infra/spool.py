"""Where an upload waits while the rest of its form comes in: never in clear on a disk."""

import errno
import io
import os
import tempfile
from pathlib import Path
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from portal.infra.storage import storage

MEMORY_BYTES: Final = 512 * 1024
_BLOCK: Final = 16
_COUNTER_BITS: Final = 128


class Spool(io.RawIOBase):
    """A seekable stream: in memory while small, then in a nameless file under a key of its own.

    The key is in the memory of this process only (AES-256-CTR: what matters is that a disk
    found later tells nothing). It is written from start to end, and read from anywhere. When
    the volume is full the rest is thrown away and `dropped` is set: the form is still read,
    so that the text of a report is not lost with its files.
    """

    def __init__(self, folder: Path, *, has_room: bool = True) -> None:
        self._folder = folder
        self._file: IO[bytes] = io.BytesIO()
        self._key, self._start = os.urandom(32), int.from_bytes(os.urandom(_BLOCK))
        self._writer = self._cipher_at(0)
        self._size = 0
        self._at = 0
        self.dropped = not has_room

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, chunk: bytes) -> int:  # type: ignore[override]  # bytes is all we are given
        """Append `chunk`; once the volume is full, only count what is thrown away."""
        self._at = self._size = self._size + len(chunk)
        if not self.dropped:
            try:
                self._make_room(self._size)
                self._file.seek(0, io.SEEK_END)
                self._file.write(self._writer.update(chunk))
                self._file.flush()
            except OSError as problem:
                if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                self._drop()
        return len(chunk)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as the base calls it
        if self.dropped:
            return 0
        skip = self._at % _BLOCK
        self._file.seek(self._at - skip)
        sealed = self._file.read(skip + len(buffer))
        plain = self._cipher_at(self._at - skip).update(sealed)[skip:]
        buffer[: len(plain)] = plain
        self._at += len(plain)
        return len(plain)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = origin + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()
        super().close()

    def _make_room(self, size: int) -> None:
        """Move from memory to a file without a name once the memory is used up."""
        if size <= MEMORY_BYTES or not isinstance(self._file, io.BytesIO):
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        on_disk = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # closed by close
        on_disk.write(self._file.getvalue())
        self._file = on_disk

    def _drop(self) -> None:
        self.dropped = True
        self._file.close()
        self._file = io.BytesIO()

    def _cipher_at(self, offset: int) -> CipherContext:
        """The key stream from byte `offset`, a multiple of the block, onwards."""
        counter = (self._start + offset // _BLOCK) % (1 << _COUNTER_BITS)
        return Cipher(AES256(self._key), CTR(counter.to_bytes(_BLOCK))).encryptor()


def open_spool(expected_bytes: int) -> Spool:
    """A spool beside the evidence, for an upload of about `expected_bytes`."""
    volume = storage()
    return Spool(volume.root / "spool", has_room=volume.has_room(expected_bytes))
