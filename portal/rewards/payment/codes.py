"""Cash codes: 20 bits that find a payment and 80 bits that have it paid; and tags of accounts."""

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.infra.keys import keys
from portal.kernel.hashing import slow_hash
from portal.kernel.reference import CROCKFORD, harden_verifier, interim_verifier, verify_secret

_LOCATOR: Final = 4
_SECRET: Final = 16
_GROUP: Final = 4
_LOOKALIKES: Final = str.maketrans("OIL", "011")
_CODE: Final = re.compile(f"[{CROCKFORD}]{{{_LOCATOR + _SECRET}}}")

TAG_BYTES: Final = 10
_PASSES: Final = 3
_MEMORY_KIB: Final = 64 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class CashCode:
    """What is paid to whoever shows it, so it never shows in a repr."""

    locator: str
    secret: str

    def __repr__(self) -> str:
        return "CashCode(hidden)"

    @property
    def text(self) -> str:
        """The code in groups of four."""
        symbols = self.locator + self.secret
        return "-".join(symbols[at : at + _GROUP] for at in range(0, len(symbols), _GROUP))

    @property
    def locator_mac(self) -> bytes:
        """What the row is found by; without the key a dump does not tell locators."""
        return hmac.digest(keys().locator, b"sunline/cash/1\x00" + self.locator.encode(), "sha256")


def new_cash_code() -> CashCode:
    """A code that depends on nothing anybody has seen."""
    symbols = "".join(secrets.choice(CROCKFORD) for _ in range(_LOCATOR + _SECRET))
    return CashCode(symbols[:_LOCATOR], symbols[_LOCATOR:])


def parse_cash_code(typed: str) -> CashCode | None:
    """Read a code as people type it; None if it cannot be one."""
    folded = unicodedata.normalize("NFKC", typed[:200]).upper().translate(_LOOKALIKES)
    symbols = re.sub(r"[\s-]", "", folded)
    if not _CODE.fullmatch(symbols):
        return None
    return CashCode(symbols[:_LOCATOR], symbols[_LOCATOR:])


def verifier_of(secret: str) -> bytes:
    """What is stored of a PIN or a code: salt and slow hash of its keyed hash; slow on purpose."""
    return harden_verifier(interim_verifier(keys().pepper, secret))


def is_secret(stored: bytes | None, secret: str) -> bool:
    """Whether a secret belongs to a verifier; the same work where there is none."""
    return verify_secret(stored, keys().pepper, secret)


def mark_of(payment_id: UUID, body: bytes) -> bytes:
    """What a sealed payee is known by again: anybody can seal, only the program can mark."""
    said = b"sunline/payee/mark/1\x00" + payment_id.bytes + body
    return hmac.digest(keys().payee_index, said, "sha256")


def is_marked(payment_id: UUID, body: bytes, mark: bytes) -> bool:
    """Whether a sealed payee is the one that the reporter's claim left."""
    return hmac.compare_digest(mark_of(payment_id, body), mark)


def tag_of(account: str) -> bytes:
    """What tells that two accounts are the same one, and nothing else (blind index, 80 bits).

    Slow on purpose: account numbers could be tried one by one with the key. Argon2id, 64 MiB.
    """
    salt = HKDF(SHA256(), 32, None, b"sunline/payee-salt/1").derive(keys().payee_index)
    slow = slow_hash(account.encode(), salt, passes=_PASSES, memory_kib=_MEMORY_KIB)
    return hmac.digest(keys().payee_index, b"sunline/payee/account\x00" + slow, "sha256")[
        :TAG_BYTES
    ]
