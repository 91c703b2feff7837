"""One form for the many ways a text can be written, so that the later steps compare like with like.

Compatibility forms, Traditional characters, invisible characters, written numbers and defused
addresses are folded; the text as received is kept elsewhere and never replaced by this.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from portal.triage.rules.signals import says_anything
from portal.triage.rules.words import word_set

ANALYSED_CHARACTERS = 20_000
"""Beyond this a text is not analysed; staff still read all of it."""

_MARKS_IN_A_ROW = 3
_SIZE_BEFORE_MARKS = 4
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_SIGNS = "*~^#@\u00b7\u2022\u2190-\u2bff\u3000\ufe4f\U0001f300-\U0001faff"
"""What nobody writes between two characters but to part them."""

_SPACED = re.compile(
    f"(?<![{_HAN}])(?:[{_HAN}][ ._|/+{_SIGNS}-]{{1,3}}){{3,}}[{_HAN}]"
    f"|(?:[{_HAN}][{_SIGNS}]{{1,2}}){{2,}}[{_HAN}]"
)
_SPELT = re.compile("(?<![A-Za-z])(?:[A-Za-z][ ._*~-]){4,}[A-Za-z](?![A-Za-z])")
_SIGNED = re.compile(f"[{_HAN}][{_SIGNS}]")
_PARTED = re.compile(f"[ ._|/+{_SIGNS}-]")
_ANSWERS = frozenset("abcde")
_SINGLE = re.compile("[ ._*~-][A-Za-z][ ._*~-]")
_FIGURED_WORD = re.compile(r"[A-Za-z][013457@$]|[013457@$][A-Za-z]")
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]")
_WIDE_LEAST = 4
_MIXED = re.compile("[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]")
_ALIKE = str.maketrans(
    "\u0430\u0432\u0435\u0456\u043e\u0440\u0441\u0442\u0443\u0445\u043a\u043c\u043d\u0410\u0412\u0415\u0406\u041e\u0420\u0421\u0422\u0423\u0425\u041a\u041c\u041d\u03bf\u03b1\u03bd\u03c1",
    "abeiopctyxkmhABEIOPCTYXKMHoavp",
)
_LETTERS = "A-Za-z\u0370-\u03ff\u0400-\u04ff"
# No part of an address, which would be another's then: neither a word nor one with figures.
_WORD = re.compile(
    f"(?<![{_LETTERS}0-9_@./:=?&%#-])[{_LETTERS}]+(?![{_LETTERS}0-9_@/=&%-]|[.:][{_LETTERS}0-9])"
)
_FIGURES = re.compile(
    r"(?<![A-Za-z\d@$./:_=?&%#-])[A-Za-z013457@$]{3,16}(?![A-Za-z\d@$/_=&%-]|[.:][A-Za-z\d])"
)
_FIGURED = str.maketrans("013457@$", "oieastas")


_DEFUSED = re.compile(
    r"\bhxxp(s?)(?=\s?:|\[:\])|\[(\.|dot|:|://)\]|\((dot)\)|\{(\.)\}| dot (?=(?:com|"
    r"net|org|example|cn|cc|xyz|top)\b)|(?<=[a-z\d])点(?=(?:com|net|org|example|cn|cc|xyz|top|vip|me)(?![a-z\d]))",
    re.IGNORECASE,
)
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc]")
_NUMERAL = re.compile(
    "(?<![〇零一二三四五六七八九十百千两幺])[〇零一二三四五六七八九十百千两幺]{1,9}(?=[号楼栋层室])"
)
_DIGIT_RUN = re.compile("[〇零一二三四五六七八九幺]{7,}")
_TERMS: Mapping[str, str] = {
    "软体": "软件",
    "网路": "网络",
    "程式": "程序",
    "伺服器": "服务器",
    "随身碟": "u盘",
    "部落格": "博客",
    "简讯": "短信",
    "话系我": "说是我",
    "唔好": "不要",
    "唔系": "不是",
    "唔": "不",
    "冇": "没有",
    "喺": "在",
    "嘅": "的",
    "啲": "些",
    "佢哋": "他们",
    "佢": "他",
    "嚟": "来",
    "㗎": "",
    "睇": "看",
    "俾": "给",
    "成日": "整天",
}
"""Words of Taiwan and Hong Kong that are others on the mainland, whatever the script."""

_TAIWAN = re.compile("|".join(_TERMS))
_VALUE: Mapping[str, int] = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "\u3007": 0,
    "两": 2,
    "幺": 1,
}
_UNIT: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is folded and lower case; `cased` the same with its capitals, equally long.

    `wide`: letters or figures were of a kind that no keyboard has for writing Latin.
    """

    text: str
    cased: str
    truncated: bool
    obfuscated: bool
    defused: bool
    wide: bool


