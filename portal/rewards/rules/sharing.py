"""What those who reported together agree on: each says it, and it counts once all say the same."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from portal.kernel.errors import RuleBroken

_ALL: Final = 100
_BETWEEN: Final = re.compile(r"[\s,;:/、%]+")


def shares_typed(typed: str, of: int) -> tuple[int, ...]:
    """The parts in percent as somebody typed them, like `60, 40`; RuleBroken for no such parts."""
    folded = unicodedata.normalize("NFKC", typed).strip(" %")
    parts = _BETWEEN.split(folded)
    if not all(one.isascii() and one.isdigit() and len(one) <= len("100") for one in parts):
        raise RuleBroken("shares-not-possible", of=of)
    shares = tuple(int(one) for one in parts)
    demand_shares(shares, of)
    return shares


def demand_shares(shares: Sequence[int], of: int) -> None:
    """Refuse parts that are not one for each, that are nothing, or that are not the whole."""
    if len(shares) != of or min(shares, default=0) < 1 or sum(shares) != _ALL:
        raise RuleBroken("shares-not-possible", of=of)


def agreed_on(entered: Sequence[Sequence[int] | None]) -> tuple[int, ...]:
    """What counts of what each of those who share has entered: the same by all, or nothing."""
    said = {tuple(one) if one is not None else () for one in entered}
    return said.pop() if len(said) == 1 else ()
