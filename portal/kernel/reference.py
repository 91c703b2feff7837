"""Public references and receipt codes: making, reading and checking them.

A receipt code is `LLLLL-LLSSS-SSSSS-SSSSC` in Crockford's base 32: a locator (7 symbols, 35 bits)
that finds the report, a secret (12 symbols, 60 bits) that opens it, and a check symbol. For the
telephone there is the same in digits: 10 + 18 + 1. A case reference opens nothing.
"""

import hmac
import os
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.kernel.hashing import HASH_BYTES, slow_hash

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS: Final = "0123456789"
LONGEST_INPUT: Final = 200

_LOOKALIKES: Final = str.maketrans("OIL", "011")
_GROUP: Final = 5

_REFERENCE_PREFIX: Final = "SL"
_REFERENCE_SYMBOLS: Final = 8

_PASSES: Final = 2
_MEMORY_KIB: Final = 19 * 1024
_SALT_BYTES: Final = 32
_INTERIM: Final = b"\x01"
_FINAL: Final = b"\x02"


@dataclass(frozen=True, slots=True)
class _Variant:
    """One way of writing a receipt code."""

    alphabet: str
    locator: int
    secret: int

    @property
    def length(self) -> int:
        """Symbols in all, with the check symbol."""
        return self.locator + self.secret + 1


_WRITTEN: Final = _Variant(CROCKFORD, locator=7, secret=12)
_SPOKEN: Final = _Variant(DIGITS, locator=10, secret=18)
_BY_LENGTH: Final = {variant.length: variant for variant in (_WRITTEN, _SPOKEN)}


@dataclass(frozen=True, slots=True, repr=False)
class ReceiptCode:
    """What a reporter holds; whoever has it is the reporter, so it never shows in a repr."""

    locator: str
    secret: str

    def __repr__(self) -> str:
        return "ReceiptCode(hidden)"

    @property
    def text(self) -> str:
        """The code as it is shown, in groups of five with its check symbol."""
        symbols = self.locator + self.secret
        symbols += check_symbol(symbols)
        return "-".join(symbols[at : at + _GROUP] for at in range(0, len(symbols), _GROUP))

    @property
    def is_spoken(self) -> bool:
        """Whether this is the variant in digits, made for the telephone."""
        return len(self.locator) == _SPOKEN.locator


