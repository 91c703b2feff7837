"""Staff whom a report names: by their whole name, or by surname and title at a unit concerned.

Finding one too many only keeps that person from the report; nobody is told.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

from portal.triage.rules.fold import fold
from portal.triage.rules.words import words

_HAN = "\u4e00-\u9fff"
# Surnames of two characters.
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "南宫", "夏侯", "皇甫", "尉迟", "慕容")
_ENDS = "(?=[说讲让叫收要来去和与跟给拿的也都就，。、,.;；:：！!？?）)\\s]|$)"


@dataclass(frozen=True, slots=True)
class Colleague:
    """One account, as far as a text can name it; `leads` a unit or oversees several."""

    id: UUID
    name: str = field(repr=False)
    leads: bool = False


def folded_name(name: str) -> str:
    """A name in the form in which a folded text would have it."""
    return " ".join(fold(name).text.split())


def says_title(text: str) -> bool:
    """Whether the text speaks of anybody by a title, so that surnames are worth a look."""
    return _any_title().search(text) is not None


def titled(text: str, colleagues: Iterable[Colleague]) -> frozenset[UUID]:
    """Those whose surname stands at a title: 王队长, 姓王的执法人员, Officer Smith.

    A title of a leader means those who lead, where one of that surname does.
    """
    of_surname: dict[str, list[Colleague]] = {}
    for one in colleagues:
        of_surname.setdefault(_surname(one.name), []).append(one)
    found: set[UUID] = set()
    for surname, bearers in of_surname.items():
        if _stands_at(text, surname, "officer"):
            found |= {one.id for one in bearers}
        elif _stands_at(text, surname, "leader"):
            leading = [one for one in bearers if one.leads] or bearers
            found |= {one.id for one in leading}
    return frozenset(found)


def _surname(name: str) -> str:
    """王 of 王小明, 欧阳 of 欧阳明, smith of Jane Smith."""
    folded = folded_name(name)
    if folded.isascii():
        return folded.rpartition(" ")[2]
    return folded[:2] if folded[:2] in _COMPOUND else folded[:1]


def _stands_at(text: str, surname: str, rank: str) -> bool:
    if not surname:
        return False
    name, titles = re.escape(surname), _one_of(f"titles_{rank}")
    if surname.isascii():
        ways = rf"\b(?:{titles})\.? (?:[a-z'-]+ )?{name}\b|\b{name},? (?:the )?(?:{titles})\b"
    else:
        short = _one_of(f"titles_{rank}_short")
        ways = (
            f"{name}[{_HAN}]{{0,2}}?(?:{titles})|{name}(?:{short}){_ENDS}"
            f"|姓{name}的?[{_HAN}]{{0,4}}?(?:{titles})|(?:{titles})[叫是姓，,:： ]{{0,2}}{name}"
        )
    return re.search(ways, text) is not None


@cache
def _any_title() -> re.Pattern[str]:
    ranks = ("titles_leader", "titles_officer", "titles_leader_short", "titles_officer_short")
    return re.compile("|".join(_one_of(rank) for rank in ranks))


def _one_of(words_of: str) -> str:
    return "|".join(re.escape(word) for word in sorted(words(words_of), key=len, reverse=True))
