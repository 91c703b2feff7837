"""The picture of a letterhead: PNG or SVG, checked, and only what is drawn kept of it."""

import base64
import binascii
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from PIL import Image
from typst import TypstError

from portal.infra.typesetting import typeset
from portal.jurisdiction.sentences import Sentence

TRIAL: Final = Path(__file__).with_name("emblem.typ")

MOST_BYTES: Final = 200_000
# As long as a picture of so many bytes may be in a file of a pack.
LONGEST: Final = 280_000
_MOST_PIXELS: Final = 4_000_000
_MOST_SHAPES: Final = 5_000
_DEEPEST: Final = 100
_PNG, _SVG = "data:image/png;base64,", "data:image/svg+xml;base64,"
_SPACE: Final = "{http://www.w3.org/2000/svg}"
# Nothing that is text, a script, a style sheet, a picture in the picture, or from elsewhere.
_SHAPES: Final = frozenset(
    {
        *("svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("clipPath", "linearGradient", "radialGradient", "stop"),
    }
)
_GEOMETRY: Final = frozenset(
    {
        *("viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx"),
        *("ry", "fx", "fy", "d", "points", "transform", "id", "offset", "gradientUnits"),
        *("gradientTransform", "spreadMethod", "clipPathUnits", "preserveAspectRatio"),
    }
)
_LOOKS: Final = frozenset(
    {
        *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity"),
        *("stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray"),
        *("stroke-dashoffset", "opacity", "clip-path", "clip-rule", "stop-color", "stop-opacity"),
    }
)
# A value is plain, or names something of the same picture.
_PLAIN: Final = re.compile(
    r"(?:[^()<>&;:\\]|(?:rgb|matrix|translate|rotate|scale|skew[XY])\([^()<>&;:\\]*\))*"
)
_OWN: Final = re.compile(r"url\(#[A-Za-z0-9_.\-]+\)")


class BadEmblem(ValueError):
    """It cannot be printed; the sentence says why."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(str(why))
        self.why = why


def emblem_of(raw: bytes) -> str:
    """A picture as a row of the place holds it, with nothing in it but what is drawn.

    Raises BadEmblem for what is neither PNG nor SVG, is too large, or cannot be read.
    """
    if len(raw) > MOST_BYTES:
        raise BadEmblem(Sentence("the picture is larger than %(most)s kB", most=MOST_BYTES // 1000))
    is_png = raw.startswith(b"\x89PNG\r\n\x1a\n")
    head, clean = (_PNG, _clean_png(raw)) if is_png else (_SVG, _clean_svg(raw))
    if len(clean) > MOST_BYTES:
        raise BadEmblem(Sentence("the picture is larger than %(most)s kB", most=MOST_BYTES // 1000))
    return head + base64.b64encode(clean).decode()


@lru_cache(maxsize=32)
def clean_emblem(held: str) -> str:
    """The picture of a row of a pack, cleaned; raises BadEmblem as `emblem_of` does."""
    return emblem_of(_raw(held)) if held else ""


def emblem_svg(held: str) -> str:
    """The picture of a row as a drawing, for a template, which takes text."""
    raw = _raw(held)
    if held.startswith(_SVG):
        return raw.decode()
    with Image.open(io.BytesIO(raw), formats=["PNG"]) as picture:
        width, height = picture.size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"><image width="{width}" '
        f'height="{height}" xlink:href="{held}"/></svg>'
    )


def size_of(held: str) -> int:
    """How many bytes the picture of a row has."""
    return len(_raw(held))


def _raw(held: str) -> bytes:
    head = next((one for one in (_PNG, _SVG) if held.startswith(one)), None)
    if head is None:
        raise BadEmblem(Sentence("the picture is neither PNG nor SVG"))
    try:
        return base64.b64decode(held.removeprefix(head), validate=True)
    except binascii.Error:
        raise BadEmblem(Sentence("the picture cannot be read")) from None


def _clean_png(raw: bytes) -> bytes:
    """The points of the picture and nothing else; its size is looked at before it is unpacked."""
    try:
        with Image.open(io.BytesIO(raw), formats=["PNG"]) as picture:
            small = picture.width * picture.height <= _MOST_PIXELS
            plain = picture.convert("RGBA") if small else None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise BadEmblem(Sentence("the picture cannot be read")) from None
    if plain is None:
        raise BadEmblem(Sentence("the picture has too many points"))
    written = io.BytesIO()
    plain.save(written, "PNG", optimize=True)
    return written.getvalue()


def _clean_svg(raw: bytes) -> bytes:
    """The drawing with the shapes and looks of the lists; whatever else was in it is left out."""
    if b"<!DOCTYPE" in raw.upper() or b"<!ENTITY" in raw.upper():
        raise BadEmblem(Sentence("the picture defines words of its own (DOCTYPE)"))
    try:
        read = ET.fromstring(raw.decode("utf-8"))  # noqa: S314  # without entities, as seen above
    except (ET.ParseError, UnicodeDecodeError, ValueError):
        raise BadEmblem(Sentence("the picture is neither PNG nor SVG")) from None
    if read.tag != f"{_SPACE}svg":
        raise BadEmblem(Sentence("the picture is neither PNG nor SVG"))
    if sum(1 for _one in read.iter()) > _MOST_SHAPES:
        raise BadEmblem(Sentence("the picture has too many shapes"))
    clean = _clean(read, _DEEPEST)
    if not any(True for one in clean.iter() if one is not clean):
        raise BadEmblem(Sentence("nothing is drawn in the picture"))
    clean.set("xmlns", _SPACE.strip("{}"))
    drawn = ET.tostring(clean, encoding="unicode")
    _demand_printed(drawn)
    return drawn.encode()


def _demand_printed(svg: str) -> None:
    """Print it once, as papers do: a size of nothing would have every paper of a unit fail."""
    try:
        typeset(TRIAL, {"emblem": svg}, archive=True)
    except TypstError:
        raise BadEmblem(Sentence("the picture cannot be read")) from None


def _clean(read: ET.Element, deepest: int) -> ET.Element:
    if not deepest:
        raise BadEmblem(Sentence("the picture has too many shapes"))
    made = ET.Element(read.tag.removeprefix(_SPACE), dict(_looks(read)))
    for one in read:
        if str(one.tag).removeprefix(_SPACE) in _SHAPES:
            made.append(_clean(one, deepest - 1))
    return made


def _looks(read: ET.Element) -> Iterator[tuple[str, str]]:
    """The attributes that are kept, and what a style says of how it looks."""
    said = [one.partition(":") for one in read.get("style", "").split(";")]
    styled = {name.strip(): value.strip() for name, _colon, value in said}
    for name, value in {**read.attrib, **styled}.items():
        kept = name in _LOOKS or (name in _GEOMETRY and name in read.attrib)
        if kept and (_PLAIN.fullmatch(value) or _OWN.fullmatch(value)):
            yield name, value
