"""Key pairs of groups and members, and how a member's passphrase keeps theirs closed."""

import hashlib
import os
import unicodedata
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.custody.sealing import CustodianGroup, seal, unseal
from portal.kernel.errors import RuleBroken
from portal.kernel.hashing import slow_hash

SHORTEST_PASSPHRASE: Final = 12

_VERSION: Final = b"\x01"
_SALT_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_PASSES: Final = 3
_MEMORY_KIB: Final = 128 * 1024
_FINGERPRINT_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An X25519 pair, 32 bytes each."""

    public: bytes
    private: bytes = field(repr=False)


def new_pair() -> KeyPair:
    """Return a fresh key pair."""
    private = X25519PrivateKey.generate()
    return KeyPair(private.public_key().public_bytes_raw(), private.private_bytes_raw())


def fingerprint(public_key: bytes) -> str:
    """Name a public key for people to compare: 160 bits of SHA-256, hexadecimal in fours."""
    digest = hashlib.sha256(b"sunline/fingerprint/1\x00" + public_key).digest()
    return digest[:_FINGERPRINT_BYTES].hex(" ", 2)


def demand_passphrase(passphrase: str) -> None:
    """Refuse a passphrase under 12 characters; what it is made of is the custodian's own affair."""
    if len(_folded(passphrase)) < SHORTEST_PASSPHRASE:
        raise RuleBroken("passphrase-short", least=SHORTEST_PASSPHRASE)


def lock_private(private_key: bytes, passphrase: str, account_id: UUID) -> bytes:
    """Close a member's private key: version (1), salt (32), nonce (12), key sealed (48).

    AES-256-GCM under Argon2id (3 passes, 128 MiB); bound to the account it belongs to.
    """
    demand_passphrase(passphrase)
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    closed = _passphrase_aead(passphrase, salt).encrypt(nonce, private_key, account_id.bytes)
    return _VERSION + salt + nonce + closed


def unlock_private(locked: bytes, passphrase: str, account_id: UUID) -> bytes:
    """Open a member's private key; refuse a wrong passphrase and an altered key alike."""
    body = locked[1:]
    salt, nonce = body[:_SALT_BYTES], body[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    closed = body[_SALT_BYTES + _NONCE_BYTES :]
    if locked[:1] != _VERSION or not closed:
        raise RuleBroken("passphrase-wrong")
    try:
        return _passphrase_aead(passphrase, salt).decrypt(nonce, closed, account_id.bytes)
    except InvalidTag:
        raise RuleBroken("passphrase-wrong") from None


def give_group_key(
    group_key: KeyPair, member_public: bytes, group: CustodianGroup, version: int
) -> bytes:
    """Seal a group's private key to one member."""
    return seal(group_key.private, member_public, _membership_place(group, version))


def take_group_key(
    given: bytes, member_private: bytes, group: CustodianGroup, version: int
) -> bytes:
    """Open a group's private key with a member's own; raise EnvelopeBroken if it does not fit."""
    return unseal(given, member_private, _membership_place(group, version))


def _membership_place(group: CustodianGroup, version: int) -> str:
    return f"sunline/membership/1/{group}/{version}"


def _passphrase_aead(passphrase: str, salt: bytes) -> AESGCM:
    secret = _folded(passphrase).encode()
    return AESGCM(slow_hash(secret, salt, passes=_PASSES, memory_kib=_MEMORY_KIB))


def _folded(passphrase: str) -> str:
    """The same passphrase whichever way a keyboard composes it."""
    return unicodedata.normalize("NFKC", passphrase)
