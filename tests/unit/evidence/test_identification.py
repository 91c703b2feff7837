"""What is accepted is decided by content, and a name must fit it."""

import io
import struct
import zipfile

import pytest

from portal.evidence.identification import identify
from portal.evidence.kinds import FileKind
from portal.evidence.refusals import FileRefused, Refusal
from tests.factories import evidence as sent

WEBM = bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d") + bytes(99)
ACCEPTED = [
    ("a.jpg", sent.picture("JPEG"), FileKind.JPEG),
    ("A.JPEG", sent.picture("JPEG"), FileKind.JPEG),
    ("a.png", sent.picture("PNG"), FileKind.PNG),
    ("a.webp", sent.picture("WEBP"), FileKind.WEBP),
    ("a.gif", sent.picture("GIF"), FileKind.GIF),
    ("a.bmp", sent.picture("BMP"), FileKind.BMP),
    ("a.tiff", sent.picture("TIFF"), FileKind.TIFF),
    ("a.pdf", b"%PDF-1.7\n%%EOF", FileKind.PDF),
    ("a.docx", sent.office("docx"), FileKind.DOCX),
    ("a.xlsx", sent.office("xlsx"), FileKind.XLSX),
    ("a.pptx", sent.office("pptx"), FileKind.PPTX),
    ("a.odt", sent.open_document("odt"), FileKind.ODT),
    ("a.ods", sent.open_document("ods"), FileKind.ODS),
    ("a.txt", "盗版书摊".encode(), FileKind.TEXT),
    ("a.txt", "盗版书摊".encode("gb18030"), FileKind.TEXT),
    ("a.txt", "盗版书摊".encode("utf-16"), FileKind.TEXT),
    ("a.txt", b"BM is how this text begins, and MM too", FileKind.TEXT),
    ("a.csv", b"shop,street\r\n1,2\r\n", FileKind.CSV),
    ("a.mp3", b"ID3\x03\0\0\0\0\0\x0a" + bytes(99), FileKind.MP3),
    ("a.mp3", b"\xff\xfb\x90\x64" + bytes(400), FileKind.MP3),
    ("a.wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), FileKind.WAV),
    ("a.ogg", b"OggS\0\x02" + bytes(40), FileKind.OGG),
    ("a.amr", b"#!AMR\n" + bytes(40), FileKind.AMR),
    ("a.mp4", sent.film(b"isom"), FileKind.MP4),
    ("a.m4a", sent.film(b"M4A "), FileKind.M4A),
    ("recording.m4a", sent.film(b"mp42"), FileKind.M4A),
    ("a.mov", sent.film(b"qt  "), FileKind.MOV),
    ("a.mov", b"\0\0\0\x08wide\0\0\0\0mdat" + bytes(9), FileKind.MOV),
    ("a.3gp", sent.film(b"3gp4"), FileKind.THREE_GP),
    ("a.webm", WEBM, FileKind.WEBM),
    ("evil.php.jpg", sent.picture("JPEG"), FileKind.JPEG),
    ("a.jpg", sent.picture("JPEG") + sent.archive(x=b"1"), FileKind.JPEG),
]


@pytest.mark.requirement("U21")
@pytest.mark.parametrize(("name", "content", "kind"), ACCEPTED)
def test_an_accepted_kind_is_known_by_its_content(name, content, kind):
    file = io.BytesIO(content)

    assert identify(file, name) is kind
    assert file.tell() == 0


REFUSED = [
    ("a.jpg", b"", Refusal.EMPTY),
    ("a.html", b"<!doctype html><script>1</script>", Refusal.NOT_ALLOWED),
    ("a.txt", b"  <HTML><body>", Refusal.NOT_ALLOWED),
    ("a.txt", b"\xef\xbb\xbf<svg onload=alert(1)>", Refusal.NOT_ALLOWED),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", Refusal.NOT_ALLOWED),
    (
        "a.xml",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>",
        Refusal.NOT_ALLOWED,
    ),
    ("a.txt", b"#!/bin/sh\nrm -rf ~", Refusal.NOT_ALLOWED),
    ("a.txt", b"MZ\x90\x00" + bytes(200), Refusal.NOT_ALLOWED),
    ("a.exe", b"MZ\x90\x00" + bytes(200), Refusal.NOT_ALLOWED),
    ("a.txt", b"a\0b", Refusal.NOT_ALLOWED),
    ("a.txt", b"\xff\xff\xff\xff\x01", Refusal.NOT_ALLOWED),
    ("a.js", b"alert(1)", Refusal.NAME_DOES_NOT_FIT),
    ("a.jpg", b"alert(document.domain)", Refusal.NAME_DOES_NOT_FIT),
    ("a.jpg.exe", sent.picture("JPEG"), Refusal.NAME_DOES_NOT_FIT),
    ("a.png", sent.picture("JPEG"), Refusal.NAME_DOES_NOT_FIT),
    ("a.docx", sent.picture("JPEG") + sent.office(), Refusal.NAME_DOES_NOT_FIT),
    ("noending", sent.picture("JPEG"), Refusal.NAME_DOES_NOT_FIT),
    ("a.js", sent.gif_with_script(), Refusal.NAME_DOES_NOT_FIT),
    ("a.pdf", b"<html><body>%PDF-1.4", Refusal.NOT_ALLOWED),
    ("a.heic", sent.film(b"heic"), Refusal.HEIC),
    ("a.avif", sent.film(b"avif"), Refusal.NOT_ALLOWED),
    ("a.zip", sent.archive(a=b"1"), Refusal.NOT_ALLOWED),
    ("a.docx", sent.archive(a=b"1"), Refusal.NOT_ALLOWED),
    ("a.odt", sent.archive(mimetype=b"application/epub+zip"), Refusal.NOT_ALLOWED),
    ("a.docx", sent.office(**{"word/vbaProject.bin": b"1"}), Refusal.HAS_MACROS),
    ("a.odt", sent.open_document(**{"Basic/Standard/x.xml": b"1"}), Refusal.HAS_MACROS),
    ("a.docx", sent.bomb(), Refusal.EXPANDS_TOO_MUCH),
    ("a.docx", sent.office()[:-30], Refusal.BROKEN),
    ("a.rar", b"Rar!\x1a\x07\x00" + bytes(40), Refusal.NOT_ALLOWED),
    ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40), Refusal.NOT_ALLOWED),
]


