"""Words that must never be found where they do not belong, and the search for them."""

import base64
import contextlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.files import content_of

NARRATIVE = "鹧鸪街的金丝雀书店卖盗版教材"
PLACE = "鹧鸪街七十七号"
NAME = "钟馗金丝雀"
PHONE = "13877712345"
EMAIL = "jinsique@example.invalid"
FILE_NAME = "金丝雀的照片"
FILE_CONTENT = "CANARY-IN-THE-FILE-5521"
ASKED = "金丝雀问：书架在哪一层？"
REPLIED = "金丝雀答：在地下二层。"
FOUND = "金丝雀核查：属实。"
ANSWERED = "金丝雀答复：已经处理。"
NOTED = "金丝雀内部记录。"

WORDS = (NARRATIVE, PLACE, NAME, PHONE, EMAIL, FILE_NAME, FILE_CONTENT)
LATER = (ASKED, REPLIED, FOUND, ANSWERED, NOTED)
# What all of them have in common, in case only a piece was kept.
PIECES = ("金丝雀", "鹧鸪街", "CANARY")
ZLIB = b"\x78\x9c"
# A shorter form lies in some megabytes of keys and seals by chance.
SHORTEST = 6


def disguises(word: str) -> Iterator[bytes]:
    """Forms in which a word may lie in a file."""
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        yield word.encode(encoding)
    yield json.dumps(word)[1:-1].encode()
    yield word.encode().hex().encode()
    for shift in range(3):
        # The inside of base64, whatever stands before the word.
        whole = base64.b64encode(b"\0" * shift + word.encode())
        yield whole[4 if shift else 0 : -4]


def found_in(content: bytes, *words: str) -> list[str]:
    """Which of the words lie in the bytes in some form that is not there by chance."""
    wanted = words or (*WORDS, *LATER, *PIECES)
    return [
        word
        for word in wanted
        if any(form in content for form in disguises(word) if len(form) >= SHORTEST)
    ]


def unpacked(content: bytes) -> bytes:
    """The bytes with everything in them that zlib has packed, as RQ packs its jobs."""
    parts = [content]
    at = content.find(ZLIB)
    while at >= 0:
        with contextlib.suppress(zlib.error):
            parts.append(zlib.decompressobj().decompress(content[at:]))
        at = content.find(ZLIB, at + 1)
    return b"\0".join(parts)


def found_under(folder: Path, *words: str) -> dict[str, list[str]]:
    """Which files below the folder hold which of the words; names of files count too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = content_of(path) if path.is_file() and not path.is_symlink() else b""
        hits = found_in(content + b"\0" + str(path.relative_to(folder)).encode(), *words)
        if hits:
            found[str(path.relative_to(folder))] = hits
    return found
