"""What a file is, decided by its content: a table of signatures, office containers, plain text."""

import codecs
import struct
import zipfile
from collections.abc import Callable
from typing import BinaryIO, Final

import puremagic

from portal.evidence.kinds import KINDS, FileKind
from portal.evidence.refusals import FileRefused, Refusal

HEAD_BYTES: Final = 4096
_MEBIBYTE: Final = 1024 * 1024

# Central directories beyond these are no office files; nothing else of an archive is read.
_MAX_PARTS: Final = 5_000
_MAX_DIRECTORY_BYTES: Final = 2 * _MEBIBYTE
_MAX_UNPACKED_BYTES: Final = 1024 * _MEBIBYTE
_MAX_TYPES_BYTES: Final = 256 * 1024
_END_RECORD: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_LOCATOR_SIGNATURE: Final = b"PK\x06\x07"
_LOCATOR_BYTES: Final = 20
_END_SEARCH_BYTES: Final = _END_RECORD.size + 65_535


def identify(file: BinaryIO, filename: str) -> FileKind:
    """Return what `file` (seekable, left at its start) is, by its content.

    Raises FileRefused if it is empty, is nothing that is accepted, or is named as something
    else. Nothing is decoded or unpacked: of archives only the central directory is read.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise FileRefused(Refusal.EMPTY)
    kinds = _by_signature(head) or _by_parts(head, file) or _as_text(file)
    file.seek(0)
    ending = filename.rpartition(".")[2].strip().lower()
    for kind in kinds:
        if ending in KINDS[kind].endings:
            return kind
    raise FileRefused(Refusal.NAME_DOES_NOT_FIT, seen=KINDS[kinds[0]].endings[0])


def _by_signature(head: bytes) -> tuple[FileKind, ...]:
    """The kinds whose signature the file begins with; several where they share a container."""
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    for kind, fits in _SIGNATURES:
        if fits(head):
            return (kind,)
    return ()


def _starts(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


def _riff(form: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == form


def _is_tiff(head: bytes) -> bool:
    return head[:4] in (b"II*\x00", b"MM\x00*")


def _is_bmp(head: bytes) -> bool:
    """`BM` begins many a text: the length of the second header must be a real one, too."""
    return head[:2] == b"BM" and head[14:18] in {
        struct.pack("<L", size) for size in (12, 40, 52, 56, 64, 108, 124)
    }


_FRAME_MASK: Final = 0xFFE6_0000  # the eleven bits of the mark, and the two of the layer
_FRAME_LAYER_3: Final = 0xFFE2_0000
_RESERVED: Final = frozenset(
    (version, rate, sampling)
    for version in range(4)
    for rate in range(16)
    for sampling in range(4)
    if version == 1 or rate in (0, 15) or sampling == 3  # noqa: PLR2004  # numbers of the standard
)


def _is_mp3(head: bytes) -> bool:
    """An ID3 tag, or the header of an MPEG layer III frame without reserved values."""
    if head[:3] == b"ID3":
        return True
    (frame,) = struct.unpack(">L", head[:4].ljust(4, b"\0"))
    if frame & _FRAME_MASK != _FRAME_LAYER_3:
        return False
    version, rate, sampling = frame >> 19 & 3, frame >> 12 & 15, frame >> 10 & 3
    return (version, rate, sampling) not in _RESERVED


def _is_webm(head: bytes) -> bool:
    return head[:4] == b"\x1aE\xdf\xa3" and b"\x42\x82\x84webm" in head[:64]


def _is_old_quicktime(head: bytes) -> bool:
    return head[4:8] in (b"moov", b"mdat", b"wide")


_SIGNATURES: Final[tuple[tuple[FileKind, Callable[[bytes], bool]], ...]] = (
    (FileKind.JPEG, _starts(b"\xff\xd8\xff")),
    (FileKind.PNG, _starts(b"\x89PNG\r\n\x1a\n")),
    (FileKind.WEBP, _riff(b"WEBP")),
    (FileKind.GIF, _starts(b"GIF87a", b"GIF89a")),
    (FileKind.BMP, _is_bmp),
    (FileKind.TIFF, _is_tiff),
    (FileKind.PDF, _starts(b"%PDF-")),
    (FileKind.WAV, _riff(b"WAVE")),
    (FileKind.OGG, _starts(b"OggS\x00")),
    (FileKind.AMR, _starts(b"#!AMR\n", b"#!AMR-WB\n")),
    (FileKind.WEBM, _is_webm),
    (FileKind.MP3, _is_mp3),
    (FileKind.MOV, _is_old_quicktime),
)

_HEIC_BRANDS: Final = (
    b"heic",
    b"heix",
    b"heim",
    b"heis",
    b"hevc",
    b"hevx",
    b"mif1",
    b"msf1",
)


def _by_brand(head: bytes) -> tuple[FileKind, ...]:
    """Films and recordings share the ISO container; recorders are careless with its brands.

    So the brand says which is likely, and the ending may choose among the four.
    """
    brand = head[8:12]
    if brand in _HEIC_BRANDS:
        raise FileRefused(Refusal.HEIC)
    if brand in (b"avif", b"avis", b"crx ", b"jp2 "):
        raise FileRefused(Refusal.NOT_ALLOWED)
    likely = FileKind.MP4
    if brand == b"qt  ":
        likely = FileKind.MOV
    elif brand[:3] == b"M4A":
        likely = FileKind.M4A
    elif brand[:2] == b"3g":
        likely = FileKind.THREE_GP
    others = (FileKind.MP4, FileKind.M4A, FileKind.MOV, FileKind.THREE_GP)
    return (likely, *(kind for kind in others if kind is not likely))


_OOXML_MAIN: Final = {
    b"wordprocessingml.document.main+xml": FileKind.DOCX,
    b"spreadsheetml.sheet.main+xml": FileKind.XLSX,
    b"presentationml.presentation.main+xml": FileKind.PPTX,
}
_ODF_TYPES: Final = {KINDS[kind].media_type.encode(): kind for kind in (FileKind.ODT, FileKind.ODS)}


def _by_parts(head: bytes, file: BinaryIO) -> tuple[FileKind, ...]:
    """The office format of a zip container, from its own statement of type."""
    if head[:4] != b"PK\x03\x04":
        return ()
    _demand_modest_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > _MAX_UNPACKED_BYTES:
                raise FileRefused(Refusal.EXPANDS_TOO_MUCH, limit=_MAX_UNPACKED_BYTES)
            kind = _stated_type(archive, {part.filename for part in parts})
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
    ) as problem:
        raise FileRefused(Refusal.BROKEN) from problem
    if kind is None:
        raise FileRefused(Refusal.NOT_ALLOWED)
    if any(_carries_code(part.filename) for part in parts):
        raise FileRefused(Refusal.HAS_MACROS)
    return (kind,)


def _demand_modest_directory(file: BinaryIO) -> None:
    """Refuse a central directory that would take much memory to read, before reading it."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SEARCH_BYTES))
    tail = file.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise FileRefused(Refusal.BROKEN)
    _, _, _, _, parts, directory_bytes, _, _ = _END_RECORD.unpack_from(tail, at)
    # A 64-bit end record would overrule these numbers, and no file here needs one.
    if tail[max(0, at - _LOCATOR_BYTES) : at].startswith(_LOCATOR_SIGNATURE):
        raise FileRefused(Refusal.EXPANDS_TOO_MUCH, limit=_MAX_PARTS)
    if parts > _MAX_PARTS or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise FileRefused(Refusal.EXPANDS_TOO_MUCH, limit=_MAX_PARTS)


