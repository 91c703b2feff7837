"""Copies without metadata, made by a real child process from real files."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from portal.evidence.confinement import render
from portal.evidence.kinds import FileKind
from portal.evidence.renditions import Impossible, Rendered
from portal.evidence.states import NoRendition
from portal.infra.config import ROOT
from portal.kernel.errors import Unavailable
from tests.factories import evidence as sent


def _rendered(kind: FileKind, content: bytes) -> Rendered:
    return render(kind, [content])


def _why_none(kind: FileKind, content: bytes) -> NoRendition:
    with pytest.raises(Impossible) as impossible:
        render(kind, [content])
    return impossible.value.reason


@pytest.mark.requirement("U21")
def test_a_photo_loses_exif_gps_comment_xmp_and_what_hangs_behind_and_stands_upright():
    assert sent.photo_that_tells().count(sent.SECRET) == 4

    made = _rendered(FileKind.JPEG, sent.photo_that_tells((80, 40), orientation=6))

    assert made.kind is FileKind.JPEG
    assert sent.SECRET not in made.content + made.preview
    image = Image.open(io.BytesIO(made.content))
    assert image.size == (40, 80)
    assert not dict(image.getexif())
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.requirement("T21")
def test_a_jpeg_with_an_archive_behind_it_loses_the_archive():
    made = _rendered(FileKind.JPEG, sent.picture() + sent.archive(a=sent.SECRET))

    assert b"PK\x05\x06" not in made.content


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_accepted_picture_gets_a_copy_and_a_preview(kind):
    made = _rendered(FileKind(kind.lower()), sent.picture(kind))

    assert Image.open(io.BytesIO(made.content)).size == (64, 48)
    assert Image.open(io.BytesIO(made.preview)).mode == "L"


def test_transparency_stays_and_text_in_a_png_goes():
    made = _rendered(FileKind.PNG, sent.png_that_tells())

    image = Image.open(io.BytesIO(made.content))
    assert image.getpixel((3, 3)) == (10, 20, 30, 128)
    assert sent.SECRET not in made.content


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "LA", "1"])
def test_uncommon_colours_are_drawn_too(mode):
    image = Image.new(mode, (40, 30))
    content = io.BytesIO()
    image.save(content, "TIFF")

    assert _rendered(FileKind.TIFF, content.getvalue()).preview


def test_a_large_photo_is_made_smaller_and_its_preview_small():
    made = _rendered(FileKind.JPEG, sent.picture("JPEG", (4_000, 3_000)))

    assert Image.open(io.BytesIO(made.content)).size == (2_000, 1_500)
    assert Image.open(io.BytesIO(made.preview)).size == (400, 300)


@pytest.mark.requirement("T22")
@pytest.mark.parametrize("side", [6_500, 13_000, 30_000])
def test_a_flood_of_pixels_is_refused_at_once(side):
    content = sent.pixel_flood(side)
    started = time.monotonic()

    assert len(content) < 200_000
    assert _why_none(FileKind.PNG, content) is NoRendition.TOO_LARGE
    assert time.monotonic() - started < 10


@pytest.mark.requirement("T21")
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (FileKind.JPEG, sent.picture()[:-200]),
        (FileKind.PNG, sent.picture("PNG")[:-40]),
        (FileKind.GIF, sent.gif_with_script()),
        (FileKind.PNG, sent.picture("JPEG")),
        (FileKind.PDF, b"%PDF-1.7 and nothing else"),
        (FileKind.PDF, b"%PDF-1.7\n<html><script>alert(1)</script>"),
    ],
)
def test_a_broken_file_has_no_copy_and_breaks_nothing(kind, content):
    assert _why_none(kind, content) is NoRendition.BROKEN


@pytest.mark.parametrize("packed", ["plain", "list", "twice"])
def test_a_pdf_loses_author_scripts_attachments_links_and_the_exif_of_its_pictures(packed):
    made = _rendered(FileKind.PDF, sent.document_that_tells(packed=packed))

    with pikepdf.open(io.BytesIO(made.content)) as pdf:
        plain = io.BytesIO()
        pdf.save(
            plain,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
        assert len(pdf.pages) == 1
        assert set(pdf.Root.keys()) <= {"/Type", "/Pages", "/Version"}
        assert "/Annots" not in pdf.pages[0].obj
        picture = pdf.pages[0].Resources.XObject.Im
        assert pikepdf.PdfImage(picture).as_pil_image().size == (80, 40)
    assert sent.SECRET not in plain.getvalue()
    assert b"JavaScript" not in plain.getvalue()


@pytest.mark.requirement("T22")
def test_of_a_film_of_very_many_frames_only_the_first_is_drawn():
    frames = [Image.new("L", (20, 20), shade) for shade in range(200)]
    content = io.BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:])

    assert (
        getattr(
            Image.open(io.BytesIO(_rendered(FileKind.GIF, content.getvalue()).content)),
            "n_frames",
            1,
        )
        == 1
    )


def test_a_locked_pdf_has_no_copy():
    assert _why_none(FileKind.PDF, sent.document_that_tells(password="x")) is NoRendition.LOCKED


@pytest.mark.requirement("T22")
def test_a_child_that_takes_too_long_is_killed_and_the_task_tried_again():
    with pytest.raises(Unavailable) as refused:
        render(FileKind.JPEG, [sent.picture()], seconds=0.01)

    assert refused.value.code == "rendition-too-slow"


_PROBE = """
import os, socket, sys
import portal.evidence.decoding
from portal.evidence.confined import confine
confine(sys.argv[1])
done = []
for name, act in {
    "read": lambda: open("/etc/passwd"),
    "write": lambda: open("/x", "w"),
    "connect": lambda: socket.socket(),
    "fork": lambda: os.fork() or os._exit(0),
    "memory": lambda: bytearray(2 * 1024 ** 3),
    "more files": lambda: __import__("resource").setrlimit(7, (99, 99)),
}.items():
    try:
        act()
        done.append(name)
    except (OSError, MemoryError, ValueError):
        pass
print(done, os.getuid() != 0, dict(os.environ))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what else is given up is Linux")
def test_the_confined_process_can_open_no_file_and_no_socket_and_is_nobody(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-s", "-B", "-c", _PROBE, str(tmp_path)],
        env={},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    environment = done.stdout.partition("{")[2]
    assert done.stdout.startswith("[] True")
    assert "SUNLINE" not in environment
