"""Files as people and attackers send them, made by real libraries; and saved evidence."""

import io
import struct
import zipfile
import zlib

from PIL import Image
from PIL.PngImagePlugin import PngInfo

# The standard test file of the antivirus trade, in two parts so that no scanner takes this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SECRET = b"GPS-CANARY-31.2304N"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB"
) -> bytes:
    """A small picture with more than one colour, as a real encoder writes it."""
    image = Image.radial_gradient("L").resize(size).convert(mode)
    made = io.BytesIO()
    image.save(made, kind)
    return made.getvalue()


def photo_that_tells(size: tuple[int, int] = (80, 40), orientation: int = 6) -> bytes:
    """A JPEG with the canary in EXIF, comment, XMP and behind the end, lying on its side."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 49.0)})
    made = io.BytesIO()
    image.save(made, "JPEG", exif=exif, comment=SECRET, xmp=b"<x>" + SECRET + b"</x>")
    return made.getvalue() + SECRET


def png_that_tells() -> bytes:
    """A PNG with the canary in a text chunk."""
    words = PngInfo()
    words.add_text("Author", SECRET.decode())
    made = io.BytesIO()
    Image.new("RGBA", (30, 20), (10, 20, 30, 128)).save(made, "PNG", pnginfo=words)
    return made.getvalue()


def pixel_flood(side: int = 13_000) -> bytes:
    """A valid PNG of `side` squared pixels that is a few kilobytes long."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body))
            + name
            + body
            + struct.pack(">L", zlib.crc32(name + body))
        )

    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">2L5B", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def gif_with_script() -> bytes:
    """Begins as a GIF and runs as JavaScript."""
    return b"GIF89a/*" + bytes(40) + b"*/=1;alert(document.cookie)//"


def archive(**parts: bytes) -> bytes:
    """A zip container; `__` in a name stands for a slash."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in parts.items():
            packed.writestr(name.replace("__", "/"), body)
    return made.getvalue()


_MAIN = {
    "docx": "wordprocessingml.document",
    "xlsx": "spreadsheetml.sheet",
    "pptx": "presentationml.presentation",
}


def office(ending: str = "docx", **more: bytes) -> bytes:
    """The least that says it is an Office Open XML document."""
    stated = f'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.{_MAIN[ending]}.main+xml"/></Types>'
    return archive(
        **{"[Content_Types].xml": stated.encode(), "word/document.xml": b"<w/>"} | more
    )


def open_document(ending: str = "odt", **more: bytes) -> bytes:
    """The least that says it is an OpenDocument file."""
    stated = {"odt": b"text", "ods": b"spreadsheet"}[ending]
    return archive(mimetype=b"application/vnd.oasis.opendocument." + stated, **more)


def bomb(size: int = 2 * 1024**3) -> bytes:
    """A docx that says it unpacks to `size` bytes, and is tiny."""
    packed = bytearray(office(word__bomb=b"0"))
    at = packed.rfind(b"PK\x01\x02")
    struct.pack_into("<L", packed, at + 24, size)
    return bytes(packed)


def film(brand: bytes) -> bytes:
    """The first box of an ISO media file of `brand`."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isommp42" + bytes(400)