@pytest.mark.requirement("T21")
@pytest.mark.parametrize(("name", "content", "why"), REFUSED)
def test_anything_else_is_refused_with_its_reason(name, content, why):
    with pytest.raises(FileRefused) as refused:
        identify(io.BytesIO(content), name)

    assert refused.value.refusal is why


def test_the_refusal_says_which_ending_would_fit_and_never_the_name():
    with pytest.raises(FileRefused) as refused:
        identify(io.BytesIO(sent.picture("PNG")), "grandmother.jpg")

    assert refused.value.params == {"limit": 0, "seen": "png"}


@pytest.mark.requirement("T22")
def test_an_archive_of_very_many_parts_is_refused_before_its_list_is_read():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for number in range(5_001):
            packed.writestr(str(number), b"")

    with pytest.raises(FileRefused) as refused:
        identify(made, "a.docx")

    assert refused.value.refusal is Refusal.EXPANDS_TOO_MUCH


@pytest.mark.requirement("T22")
def test_a_64_bit_end_record_that_would_overrule_the_limits_is_refused():
    packed = sent.office()
    at = packed.rfind(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)

    with pytest.raises(FileRefused) as refused:
        identify(io.BytesIO(packed[:at] + locator + packed[at:]), "a.docx")

    assert refused.value.refusal is Refusal.EXPANDS_TOO_MUCH
