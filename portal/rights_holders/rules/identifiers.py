"""Numbers that works and firms are known by, with the check digits of their standards."""

import re
from enum import StrEnum
from typing import Final


class Scheme(StrEnum):
    ISBN = "isbn"
    ISRC = "isrc"
    ISWC = "iswc"
    EIDR = "eidr"
    REGISTRATION = "registration"


_ISRC: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_ISWC: Final = re.compile(r"T\d{10}")
_EIDR: Final = re.compile(r"10\.5240/([0-9A-F]{20})([0-9A-Z])")
_REGISTRATION: Final = re.compile(
    r"(?=.*\d)[0-9A-Z\u4e00-\u9fff][0-9A-Z\u4e00-\u9fff()（）/.-]{4,39}"
)
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# GB 32100-2015: the letters I, O, S, V and Z are left out.
_CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_LENGTH: Final = 18
_ISBN_10, _ISBN_13 = 10, 13


def normal(scheme: Scheme, typed: str) -> str | None:
    """The identifier in the one spelling it is stored in; None for one that cannot be right."""
    text = typed.upper().translate(_PLAIN)
    return {
        Scheme.ISBN: _isbn,
        Scheme.ISRC: _isrc,
        Scheme.ISWC: _iswc,
        Scheme.EIDR: _eidr,
        Scheme.REGISTRATION: _registration,
    }[scheme](text)


_PLAIN: Final = str.maketrans(
    {" ": None, "\u3000": None, "‐": "-", "‑": "-", "–": "-", "—": "-"}  # noqa: RUF001
)


def is_registration(typed: str) -> bool:
    """Whether a firm's number can be right; one of 18 symbols must have a good check symbol."""
    text = typed.upper().translate(_PLAIN)
    if len(text) == _CREDIT_LENGTH and set(text) <= set(_CREDIT):
        return credit_check(text[:-1]) == text[-1]
    return _REGISTRATION.fullmatch(text) is not None


def credit_check(symbols: str) -> str:
    """The last symbol of a unified social credit code (统一社会信用代码)."""
    total = sum(_CREDIT.index(one) * pow(3, at, 31) for at, one in enumerate(symbols))
    return _CREDIT[-total % 31]


def _isbn(text: str) -> str | None:
    """Thirteen digits (ISO 2108); an old one of ten gets its new form."""
    text = text.removeprefix("ISBN").lstrip(":：").replace("-", "")
    if re.fullmatch(r"\d{9}[\dX]", text) and len(text) == _ISBN_10:
        digits = [10 if one == "X" else int(one) for one in text]
        if sum(digit * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True)) % 11:
            return None
        return f"978{text[:9]}{_ean_check('978' + text[:9])}"
    good = re.fullmatch(r"97[89]\d{10}", text) and _ean_check(text[:12]) == text[12]
    return text if good and len(text) == _ISBN_13 else None


def _ean_check(digits: str) -> str:
    total = sum(int(one) * (3 if at % 2 else 1) for at, one in enumerate(digits))
    return str(-total % 10)


def _isrc(text: str) -> str | None:
    """Country, registrant, year and number (ISO 3901); it has no check digit."""
    text = text.removeprefix("ISRC").replace("-", "")
    return text if _ISRC.fullmatch(text) else None


def _iswc(text: str) -> str | None:
    """`T`, nine digits and a check digit (ISO 15707)."""
    text = text.removeprefix("ISWC").replace("-", "").replace(".", "")
    if not _ISWC.fullmatch(text):
        return None
    total = 1 + sum(int(one) * place for place, one in enumerate(text[1:10], start=1))
    return text if str(-total % 10) == text[10] else None


def _eidr(text: str) -> str | None:
    """Twenty hexadecimal digits and a check symbol (ISO 7064, MOD 37,36), as a DOI."""
    found = _EIDR.fullmatch(text.replace("-", "").removeprefix("HTTPS://DOI.ORG/"))
    if found is None or _mod_37_36(found[1]) != found[2]:
        return None
    groups = [found[1][at : at + 4] for at in range(0, 20, 4)]
    return "10.5240/" + "-".join([*groups, found[2]])


def _mod_37_36(symbols: str) -> str:
    product = 36
    for one in symbols:
        total = (product + _ALPHABET.index(one)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def _registration(text: str) -> str | None:
    return text if _REGISTRATION.fullmatch(text) else None
