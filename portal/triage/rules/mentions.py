"""Names of regions in a text that really are meant as places, with the role each has."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from portal.jurisdiction.place import Level
from portal.triage.rules.region_index import Meanings, Name, NameKind, RegionIndex
from portal.triage.rules.words import word_set, words

_CLAUSE_BEGIN = re.compile(r"(?:^|[\s,，。.;；:：!！?？、（(“\"|)）\]】》])$")
_STREET_FOLLOWS = re.compile("[\u4e00-\u9fff]{2,4}(?:大道|大街|路|街|巷)")
_AFTER_STREET = re.compile(r"\b(?:street|st|road|rd|lane|avenue|ave|market|parade|row|square), $")
_AFTER_TOWN = re.compile(r"\b[A-Z][a-z]{2,20}, $")
_SENTENCE_END = re.compile("[。.;；!！?？\\n]")
_LATIN_WORD = re.compile("[a-z']+")
_LAST_WORD = re.compile("([a-z']+)[ ,]*$")
_WINDOW = 14
_TO_STORE = 40
_SENTENCE = 100
_LEVELS = tuple(Level)
"""From the country down."""
_KINDS = tuple(NameKind)
"""The surest first."""

_MOST = 100
"""Places named after the first hundred are not read."""


def before_street(text: str, at: int) -> bool:
    """Whether the name of a street begins at `at`: what stands before it is a place."""
    return _STREET_FOLLOWS.match(text, at) is not None


class MentionRole(StrEnum):
    """What a place is to the matter."""

    SCENE = "scene"
    SOURCE = "source"
    TARGET = "target"
    RESIDENCE = "residence"
    ORIGIN = "origin"


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text: the regions it can mean and how sure it is a place at all.

    `others` are meanings it only has beside a region that fits them; `former` are pairs of a region
    and the one it comes from, which the text names.

    `needs_context` counts only beside another place that fits; `droppable` says nothing without.
    `reach` is how far (in characters) the name before it may be to be read together.
    """

    start: int
    end: int
    codes: tuple[str, ...]
    others: tuple[str, ...]
    kind: NameKind
    role: MentionRole
    needs_context: bool
    droppable: bool
    latin: bool
    former: tuple[tuple[str, str], ...] = ()

    @property
    def reach(self) -> int:
        return 3 if self.latin else 1


def mentions_in(text: str, cased: str, index: RegionIndex, day: date) -> list[Mention]:
    """The mentions of regions in a folded text as they are on `day`, from left to right."""
    found: list[Mention] = []
    reached = 0
    for start, end, names in index.names.longest(text, overlapping=True):
        if start < reached or _cut_out(text, start, end, names, index):
            continue
        reached = end
        meanings = index.on(day, names)
        if not meanings.first:
            continue
        mention = (
            _latin_mention(text, cased, start, end, meanings, found)
            if text[start].isascii()
            else _han_mention(text, start, end, meanings, index, found)
        )
        if mention is not None:
            found.append(mention)
        if len(found) == _MOST:
            break
    return found


def _cut_out(text: str, start: int, end: int, names: Sequence[Name], index: RegionIndex) -> bool:
    """Whether a bare village is only the beginning of a whole name: 和新 of 和新吴区."""
    if _kind(names) is not NameKind.BARE_TOWNSHIP:
        return False
    rest = text[start + 1 : end + _WINDOW]
    first = next(index.names.longest(rest, overlapping=False), None)
    if first is None or _kind(first[2]) is not NameKind.FULL:
        return False
    return first[0] == 0 and first[1] > end - start - 1


def _kind(names: Sequence[Name]) -> NameKind:
    return min((name.kind for name in names), key=_KINDS.index)