def derive_receipt(
    pepper: bytes, submission_token: bytes, counter: int, *, spoken: bool = False
) -> ReceiptCode:
    """Return the receipt of a submission; the same again for a retry of the same submission.

    `counter` is 0 and goes up only if the locator is taken.
    """
    variant = _SPOKEN if spoken else _WRITTEN
    info = b"sunline/receipt/1\x00" + bytes([spoken]) + counter.to_bytes(4)
    # 256 bits reduced to at most 95: the bias is below 2**-160.
    number = int.from_bytes(HKDF(SHA256(), 32, pepper, info).derive(submission_token))
    base = len(variant.alphabet)
    symbols = "".join(
        variant.alphabet[number // base**place % base]
        for place in range(variant.locator + variant.secret)
    )
    return ReceiptCode(symbols[: variant.locator], symbols[variant.locator :])


def parse_receipt(text: str) -> ReceiptCode | None:
    """Read a code as people type it; None if it cannot be one (length, symbols, check symbol)."""
    symbols = _normalise(text)
    variant = _BY_LENGTH.get(len(symbols))
    if variant is None or not set(symbols) <= set(variant.alphabet):
        return None
    if check_symbol(symbols[:-1]) != symbols[-1]:
        return None
    return ReceiptCode(symbols[: variant.locator], symbols[variant.locator : -1])


def last_four(code: ReceiptCode) -> str:
    """The last four symbols, which a reporter types back to show that the code was kept."""
    return code.text.replace("-", "")[-4:]


def is_last_four(code: ReceiptCode, typed: str) -> bool:
    """Whether `typed` is the end of `code`, however it was typed."""
    return hmac.compare_digest(last_four(code), _ascii_only(_normalise(typed)))


def check_symbol(symbols: str) -> str:
    """The symbol after `symbols` that shows every single wrong symbol and every adjacent swap."""
    if len(symbols) + 1 == _SPOKEN.length:
        return DIGITS[_damm(DIGITS.index(symbol) for symbol in symbols)]
    return CROCKFORD[_weighted_sum([CROCKFORD.index(symbol) for symbol in symbols])]


def new_reference() -> str:
    """Return a random case reference `SL-XXXX-XXXX` (40 bits); the database keeps it unique."""
    return _reference("".join(secrets.choice(CROCKFORD) for _ in range(_REFERENCE_SYMBOLS)))


def normalise_reference(text: str) -> str | None:
    """Read a case reference as people type it, with or without `SL`; None if it cannot be one."""
    symbols = _normalise(text)
    prefix = _REFERENCE_PREFIX.translate(_LOOKALIKES)
    if len(symbols) == len(prefix) + _REFERENCE_SYMBOLS:
        symbols = symbols.removeprefix(prefix)
    if len(symbols) != _REFERENCE_SYMBOLS or not set(symbols) <= set(CROCKFORD):
        return None
    return _reference(symbols)


def locator_mac(key: bytes, locator: str) -> bytes:
    """The 32 bytes a report is found by; without `key` a dump does not tell locators."""
    return hmac.digest(key, b"sunline/locator/1\x00" + locator.encode(), "sha256")


def secret_mac(pepper: bytes, secret: str) -> bytes:
    """The peppered secret, 32 bytes; without `pepper` a dump allows no guessing."""
    return hmac.digest(pepper, b"sunline/secret/1\x00" + secret.encode(), "sha256")


def interim_verifier(pepper: bytes, secret: str) -> bytes:
    """What the accepting transaction stores, in microseconds; `harden_verifier` must follow."""
    return _INTERIM + secret_mac(pepper, secret)


def harden_verifier(stored: bytes) -> bytes:
    """Turn an interim verifier into the final one; a final one comes back as it is.

    Final: version, a random salt of 32 bytes, Argon2id of the peppered secret (OWASP ASVS 6.5.2).
    """
    if stored[:1] == _FINAL:
        return stored
    salt = os.urandom(_SALT_BYTES)
    return _FINAL + salt + _slow(stored[1:], salt)


def closed_verifier() -> bytes:
    """A final verifier that no secret opens: for a report whose code nobody was given."""
    return _FINAL + os.urandom(_SALT_BYTES + HASH_BYTES)


def verify_secret(stored: bytes | None, pepper: bytes, secret: str) -> bool:
    """Whether `secret` belongs to the verifier `stored`; None stands for an unknown locator.

    Computes one Argon2id in every case, so that the time taken tells nothing.
    """
    mac = secret_mac(pepper, secret)
    if stored is not None and stored[:1] == _FINAL:
        salt, expected = stored[1 : 1 + _SALT_BYTES], stored[1 + _SALT_BYTES :]
        return hmac.compare_digest(_slow(mac, salt), expected)
    _slow(mac, bytes(_SALT_BYTES))
    expected = stored[1:] if stored is not None else bytes(HASH_BYTES)
    return hmac.compare_digest(mac, expected) and stored is not None


def _slow(mac: bytes, salt: bytes) -> bytes:
    return slow_hash(mac, salt, passes=_PASSES, memory_kib=_MEMORY_KIB)


def _reference(symbols: str) -> str:
    half = _REFERENCE_SYMBOLS // 2
    return f"{_REFERENCE_PREFIX}-{symbols[:half]}-{symbols[half:]}"


def _normalise(text: str) -> str:
    """Fold full-width and lower case, drop separators, and read O, I, L as 0, 1, 1."""
    if len(text) > LONGEST_INPUT:
        return ""
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = (symbol for symbol in folded if unicodedata.category(symbol)[0] not in "CPZ")
    return "".join(kept).translate(_LOOKALIKES)


def _ascii_only(text: str) -> str:
    return text if text.isascii() else ""


def _weighted_sum(values: list[int]) -> int:
    """The sum of `values` in GF(32), each times a power of x of its own place (1, 2, 3, ...).

    The check symbol has weight 1. As all 20 weights differ and none is zero, one wrong symbol and
    any two swapped ones change the sum.
    """
    total = 0
    for value in values:
        total = _times_x(total ^ value)
    return total


_MODULUS: Final = 0b100101


def _times_x(value: int) -> int:
    """Multiply by x in GF(32) = GF(2)[x] / (x^5 + x^2 + 1), whose x has order 31."""
    doubled = value << 1
    return doubled ^ _MODULUS if doubled >= len(CROCKFORD) else doubled


# A totally anti-symmetric quasigroup of order 10 (H. Michael Damm, 2004).
_DAMM: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def _damm(digits: Iterable[int]) -> int:
    return reduce(lambda interim, digit: _DAMM[interim][digit], digits, 0)
