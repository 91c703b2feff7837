"""Files as people and attackers send them, made by real libraries; and saved evidence."""

import io
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portal.evidence.models import Evidence
from portal.evidence.service import IncomingFile, limits, receive
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor

# The standard test file of the antivirus trade, in two parts so that no scanner takes this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SECRET = b"GPS-CANARY-31.2304N"


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
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
            struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))
        )

    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">2L5B", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
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


_OOXML = "application/vnd.openxmlformats-officedocument."
_MAIN = {
    "docx": "wordprocessingml.document",
    "xlsx": "spreadsheetml.sheet",
    "pptx": "presentationml.presentation",
}


def office(ending: str = "docx", **more: bytes) -> bytes:
    """The least that says it is an Office Open XML document."""
    stated = f'<Types><Override ContentType="{_OOXML}{_MAIN[ending]}.main+xml"/></Types>'
    return archive(**{"[Content_Types].xml": stated.encode(), "word/document.xml": b"<w/>"} | more)


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


def document_that_tells(*, password: str = "", packed: str = "plain") -> bytes:
    """A PDF with the canary in every place but the picture that is seen on its page."""
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.docinfo["/Author"] = SECRET.decode()
        with pdf.open_metadata() as xmp:
            xmp["dc:creator"] = [SECRET.decode()]
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=f"app.alert('{SECRET.decode()}')")
        pdf.Root.OpenAction = script
        pdf.attachments["a.txt"] = SECRET
        page = pdf.add_blank_page(page_size=(200, 200)).obj
        page.AA = pikepdf.Dictionary(O=script)
        page.PieceInfo = pikepdf.Dictionary(X=SECRET.decode())
        page.Annots = [
            pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot,
                    Subtype=pikepdf.Name.Link,
                    Rect=[0, 0, 50, 50],
                    A=script,
                )
            )
        ]
        jpeg, pressed = pikepdf.Name.DCTDecode, pikepdf.Name.FlateDecode
        photo = photo_that_tells()
        picture_ = pdf.make_stream(zlib.compress(photo) if packed == "twice" else photo)
        picture_.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=80,
            Height=40,
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter={"plain": jpeg, "list": [jpeg], "twice": [pressed, jpeg]}[packed],
            Metadata=pdf.make_stream(SECRET),
        )
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=picture_))
        page.Contents = pdf.make_stream(b"q 80 0 0 40 10 10 cm /Im Do Q")
        lock = pikepdf.Encryption(user=password, owner="owner") if password else None
        pdf.save(made, encryption=lock, compress_streams=False)
    return made.getvalue()


def make_evidence(
    content: bytes | None = None, filename: str = "shop.jpg", actor: Actor | None = None
) -> Evidence:
    """A received file, through the real service; a photo that tells if nothing else is asked."""
    upload = IncomingFile(io.BytesIO(photo_that_tells() if content is None else content), filename)
    with unit_of_work(actor or Actor.public()) as uow:
        return receive(uow, upload, limits=limits())
