"""The kinds of file that are accepted: one table, from which everything else follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """Kinds that are treated alike."""

    IMAGE = "image"
    PDF = "pdf"
    OFFICE = "office"
    TEXT = "text"
    AUDIO = "audio"
    VIDEO = "video"


class FileKind(StrEnum):
    """What a file is, by its content and never by its name."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    BMP = "bmp"
    TIFF = "tiff"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    TEXT = "text"
    CSV = "csv"
    MP3 = "mp3"
    M4A = "m4a"
    WAV = "wav"
    OGG = "ogg"
    AMR = "amr"
    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"
    THREE_GP = "3gp"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """Family, media type as it is served, and the endings a name may have (first is ours)."""

    family: Family
    media_type: str
    endings: tuple[str, ...]


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

KINDS: Mapping[FileKind, KindFacts] = {
    FileKind.JPEG: KindFacts(Family.IMAGE, "image/jpeg", ("jpg", "jpeg", "jpe", "jfif")),
    FileKind.PNG: KindFacts(Family.IMAGE, "image/png", ("png",)),
    FileKind.WEBP: KindFacts(Family.IMAGE, "image/webp", ("webp",)),
    FileKind.GIF: KindFacts(Family.IMAGE, "image/gif", ("gif",)),
    FileKind.BMP: KindFacts(Family.IMAGE, "image/bmp", ("bmp", "dib")),
    FileKind.TIFF: KindFacts(Family.IMAGE, "image/tiff", ("tif", "tiff")),
    FileKind.PDF: KindFacts(Family.PDF, "application/pdf", ("pdf",)),
    FileKind.DOCX: KindFacts(Family.OFFICE, _OOXML + "wordprocessingml.document", ("docx",)),
    FileKind.XLSX: KindFacts(Family.OFFICE, _OOXML + "spreadsheetml.sheet", ("xlsx",)),
    FileKind.PPTX: KindFacts(Family.OFFICE, _OOXML + "presentationml.presentation", ("pptx",)),
    FileKind.ODT: KindFacts(Family.OFFICE, _ODF + "text", ("odt",)),
    FileKind.ODS: KindFacts(Family.OFFICE, _ODF + "spreadsheet", ("ods",)),
    FileKind.TEXT: KindFacts(Family.TEXT, "text/plain", ("txt", "log")),
    FileKind.CSV: KindFacts(Family.TEXT, "text/csv", ("csv",)),
    FileKind.MP3: KindFacts(Family.AUDIO, "audio/mpeg", ("mp3",)),
    FileKind.M4A: KindFacts(Family.AUDIO, "audio/mp4", ("m4a",)),
    FileKind.WAV: KindFacts(Family.AUDIO, "audio/wav", ("wav",)),
    FileKind.OGG: KindFacts(Family.AUDIO, "audio/ogg", ("ogg", "oga", "opus")),
    FileKind.AMR: KindFacts(Family.AUDIO, "audio/amr", ("amr",)),
    FileKind.MP4: KindFacts(Family.VIDEO, "video/mp4", ("mp4", "m4v")),
    FileKind.MOV: KindFacts(Family.VIDEO, "video/quicktime", ("mov", "qt")),
    FileKind.WEBM: KindFacts(Family.VIDEO, "video/webm", ("webm",)),
    FileKind.THREE_GP: KindFacts(Family.VIDEO, "video/3gpp", ("3gp", "3g2", "3gpp")),
}

ALLOWED_ENDINGS: tuple[str, ...] = tuple(facts.endings[0] for facts in KINDS.values())


def gets_rendition(kind: FileKind) -> bool:
    """Whether a copy without metadata is made: images and PDF; the rest may name its author."""
    return KINDS[kind].family in (Family.IMAGE, Family.PDF)


def gets_preview(kind: FileKind) -> bool:
    """Whether a small grey blurred picture is made for the desk."""
    return KINDS[kind].family is Family.IMAGE