def _han_mention(
    text: str,
    start: int,
    end: int,
    meanings: Meanings,
    index: RegionIndex,
    before: list[Mention],
) -> Mention | None:
    names = meanings.first
    kind = _kind(names)
    joined = bool(before) and start - before[-1].end <= 1
    after, ahead = text[end : end + _WINDOW], text[max(0, start - _WINDOW) : start]
    if kind is NameKind.FULL and _full_is_ordinary(text[start:end], ahead, after, joined=joined):
        return None
    short = kind in {NameKind.SHORT, NameKind.BARE_TOWNSHIP}
    if short and _other_word(after) and not _name_follows(after, index):
        return None
    role = _role_zh(text, start, end, before[-1] if joined else None)
    if role is MentionRole.ORIGIN:
        return None
    every = tuple(dict.fromkeys(name.code for name in (*names, *meanings.heirs)))
    codes = tuple(dict.fromkeys(name.code for name in names if name.kind is kind))
    if kind is NameKind.SHORT and text[start:end] not in word_set("ordinary_zh"):
        codes = _widest(codes, index)
    needs, droppable = _doubt(text[start:end], kind, codes, ahead, after, index)
    return Mention(
        start, end, codes, every, kind, role, needs, droppable, latin=False, former=meanings.former
    )


def _other_word(after: str) -> bool:
    """Whether what follows makes another word of a short name; 大学城 makes a place of it."""
    return after.startswith(words("not_before_zh")) and not after.startswith(words("town_after_zh"))


def _name_follows(after: str, index: RegionIndex) -> bool:
    """Whether a full name begins here: 桥西区 after 石家庄 is no bridge."""
    first = next(index.names.longest(after, overlapping=False), None)
    return first is not None and first[0] == 0 and _kind(first[2]) is NameKind.FULL


def _widest(codes: tuple[str, ...], index: RegionIndex) -> tuple[str, ...]:
    """西安 by itself is the city, not the district of that name in another province."""
    ranks = [_LEVELS.index(index.place.regions[code].level) for code in codes]
    return tuple(code for code, rank in zip(codes, ranks, strict=True) if rank == min(ranks))


def _full_is_ordinary(name: str, ahead: str, after: str, *, joined: bool) -> bool:
    """Whether a full name is part of another word: 城区, 矿区, or 上海市场 after 涧西区."""
    if name in {"城区", "郊区", "矿区"}:
        return not ahead.endswith(("市", "省", "州"))
    if name == "老城区":
        return not joined
    if joined and name.endswith("市") and after.startswith("场"):
        return True
    return after.startswith(("路", "大道", "街")) and not after.startswith("街道")


def _doubt(
    name: str, kind: NameKind, codes: Sequence[str], ahead: str, after: str, index: RegionIndex
) -> tuple[bool, bool]:
    """Whether the name needs a fitting neighbour, and whether it is nothing without one."""
    if kind is NameKind.FULL:
        return False, False
    if kind is NameKind.TOWNSHIP:
        return False, False
    begins = _CLAUSE_BEGIN.search(ahead) is not None or ahead.endswith(words("locative_before_zh"))
    if kind is NameKind.BARE_TOWNSHIP:
        return True, True
    wide = any(index.place.regions[c].level in {Level.PROVINCE, Level.PREFECTURE} for c in codes)
    ordinary = name in word_set("ordinary_zh") or ahead.endswith(words("not_after_zh"))
    if wide:
        return ordinary and not _clearly_a_place(ahead, after), ordinary
    if begins and before_street(after, 0):
        return False, True
    placed = words("town_after_zh") + (words("indefinite_after_zh") if begins else ())
    return (ordinary or not begins) and not after.startswith(placed), True


def _clearly_a_place(ahead: str, after: str) -> bool:
    return ahead.endswith(("在", "位于", "到", "去")) or after.startswith(
        ("市", "的一家", "有家", "有一家", "市区", *words("town_after_zh"))
    )


