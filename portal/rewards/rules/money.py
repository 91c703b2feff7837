"""Amounts of money as people type them, and in whole minor units. Pure."""

import re

from babel.numbers import get_currency_precision

from portal.kernel.errors import RuleBroken

_TYPED = re.compile(r"(\d{1,13})(?:\.(\d{1,4}))?", re.ASCII)


def minor_of(typed: str, currency: str) -> int:
    """The minor units of an amount such as `1,234.50`; RuleBroken for what is none."""
    digits = get_currency_precision(currency)
    found = _TYPED.fullmatch(typed.replace(",", "").replace("，", "").strip())
    if found is None or len(found[2] or "") > digits:
        raise RuleBroken("amount-not-possible")
    return int(found[1] + (found[2] or "").ljust(digits, "0"))
