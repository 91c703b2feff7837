"""Whether the matter is near a school: by the distance the text states, else by what it says.

A distance counts before words: 学校附近一公里 is not near. What counts as near is set in the pack.
"""

import re
from itertools import islice

from portal.triage.rules.facts import Facts

FLAG = "near_school"
_SCHOOL = re.compile(
    "(?:小学|中学|初中|高中)(?!生)|幼儿园|完小|[一二三四五六七八九十]中(?=门|大门|校|旁|对|附|$)|校门|校园"
    "|(?<!培训)(?<!驾驶)(?<!技工)学校|(?:primary |secondary |high |the )?school|nursery"
)
_NUMBER = r"(\d{1,5}(?:\.\d)?|[〇零一二两三四五六七八九十百千]{1,7})"
_DISTANCE = re.compile(
    rf"{_NUMBER}(?:多|来|几)? ?"
    r"(公里|千米|里地|米|公尺|km|kilometres?|metres?|meters?|m|yards?|yds?|yd|feet|ft|miles?)(?![a-z])"
)
_METRES = {
    **dict.fromkeys(("公里", "千米", "km", "kilometre", "kilometres"), 1000.0),
    **dict.fromkeys(("yard", "yards", "yd", "yds"), 0.914),
    **dict.fromkeys(("feet", "ft"), 0.305),
    **dict.fromkeys(("mile", "miles"), 1609.0),
    "里地": 500.0,
}
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {
    "\u3007": 0,
    "两": 2,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN = re.compile("[\u4e00-\u9fff]")
_NEAR = 18
_NEAR_LATIN = 40
_MOST = 50
"""No more schools and distances than this are compared."""


def find_school(facts: Facts) -> Facts:
    """Flag what is near a school, and say by what; a distance beyond the limit is told too."""
    limit = facts.place.school_distance
    if not limit:
        return facts
    stated = _distances(facts.text)
    if stated:
        within = min(stated) <= limit
        facts = facts.flagged(FLAG) if within else facts
        return facts.told(f"school.{'within' if within else 'beyond'}", limit=str(limit))
    return facts.flagged(FLAG).told("school.beside") if facts.says(FLAG) else facts


def _distances(text: str) -> list[float]:
    """The distances in metres that stand beside a school, within one sentence."""
    schools = [found.start() for found in islice(_SCHOOL.finditer(text), _MOST)]
    reach = _NEAR if _HAN.search(text) else _NEAR_LATIN
    return [
        _metres(found[1], found[2])
        for found in islice(_DISTANCE.finditer(text), _MOST)
        if any(_beside(text, at, found.start(), reach) for at in schools)
    ]


def _beside(text: str, one: int, other: int, reach: int) -> bool:
    between = text[min(one, other) : max(one, other)]
    return len(between) <= reach and not re.search(r"[。！？\n]|[.!?] ", between)


def _metres(number: str, unit: str) -> float:
    return _value(number) * _METRES.get(unit, 1.0)


def _value(number: str) -> float:
    """150, 一百五十 and 两百 as numbers; 一百五 is 150."""
    if number[0].isdigit():
        return float(number)
    if not any(char in _UNITS for char in number):
        return float("".join(str(_DIGITS[char]) for char in number))
    total, digit, last = 0, 0, 1
    for char in number:
        if char in _UNITS:
            last = _UNITS[char]
            total, digit = total + (digit or 1) * last, 0
        else:
            digit = _DIGITS[char]
            last = 10 if char in "〇零" else last
    return float(total + digit * (last // 10 if last > 10 else 1))  # noqa: PLR2004  # 百 and 千
