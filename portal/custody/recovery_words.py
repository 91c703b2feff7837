"""The recovery of a group's key in three envelopes, of which any two do (SLIP-39).

The words are those of the public standard, so that they can be put together again without this
program. Made on a disconnected machine; the server never has all that it takes.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from portal.kernel.errors import RuleBroken

SHARES: Final = 3
NEEDED: Final = 2


def split(private_key: bytes) -> tuple[str, ...]:
    """Three lines of 33 words; any two give the key again, one tells nothing."""
    [shares] = generate_mnemonics(1, [(NEEDED, SHARES)], private_key)
    return tuple(shares)


def put_together(shares: Sequence[str], public_key: bytes) -> bytes:
    """The private half of `public_key`; refuse shares that are too few, altered, or of another."""
    try:
        private: bytes = combine_mnemonics([" ".join(one.lower().split()) for one in shares])
    except MnemonicError:
        raise RuleBroken("recovery-shares-wrong") from None
    if public_of(private) != public_key:
        raise RuleBroken("recovery-shares-wrong")
    return private


def public_of(private_key: bytes) -> bytes:
    """The public half of a key pair."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()
