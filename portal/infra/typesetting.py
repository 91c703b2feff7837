"""Papers by typst: what stands on them is data, and what the typeface does not have is a box."""

import json
import re
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from portal.infra.fonts import font_paths

TYPEFACE: Final = "NotoSansSC-Regular.otf"
BOX: Final = "□"
# Controls, what only steers the direction or the shape of other characters, and blank fillers.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
# Nobody can say what a character of these means, so no paper that is to be read for long has one.
_PRIVATE: Final = ((0xE000, 0xF8FF), (0xF0000, 0x10FFFF))
_WHOLE_UNICODE: Final = 12  # the format of the table of a font that lists all its characters


def typeset(template: Path, content: Any, *, archive: bool = False, **more: str) -> bytes:  # noqa: ANN401  # any JSON
    """A PDF/UA-1 of `content`, JSON for the template; for the archive a PDF/A-2a as well.

    `more` goes in as it is. Nothing of either is read as markup.
    """
    return typst.compile(
        str(template),
        font_paths=font_paths(),
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(_shown_in(content)), **more},
        pdf_standards=["a-2a", "ua-1"] if archive else ["ua-1"],
    )


def shown(text: str) -> str:
    """The text as a paper shows it: a box for what the typeface does not have.

    What cannot be seen and only turns or joins other characters is left out, so that letters stand
    in the order in which they were written.
    """
    plain = _UNSEEN.sub("", text.replace("\t", " "))
    return plain if plain.isascii() else _lacking().sub(BOX, plain)


def _shown_in(content: Any) -> Any:  # noqa: ANN401  # any JSON
    if isinstance(content, str):
        return shown(content)
    if isinstance(content, dict):
        return {name: _shown_in(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_shown_in(one) for one in content]
    return content


@cache
def _lacking() -> re.Pattern[str]:
    """One character that the typeface does not have."""
    ranges = (f"\\U{first:08x}-\\U{last:08x}" for first, last in _ranges())
    return re.compile(f"[^\n{''.join(ranges)}]")


def _ranges() -> Iterator[tuple[int, int]]:
    """The characters of the typeface, from its table `cmap` (ISO/IEC 14496-22), format 12."""
    font = (Path(font_paths()[0]) / TYPEFACE).read_bytes()
    (tables,) = struct.unpack_from(">H", font, 4)
    named = (struct.unpack_from(">4s4xI", font, 12 + 16 * number) for number in range(tables))
    start = next(offset for tag, offset in named if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    offsets = (struct.unpack_from(">4xI", font, start + 4 + 8 * n)[0] for n in range(count))
    at = next(start + one for one in offsets if _format(font, start + one) == _WHOLE_UNICODE)
    (groups,) = struct.unpack_from(">I", font, at + 12)
    for number in range(groups):
        first, last = struct.unpack_from(">II", font, at + 16 + 12 * number)
        if not any(low <= first <= high for low, high in _PRIVATE):
            yield first, last


def _format(font: bytes, at: int) -> int:
    (number,) = struct.unpack_from(">H", font, at)
    return int(number)
