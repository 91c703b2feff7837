"""The picture of a letterhead: what is drawn is kept of it, and nothing else."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from portal.jurisdiction.emblems import (
    MOST_BYTES,
    BadEmblem,
    clean_emblem,
    emblem_of,
    emblem_svg,
    size_of,
)

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" onload="go()">'
    '<metadata>CANARY</metadata><script>go()</script><style>@import "x"</style>'
    '<g style="fill:#c00;behavior:url(x)"><rect width="9" height="9" fill="url(#own)"/></g>'
    '<image href="https://example.org/CANARY.png"/><foreignObject><b>CANARY</b></foreignObject>'
    '<path d="M0 0L9 9" stroke="url(https://example.org/CANARY)" fill="rgb(1,2,3)"/>'
    '<use href="#own"/><text>CANARY</text></svg>'
)


def png(width=3, height=2, note=""):
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", note)
    written = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(written, "PNG", pnginfo=said)
    return written.getvalue()


def test_of_a_drawing_the_shapes_and_how_they_look_are_kept_and_nothing_else():
    svg = emblem_svg(emblem_of(SVG.encode()))

    for gone in ("CANARY", "script", "style", "onload", "import", "image", "use", "behavior"):
        assert gone not in svg
    for kept in ('fill="#c00"', 'fill="url(#own)"', 'd="M0 0L9 9"', 'fill="rgb(1,2,3)"'):
        assert kept in svg


def test_of_a_picture_its_points_are_kept_and_nothing_that_was_written_into_it():
    held = emblem_of(png(note="CANARY"))

    raw = base64.b64decode(held.partition(",")[2])
    assert (b"CANARY" in png(note="CANARY"), b"CANARY" in raw) == (True, False)
    with Image.open(io.BytesIO(raw)) as picture:
        assert (picture.size, picture.getpixel((0, 0))) == ((3, 2), (255, 0, 0, 255))
    assert 'width="3" height="2"' in emblem_svg(held)
    assert size_of(held) == len(raw)


@pytest.mark.parametrize("raw", [SVG.encode(), png(note="x")])
def test_what_is_clean_stays_as_it_is(raw):
    held = emblem_of(raw)

    assert clean_emblem(held) == held
    assert clean_emblem("") == ""


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"%PDF-1.7", "neither PNG nor SVG"),
        (b"\xff\xfe", "neither PNG nor SVG"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "neither PNG nor SVG"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "DOCTYPE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><text>a</text></svg>", "nothing is drawn"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g/>" * 6000 + b"</svg>", "many shapes"),
        (png()[:40], "cannot be read"),
        (png(4001, 1000), "too many points"),
        (b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES), "larger than 200 kB"),
    ],
)
def test_what_cannot_be_printed_is_refused_with_the_reason(raw, why):
    with pytest.raises(BadEmblem, match=why):
        emblem_of(raw)


@pytest.mark.parametrize("held", ["seal.png", "data:image/png;base64,!!", "data:text/html,x"])
def test_a_pack_names_a_picture_by_its_data_only(held):
    with pytest.raises(BadEmblem):
        clean_emblem(held)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(kind, body):
    """A picture with one part more, right behind its head."""
    plain = png()
    return plain[:33] + chunk(kind, body) + plain[33:]


def drawn(inside, **head):
    said = " ".join(f'{name}="{value}"' for name, value in head.items())
    return f'<svg xmlns="http://www.w3.org/2000/svg" {said}>{inside}</svg>'.encode()


@pytest.mark.parametrize(
    "raw",
    [
        with_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 9_000_000)),
        with_chunk(b"iCCP", b"a\0\0" + zlib.compress(b"x" * 9_000_000)),
        with_chunk(b"tRNS", b"a"),
        with_chunk(b"acTL", b"a"),
        drawn("<g>" * 3000 + '<path d="M0 0h1"/>' + "</g>" * 3000, viewBox="0 0 1 1"),
    ],
    ids=["text", "profile", "transparency", "animation", "depth"],
)
def test_a_picture_that_is_made_to_break_its_reader_is_refused_with_a_sentence(raw):
    with pytest.raises(BadEmblem):
        emblem_of(raw)


@pytest.mark.parametrize("head", [{"width": "0", "height": "0"}, {"width": "-1", "height": "2"}])
def test_a_drawing_that_no_paper_could_be_printed_with_is_refused_before_it_is_in_the_place(head):
    with pytest.raises(BadEmblem):
        emblem_of(drawn('<path d="M0 0h1"/>', **head))
