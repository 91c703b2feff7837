"""Copies of images and PDF without metadata; runs only inside the confined child process.

Nothing here may import the rest of the portal but the tables of kinds: what is decoded is
hostile, and the process that decodes it holds no key, no setting and no connection.
"""

import io
import warnings
import zlib
from collections.abc import Iterator
from typing import Final

import pikepdf
from PIL import Image, ImageFilter, ImageOps

from portal.evidence.kinds import FileKind
from portal.evidence.renditions import Impossible, Rendered
from portal.evidence.states import NoRendition

MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 2_000
PREVIEW_SIDE: Final = 400
PREVIEW_BLUR: Final = 8
JPEG_QUALITY: Final = 85
_STEPS: Final = 8
_LEAST_ROWS: Final = 3  # fewer different rows than these, and any other plain picture is the same

_JPEG_LIKE: Final = frozenset({"JPEG", "MPO", "WEBP", "TIFF"})
_PILLOW_FORMATS: Final = {
    FileKind.JPEG: ("JPEG", "MPO"),
    FileKind.PNG: ("PNG",),
    FileKind.WEBP: ("WEBP",),
    FileKind.GIF: ("GIF",),
    FileKind.BMP: ("BMP", "DIB"),
    FileKind.TIFF: ("TIFF",),
}


def make(kind: FileKind, content: bytes) -> Rendered:
    """Return the rendition of `content`; raise Impossible with the reason if there is none."""
    return _of_pdf(content) if kind is FileKind.PDF else _of_image(kind, content)


def warm_up() -> None:
    """Load all that is loaded on first use, since the confined process can open no file."""
    Image.init()
    sample = io.BytesIO()
    Image.new("RGBA", (9, 9)).save(sample, "PNG")
    make(FileKind.PNG, sample.getvalue())
    Image.new("RGB", (9, 9)).save(sample := io.BytesIO(), "JPEG")
    make(FileKind.JPEG, sample.getvalue())
    with pikepdf.new() as empty:
        empty.add_blank_page()
        empty.save(sample := io.BytesIO())
    make(FileKind.PDF, sample.getvalue())


# --- Images -------------------------------------------------------------------------------------


def _of_image(kind: FileKind, content: bytes) -> Rendered:
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Between one and two times the limit Pillow only warns.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_PILLOW_FORMATS[kind]) as opened:
                return _redrawn(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Impossible(NoRendition.TOO_LARGE) from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        EOFError,
    ):
        # What Pillow's decoders raise for broken files, UnidentifiedImageError among them.
        raise Impossible(NoRendition.BROKEN) from None


def _redrawn(opened: Image.Image) -> Rendered:
    """Decode the first frame, turn it upright, and paste it into a new image.

    Only the pixels go over: Pillow keeps a JPEG comment when it merely saves again.
    """
    orientation = opened.getexif().get(0x0112, 1)
    opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # JPEG is decoded no larger than needed
    opened.load()
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    upright = Image.Exif()
    upright[0x0112] = orientation
    drawn = opened.convert(mode)
    drawn.thumbnail((MAX_SIDE, MAX_SIDE))
    drawn.info = {"exif": upright.tobytes()}
    turned = ImageOps.exif_transpose(drawn)
    fresh = Image.new(mode, turned.size)
    fresh.paste(turned)
    as_jpeg = mode == "RGB" and opened.format in _JPEG_LIKE
    made = io.BytesIO()
    if as_jpeg:
        fresh.save(made, "JPEG", quality=JPEG_QUALITY)
    else:
        fresh.save(made, "PNG")
    kind = FileKind.JPEG if as_jpeg else FileKind.PNG
    return Rendered(kind, made.getvalue(), _preview(fresh), _looks(fresh))


