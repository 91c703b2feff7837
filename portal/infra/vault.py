"""Envelope encryption of contents: a key for each record, wrapped under a key outside the database.

Erasing a record destroys its wrapped key; what is left on the disk stays ciphertext. A backup from
before holds the wrapped key too (`docs/security-tradeoffs.md`).
"""

import json
import os
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.infra.keys import keys
from portal.kernel.errors import PortalError

KEY_BYTES: Final = 32
CHUNK_BYTES: Final = 64 * 1024
PADDING_STEP: Final = 256

_WRAP_VERSION: Final = b"\x01"
_RECORD_VERSION: Final = b"\x01"
_STREAM_VERSION: Final = b"\x02"
_KEK_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_SALT_BYTES: Final = 32
_PADDING_MARK: Final = b"\x80"


class EnvelopeBroken(PortalError):
    """The envelope was altered, cut, made for another place, or made under another key."""

    def __init__(self) -> None:
        super().__init__("envelope-broken")


def pad(data: bytes) -> bytes:
    """Lengthen `data` to the next 256-byte step, so that its length tells little (ISO 7816-4)."""
    marked = data + _PADDING_MARK
    return marked + bytes(-len(marked) % PADDING_STEP)


def unpad(padded: bytes) -> bytes:
    """Undo `pad`; raise EnvelopeBroken if it was not padded."""
    marked = padded.rstrip(b"\x00")
    if not marked.endswith(_PADDING_MARK):
        raise EnvelopeBroken
    return marked[:-1]


class ContentKey:
    """The key of one record; it encrypts everything that belongs to the record.

    `context` names the one place an envelope may stand in, such as `report.narrative:<uuid>`;
    an envelope moved elsewhere does not open. Safe to share between threads.
    """

    __slots__ = ("_aead", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._aead = AESGCM(key)

    def encrypt(self, data: bytes, context: str) -> bytes:
        """Return version (1 byte), nonce (12), then `data` padded to 256-byte steps and sealed."""
        nonce = os.urandom(_NONCE_BYTES)
        return _RECORD_VERSION + nonce + self._aead.encrypt(nonce, pad(data), _place(context))

    def decrypt(self, envelope: bytes, context: str) -> bytes:
        """Return what was encrypted for `context`; raise EnvelopeBroken for anything else."""
        if envelope[:1] != _RECORD_VERSION:
            raise EnvelopeBroken
        body = envelope[1:]
        return unpad(_open(self._aead, body[:_NONCE_BYTES], body[_NONCE_BYTES:], _place(context)))

    def encrypt_text(self, text: str, context: str) -> bytes:
        """Encrypt `text` as UTF-8."""
        return self.encrypt(text.encode(), context)

    def decrypt_text(self, envelope: bytes, context: str) -> str:
        """Return the text encrypted for `context`; raise EnvelopeBroken for anything else."""
        return self.decrypt(envelope, context).decode()

    def encrypt_json(self, value: object, context: str) -> bytes:
        """Encrypt anything JSON can hold."""
        return self.encrypt_text(json.dumps(value, ensure_ascii=False), context)

    def decrypt_json(self, envelope: bytes, context: str) -> Any:  # noqa: ANN401  JSON has no type
        """Return the value encrypted for `context`; raise EnvelopeBroken for anything else."""
        return json.loads(self.decrypt(envelope, context))

    def encrypt_stream(self, source: BinaryIO, sink: BinaryIO, context: str) -> int:
        """Encrypt `source` into `sink` in constant memory; return the bytes of plain text read.

        STREAM (Hoang, Reyhanitabar, Rogaway, Vizar 2015): version (1 byte), salt (32), then
        chunks of 64 KiB each sealed with its number and whether it is the last, so that
        cutting, reordering and appending show. The salt gives every file a key of its own.
        """
        salt = os.urandom(_SALT_BYTES)
        aead = self._stream_aead(salt, context)
        sink.write(_STREAM_VERSION + salt)
        total = 0
        for nonce, chunk in _numbered(source, CHUNK_BYTES):
            sink.write(aead.encrypt(nonce, chunk, None))
            total += len(chunk)
        return total

    def decrypt_stream(self, source: BinaryIO, context: str) -> Iterator[bytes]:
        """Yield the plain text in chunks of at most 64 KiB, in constant memory.

        Raises EnvelopeBroken at the first chunk that is not genuine; a cut file shows only at
        its end, so whoever acts on the content must first have read all of it.
        """
        header = _read_exactly(source, 1 + _SALT_BYTES)
        if len(header) != 1 + _SALT_BYTES or header[:1] != _STREAM_VERSION:
            raise EnvelopeBroken
        aead = self._stream_aead(header[1:], context)
        for nonce, chunk in _numbered(source, CHUNK_BYTES + _TAG_BYTES):
            yield _open(aead, nonce, chunk, None)

    def _stream_aead(self, salt: bytes, context: str) -> AESGCM:
        info = b"sunline/stream/1\x00" + context.encode()
        return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, info).derive(self._key))