def _role_zh(text: str, start: int, end: int, joined: Mention | None) -> MentionRole:
    if joined is not None:
        return joined.role
    ahead, after = text[max(0, start - _WINDOW) : start], text[end : end + _TO_STORE]
    elsewhere = words("origin_before_zh") + words("likeness_before_zh")
    if ahead.endswith(elsewhere) or after.startswith(words("likeness_after_zh")):
        return MentionRole.ORIGIN
    if ahead.endswith(words("residence_before_zh")):
        return MentionRole.RESIDENCE
    if ahead.endswith(words("moved_before_zh")) and _to_store().match(after):
        return MentionRole.SOURCE if _surely_stored(text, start, end) else MentionRole.TARGET
    if ahead.endswith(words("target_before_zh")):
        return MentionRole.TARGET
    return MentionRole.SOURCE if ahead.endswith(words("source_before_zh")) else MentionRole.SCENE


def _surely_stored(text: str, start: int, end: int) -> bool:
    """Whether what is in a store of the place between `start` and `end` was put there to be sold.

    Not where officers took it, where somebody had it brought, or where it never came.
    """
    moved = next(word for word in words("moved_before_zh") if text.endswith(word, 0, start))
    if text.endswith(words("not_moved_zh"), 0, start - len(moved)):
        return False
    sentence = _sentence_around(text, start, end)
    others = words("taken_or_bought_zh")
    if moved in words("delivered_zh"):
        others += words("delivered_to_zh")
    return not any(word in sentence for word in others)


def _sentence_around(text: str, start: int, end: int) -> str:
    """What is said to the next full stop on either side, as far as is looked."""
    ahead, after = text[max(0, start - _SENTENCE) : start], text[end : end + _SENTENCE]
    return _SENTENCE_END.split(ahead)[-1] + _SENTENCE_END.split(after)[0]


@cache
def _to_store() -> re.Pattern[str]:
    """The rest of an address that ends with a store: 湖塘镇鸣新路12号院内的仓库."""
    stores, others = (
        "|".join(map(re.escape, words(n))) for n in ("store_zh", "not_after_store_zh")
    )
    return re.compile(
        rf"[^,，。.;；:：!！?？、\s卖售给放再从回读我咱俺]{{0,30}}?(?:{stores})(?!{others})"
    )


def _latin_mention(
    text: str, cased: str, start: int, end: int, meanings: Meanings, before: list[Mention]
) -> Mention | None:
    ahead, after = text[max(0, start - 32) : start], text[end : end + 24].lstrip(" ")
    next_word = _LATIN_WORD.match(after)
    if next_word and _other_after_en().match(after):
        return None
    last = _LAST_WORD.search(ahead)
    previous = last[1] if last else ""
    if previous in word_set("not_after_en"):
        return None
    role = _role_en(ahead.rstrip(" "))
    if role is MentionRole.ORIGIN:
        return None
    listed = bool(before) and text[before[-1].end : start] == ", "
    placed = (
        listed
        or _AFTER_STREET.search(ahead) is not None
        or _AFTER_TOWN.search(cased[max(0, start - 32) : start]) is not None
        or previous in word_set("locative_before_en")
        or (next_word is not None and next_word[0] in word_set("locative_after_en"))
    )
    name = text[start:end]
    ordinary = name in word_set("ordinary_en")
    if ordinary and not (placed and cased[start].isupper()):
        return None
    codes = tuple(dict.fromkeys(name.code for name in meanings.first))
    return Mention(
        start=start,
        end=end,
        codes=codes,
        others=codes,
        kind=_kind(meanings.first),
        role=role,
        needs_context=False,
        droppable=False,
        latin=True,
        former=meanings.former,
    )


@cache
def _other_after_en() -> re.Pattern[str]:
    """What makes another name of a town's: Bristol City shirts."""
    return re.compile(rf"(?:{'|'.join(map(re.escape, words('not_before_en')))})\b")


def _role_en(ahead: str) -> MentionRole:
    for role, name in (
        (MentionRole.ORIGIN, "origin_before_en"),
        (MentionRole.ORIGIN, "likeness_before_en"),
        (MentionRole.RESIDENCE, "residence_before_en"),
        (MentionRole.TARGET, "target_before_en"),
        (MentionRole.SOURCE, "source_before_en"),
    ):
        if ahead.endswith(words(name)):
            return role
    return MentionRole.SCENE
