"""Sealing to two groups of custodians: what the server can close and nobody can open alone.

A record gets a key of its own. The key is sealed to the requesters (R) and the result to the
approvers (A), so that opening takes a private key of A and then one of R; the server holds
neither. Seals are RFC 9180 HPKE, bound to the record and to the version of the group keys.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from portal.infra.vault import KEY_BYTES, ContentKey, EnvelopeBroken


class CustodianGroup(StrEnum):
    """Requesters (R) ask and read; approvers (A) let them; nobody is both."""

    REQUESTERS = "requesters"
    APPROVERS = "approvers"


# The first byte of every seal says which algorithms made it, so that later keys may move on.
SUITE: Final = 1
_HPKE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """The public keys (32 bytes each) that new records are sealed to."""

    requesters: bytes
    approvers: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed record as it is stored; `wrap` is 130 bytes whatever the number of custodians.

    `layers` are the later versions of the keys it was wrapped in again, 49 bytes each.
    """

    body: bytes
    wrap: bytes
    key_version: int
    layers: tuple[int, ...] = ()

    @property
    def wrap_version(self) -> int:
        """The version of the keys that the outermost layers are sealed to."""
        return self.layers[-1] if self.layers else self.key_version


def seal_record(body: Mapping[str, Any], group_keys: GroupKeys, context: str) -> Sealed:
    """Seal what JSON can hold of `body`, its length hidden in steps of 256 bytes.

    `context` names the one place the record may stand in: table, own id, id of the report.
    """
    key, wrap = new_sealed_key(group_keys, context)
    envelope = key.encrypt_json(dict(body), _body_place(group_keys.version, context))
    return Sealed(envelope, wrap, group_keys.version)


def new_sealed_key(group_keys: GroupKeys, context: str) -> tuple[ContentKey, bytes]:
    """Return a fresh key, to encrypt with now, and its wrap, which only R and A open together."""
    key = os.urandom(KEY_BYTES)
    inner = seal(key, group_keys.requesters, _inner_place(group_keys.version, context))
    return ContentKey(key), seal(
        inner, group_keys.approvers, _outer_place(group_keys.version, context)
    )


def peel_outer(approvers_key: bytes, sealed: Sealed, context: str) -> bytes:
    """Open the approvers' layer; what is inside is still sealed to the requesters.

    Raises EnvelopeBroken for another key, another record or an altered wrap.
    """
    return unseal(sealed.wrap, approvers_key, _outer_place(sealed.wrap_version, context))


def wrap_again(approvers_key: bytes, sealed: Sealed, group_keys: GroupKeys, context: str) -> Sealed:
    """Seal to newer keys what is inside the approvers' layer, without opening it.

    Who holds the older keys of one group only cannot open it any more; the requesters need both.
    """
    version = group_keys.version
    if version <= sealed.wrap_version:
        return sealed
    inner = peel_outer(approvers_key, sealed, context)
    around = seal(inner, group_keys.requesters, _inner_place(version, context))
    wrap = seal(around, group_keys.approvers, _outer_place(version, context))
    return Sealed(sealed.body, wrap, sealed.key_version, (*sealed.layers, version))


def take_off_layers(
    requesters_keys: Mapping[int, bytes], inner: bytes, sealed: Sealed, context: str
) -> bytes:
    """What `peel_outer` returned, without what was wrapped around it later."""
    for version in reversed(sealed.layers):
        inner = unseal(inner, requesters_keys[version], _inner_place(version, context))
    return inner


def open_inner(requesters_key: bytes, inner: bytes, sealed: Sealed, context: str) -> dict[str, Any]:
    """Open the innermost layer, the requesters' of the version it was sealed to; read the record.

    Raises EnvelopeBroken for another key, another record or anything altered.
    """
    key = unseal(inner, requesters_key, _inner_place(sealed.key_version, context))
    place = _body_place(sealed.key_version, context)
    record: dict[str, Any] = ContentKey(key).decrypt_json(sealed.body, place)
    return record


def seal(data: bytes, public_key: bytes, place: str) -> bytes:
    """Seal `data` to the holder of a key pair: suite (1), encapsulated key (32), data, tag (16)."""
    recipient = X25519PublicKey.from_public_bytes(public_key)
    return bytes([SUITE]) + _HPKE.encrypt(data, recipient, place.encode())


def unseal(sealed: bytes, private_key: bytes, place: str) -> bytes:
    """Open what was sealed for `place`; raise EnvelopeBroken for anything else."""
    if sealed[:1] != bytes([SUITE]):
        raise EnvelopeBroken
    holder = X25519PrivateKey.from_private_bytes(private_key)
    try:
        return _HPKE.decrypt(sealed[1:], holder, place.encode())
    except InvalidTag:
        raise EnvelopeBroken from None


def _outer_place(version: int, context: str) -> str:
    return f"sunline/sealed/1/{CustodianGroup.APPROVERS}/{version}/{context}"


def _inner_place(version: int, context: str) -> str:
    return f"sunline/sealed/1/{CustodianGroup.REQUESTERS}/{version}/{context}"


def _body_place(version: int, context: str) -> str:
    return f"sunline/sealed/1/body/{version}/{context}"