class Vault:
    """Wraps the keys of records under the key-encryption key (KEK).

    `older` are retired KEKs: they still open what they wrapped, and `rewrap` moves it on.
    """

    __slots__ = ("_aeads", "_current")

    def __init__(self, kek: bytes, older: Sequence[bytes] = ()) -> None:
        self._current = _kek_id(kek)
        self._aeads = {_kek_id(each): AESGCM(each) for each in (*older, kek)}

    def new_key(self) -> tuple[ContentKey, bytes]:
        """Return a fresh key and its wrapped form: version (1), KEK id (8), nonce (12), 48."""
        key = os.urandom(KEY_BYTES)
        return ContentKey(key), self._wrap(key)

    def open_key(self, wrapped: bytes) -> ContentKey:
        """Return the key in `wrapped`; raise EnvelopeBroken if altered or of an unknown KEK."""
        return ContentKey(self._unwrap(wrapped))

    def rewrap(self, wrapped: bytes) -> bytes:
        """Return the same key wrapped under the current KEK; contents need no re-encryption."""
        return self._wrap(self._unwrap(wrapped))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether `wrapped` names the current KEK, so that a rotation can tell what is left."""
        return wrapped[1 : 1 + _KEK_ID_BYTES] == self._current

    def _wrap(self, key: bytes) -> bytes:
        head = _WRAP_VERSION + self._current
        nonce = os.urandom(_NONCE_BYTES)
        return head + nonce + self._aeads[self._current].encrypt(nonce, key, head)

    def _unwrap(self, wrapped: bytes) -> bytes:
        head, body = wrapped[: 1 + _KEK_ID_BYTES], wrapped[1 + _KEK_ID_BYTES :]
        aead = self._aeads.get(head[1:])
        if head[:1] != _WRAP_VERSION or aead is None:
            raise EnvelopeBroken
        return _open(aead, body[:_NONCE_BYTES], body[_NONCE_BYTES:], head)


def vault() -> Vault:
    """Return the vault of this server's own key file."""
    return _vault_of(keys().kek)


@cache
def _vault_of(kek: bytes) -> Vault:
    """Made once for each key: naming it takes as long as opening a record."""
    return Vault(kek)


def _kek_id(kek: bytes) -> bytes:
    """Eight bytes that name a KEK and tell nothing about it."""
    return HKDF(SHA256(), _KEK_ID_BYTES, None, b"sunline/kek-id/1").derive(kek)


def _place(context: str) -> bytes:
    return b"sunline/record/1\x00" + context.encode()


def _open(aead: AESGCM, nonce: bytes, sealed: bytes, place: bytes | None) -> bytes:
    if len(nonce) != _NONCE_BYTES or len(sealed) < _TAG_BYTES:
        raise EnvelopeBroken
    try:
        return aead.decrypt(nonce, sealed, place)
    except InvalidTag:
        raise EnvelopeBroken from None


def _numbered(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield (nonce, chunk): nonce = chunk number (11 bytes), 1 if it is the last or else 0 (1)."""
    chunk = _read_exactly(source, size)
    for number in count():
        following = _read_exactly(source, size) if len(chunk) == size else b""
        yield struct.pack(">3xQB", number, not following), chunk
        if not following:
            return
        chunk = following


def _read_exactly(source: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, or fewer at the end only: a pipe or a socket may give less at a time."""
    parts: list[bytes] = []
    missing = size
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