def _on_white(image: Image.Image) -> Image.Image:
    """The image in grey, what is transparent shown white."""
    on_white = Image.new("L", image.size, 255)
    on_white.paste(image.convert("L"), mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return on_white


def _looks(image: Image.Image) -> bytes:
    """Where the picture grows lighter, 64 steps across and 64 down; nothing for a plain one.

    Packing it anew, making it smaller or lighter changes few of the bits (difference hash).
    """
    grey = _on_white(image)
    across = grey.resize((_STEPS + 1, _STEPS), Image.Resampling.BOX)
    turned = grey.resize((_STEPS, _STEPS + 1), Image.Resampling.BOX)
    down = turned.transpose(Image.Transpose.TRANSPOSE)
    steps = _steps(across.tobytes()), _steps(down.tobytes())
    if min(len(set(rows)) for rows in steps) < _LEAST_ROWS:
        return b""
    return b"".join(steps)


def _steps(pixels: bytes) -> bytes:
    """A byte for each row of 9 pixels: a bit where the next pixel is lighter."""
    width = _STEPS + 1
    rows = (pixels[at : at + width] for at in range(0, width * _STEPS, width))
    return bytes(sum((row[i] < row[i + 1]) << i for i in range(_STEPS)) for row in rows)


def _preview(image: Image.Image) -> bytes:
    """A small grey blurred JPEG: enough to tell one file from another, not to be hurt by it."""
    on_white = _on_white(image)
    on_white.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    made = io.BytesIO()
    on_white.filter(ImageFilter.GaussianBlur(PREVIEW_BLUR)).save(made, "JPEG", quality=60)
    return made.getvalue()


# --- PDF ----------------------------------------------------------------------------------------

# What a page needs to be seen; all else (actions, metadata, thumbnails, editors' data) stays out.
_PAGE_KEYS: Final = frozenset(
    {
        "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox",
        "/ArtBox", "/Rotate", "/Contents", "/Group", "/UserUnit",
    }
)  # fmt: skip
_TELLING_KEYS: Final = (
    "/Metadata", "/PieceInfo", "/LastModified", "/AF", "/AA", "/OPI", "/Alternates",
)  # fmt: skip


# Segments of a JPEG: APP1 to APP15 but APP14, and the comment.
_TELLING_MARKERS: Final = frozenset(range(0xE1, 0xF0)) - {0xEE} | {0xFE}
_START_OF_SCAN: Final = b"\xff\xda"
_END_OF_IMAGE: Final = b"\xff\xd9"


def _of_pdf(content: bytes) -> Rendered:
    try:
        with (
            pikepdf.open(io.BytesIO(content), attempt_recovery=True) as old,
            pikepdf.new() as new,
        ):
            old.flatten_annotations("screen")
            _copy_pages(old, new)
            made = io.BytesIO()
            new.remove_unreferenced_resources()
            new.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except pikepdf.PasswordError:
        raise Impossible(NoRendition.LOCKED) from None
    except MemoryError:
        raise Impossible(NoRendition.TOO_LARGE) from None
    except (
        pikepdf.PdfError,
        ValueError,
        KeyError,
        TypeError,
        RuntimeError,
        AttributeError,
    ):
        raise Impossible(NoRendition.BROKEN) from None
    return Rendered(FileKind.PDF, made.getvalue())


def _copy_pages(old: pikepdf.Pdf, new: pikepdf.Pdf) -> None:
    """Copy the pages into a new document, as an image is pasted into a new image.

    The catalogue (scripts, actions, forms, attachments, XMP) and the information dictionary
    are thereby left behind.
    """
    if not len(old.pages):
        raise ValueError("a document without pages")
    for page in old.pages:
        for key in set(page.obj.keys()) - _PAGE_KEYS:
            del page.obj[key]
    new.pages.extend(old.pages)
    for thing in new.objects:
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            _silence(thing)


def _silence(thing: pikepdf.Object) -> None:
    for key in _TELLING_KEYS:
        if key in thing:
            del thing[key]
    if isinstance(thing, pikepdf.Stream):
        _silence_picture(thing)


def _silence_picture(stream: pikepdf.Stream) -> None:
    """Take the metadata out of a JPEG in the document, packed once more or not."""
    stated = stream.stream_dict.get("/Filter")
    filters = list(stated) if isinstance(stated, pikepdf.Array) else [stated]
    if filters[-1:] != [pikepdf.Name.DCTDecode]:
        return
    jpeg = stream.read_raw_bytes()
    if filters[:-1] == [pikepdf.Name.FlateDecode]:
        jpeg = zlib.decompress(jpeg)
    elif filters[:-1]:
        raise ValueError("a picture packed in an unusual way")
    parameters = stream.stream_dict.get("/DecodeParms")
    if isinstance(parameters, pikepdf.Array):
        parameters = parameters[-1]
    stream.write(b"".join(_jpeg_segments(jpeg)), filter=pikepdf.Name.DCTDecode)
    if isinstance(parameters, pikepdf.Dictionary):
        stream.stream_dict["/DecodeParms"] = parameters


def _jpeg_segments(jpeg: bytes) -> Iterator[bytes]:
    """The segments of a JPEG but comments and application data (EXIF, XMP, maker's notes).

    JFIF (APP0) and Adobe (APP14) stay: they say how the colours are to be read.
    """
    yield jpeg[:2]
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at : at + 2] != _START_OF_SCAN:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        if jpeg[at + 1] not in _TELLING_MARKERS:
            yield jpeg[at:end]
        at = end
    end_of_image = jpeg.rfind(_END_OF_IMAGE)
    yield jpeg[at : end_of_image + 2] if end_of_image >= at else jpeg[at:]