def _stated_type(archive: zipfile.ZipFile, names: set[str]) -> FileKind | None:
    if "[Content_Types].xml" in names:
        with archive.open("[Content_Types].xml") as part:
            stated = part.read(_MAX_TYPES_BYTES)
        return next((kind for mark, kind in _OOXML_MAIN.items() if mark in stated), None)
    if "mimetype" in names:
        with archive.open("mimetype") as part:
            return _ODF_TYPES.get(part.read(200).strip())
    return None


def _carries_code(part: str) -> bool:
    """VBA in Office Open XML; Basic and scripts in OpenDocument; controls of ActiveX."""
    name = part.lower()
    return (
        name.endswith("vbaproject.bin")
        or name.startswith(("basic/", "scripts/"))
        or ("/activex/" in name)
    )


# What a browser or a shell would act upon; such a text is refused whatever its name.
_MARKUP: Final = (
    b"<!doctype",
    b"<html",
    b"<head",
    b"<body",
    b"<script",
    b"<svg",
    b"<?",
    b"<!--",
)
_ACTED_UPON: Final = frozenset(
    {
        ".html",
        ".htm",
        ".svg",
        ".xml",
        ".php",
        ".js",
        ".sh",
        ".bat",
        ".exe",
        ".rtf",
        ".hta",
    }
)
_CONTROLS: Final = frozenset(chr(code) for code in range(32)) - frozenset("\t\n\r\f\x1a")
_ENCODINGS: Final = ("utf-8-sig", "gb18030")


def _as_text(file: BinaryIO) -> tuple[FileKind, ...]:
    """Plain text in UTF-8, UTF-16 with a mark, or GB 18030, and nothing that gets acted upon."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if _looks_acted_upon(head):
        raise FileRefused(Refusal.NOT_ALLOWED)
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encodings = ("utf-16",) if marked else _ENCODINGS
    if not any(_reads_as(file, encoding) for encoding in encodings):
        raise FileRefused(Refusal.NOT_ALLOWED)
    return (FileKind.TEXT, FileKind.CSV)


def _looks_acted_upon(head: bytes) -> bool:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith((*_MARKUP, b"#!", b"mz", b"\x7felf")):
        return True
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return False
    return bool(guesses) and guesses[0].extension in _ACTED_UPON


def _reads_as(file: BinaryIO, encoding: str) -> bool:
    """Whether the whole file is text in `encoding`, read in constant memory."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(64 * 1024):
            if not _CONTROLS.isdisjoint(decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