def fold(text: str) -> Folded:
    """Fold `text`; linear in its length, whatever it contains."""
    head = text[:ANALYSED_CHARACTERS]
    visible = _APOSTROPHES.sub("'", _INVISIBLE.sub("", head))
    plain = _CONTROL.sub(" ", unicodedata.normalize("NFKC", _bound_marks(visible)))
    plain = plain[:ANALYSED_CHARACTERS].translate(_to_simplified())
    plain = _TAIWAN.sub(lambda found: _TERMS[found[0]], plain)
    joined = _together(plain)
    fanged = _DEFUSED.sub(_refang, joined)
    shown = _undisguised(_unmixed(fanged))
    cased = _DIGIT_RUN.sub(_digit_by_digit, _NUMERAL.sub(_number, shown))
    return Folded(
        text=_lower(cased),
        cased=cased,
        truncated=len(text) > ANALYSED_CHARACTERS,
        obfuscated=joined != plain or shown != fanged or _hidden_inside(head),
        defused=fanged != joined,
        wide=len(_WIDE.findall(head)) >= _WIDE_LEAST,
    )


def _unmixed(text: str) -> str:
    """Greek and Cyrillic letters beside Latin ones are those they look like; not in an address."""
    if not _MIXED.search(text):
        return text
    return _WORD.sub(lambda found: found[0].translate(_ALIKE), text)


def _together(text: str) -> str:
    """Characters and letters that stand apart so that a filter passes them over, together.

    Whoever parts one word so has parted the others too.
    """
    if _PARTED.search(text) and any(map(_is_disguise, _SPACED.finditer(text))):
        text = _SPACED.sub(_unparted, text)
    if _SINGLE.search(text) and any(map(_is_spelt, _SPELT.finditer(text))):
        text = _SPELT.sub(_unparted, text)
    return text


def _is_disguise(found: re.Match[str]) -> bool:
    """盗 版 光 盘 and 盗*版*盘, but not names and series: 张 三 / 李 四, 甲 乙 丙 丁."""
    return _SIGNED.search(found[0]) is not None or says_anything(_unparted(found))


def _is_spelt(found: re.Match[str]) -> bool:
    """Not letters in their order, nor the answers of a test: A B C D E F."""
    letters = _unparted(found).lower()
    return not (_ANSWERS.issuperset(letters) or "".join(sorted(set(letters))) == letters)


def _unparted(found: re.Match[str]) -> str:
    return _PARTED.sub("", found[0])


def _undisguised(text: str) -> str:
    """c0pied -> copied; an ordinary word, a name or an address is left as it is."""
    return _FIGURES.sub(_plain_word, text) if _FIGURED_WORD.search(text) else text


def _plain_word(found: re.Match[str]) -> str:
    word = found[0]
    if word.isalpha() or word.isdigit():
        return word
    plain = word.translate(_FIGURED)
    return plain if plain.lower() in word_set("disguised_en") else word


def _lower(text: str) -> str:
    """Small letters, as many as there were capitals: the few that would grow stay."""
    small = text.lower()
    if len(small) == len(text) and "Σ" not in text:  # which is another letter at the end of a word
        return small
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _hidden_inside(text: str) -> bool:
    """Whether invisible characters stand between letters, as they do to cheat a filter."""
    return (
        re.search(f"[{_HAN}a-zA-Z][\u200b-\u200d\u2060\ufeff\u00ad][{_HAN}a-zA-Z]", text)
        is not None
    )


def _bound_marks(text: str) -> str:
    """Drop all but a few combining marks in a row: ordering thousands of them is quadratic."""
    if text.isascii() or not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    row = 0
    for char in text:
        row = row + 1 if unicodedata.combining(char) else 0
        if row <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)


def _refang(found: re.Match[str]) -> str:
    if found[0].lower().startswith("hxxp"):
        return f"http{found[1]}"
    return found[2] if found[2] in {":", "://"} else "."


def _number(found: re.Match[str]) -> str:
    """八十八 -> 88, 二〇六 -> 206; what is no number is left as it is."""
    word = found[0]
    if not any(char in _UNIT for char in word):
        return "".join(str(_VALUE[char]) for char in word)
    total, digit = 0, 0
    for char in word:
        if char in _UNIT:
            total += (digit or 1) * _UNIT[char]
            digit = 0
        else:
            digit = _VALUE[char]
    return str(total + digit)


def _digit_by_digit(found: re.Match[str]) -> str:
    return "".join(str(_VALUE[char]) for char in found[0])


@cache
def _to_simplified() -> dict[int, str]:
    """Traditional to Simplified characters, from the dictionary of OpenCC (first choice)."""
    source = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text("utf-8")
    pairs = (row.split("\t") for row in source.splitlines() if "\t" in row)
    return {ord(old): new.split()[0][0] for old, new in pairs if len(old) == 1}
