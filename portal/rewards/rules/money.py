"""Amounts of money as people and banks write them, and in whole minor units. Pure."""

import re
from decimal import Decimal
from typing import Final

from babel.numbers import get_currency_precision

from portal.kernel.errors import RuleBroken

_WRITTEN: Final = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,5}))?")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


def minor_of(written: str, currency: str) -> int:
    """The minor units of what a bank wrote, such as `1234.50`; RuleBroken for no exact amount."""
    digits = get_currency_precision(currency)
    found = _WRITTEN.fullmatch(written)
    fraction = (found[2] or "").rstrip("0") if found else ""
    if found is None or len(fraction) > digits:
        raise RuleBroken("amount-not-possible")
    return int(found[1] + fraction.ljust(digits, "0"))


def minor_of_typed(typed: str, currency: str) -> int:
    """The minor units of what somebody typed, such as `1,234.50`; a comma parts thousands only."""
    folded = typed.replace("，", ",").strip()
    if _GROUPED.fullmatch(folded):
        folded = folded.replace(",", "")
    return minor_of(folded, currency)


def decimal_of(amount: int, currency: str) -> str:
    """An amount in minor units as banks write it: 1234 in CNY is 12.34."""
    places = get_currency_precision(currency)
    return f"{Decimal(amount).scaleb(-places):.{places}f}"
