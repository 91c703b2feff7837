"""Names of files are shown safely everywhere, and split no header."""

import unicodedata

import pytest

from portal.evidence.kinds import FileKind
from portal.evidence.names import MAX_NAME, display_name, download_headers, renamed

NAMES = [
    ("photo.jpg", "photo.jpg"),
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\wang\\shop.png", "shop.png"),
    ("/absolute.pdf", "absolute.pdf"),
    ("a\0b.jpg", "ab.jpg"),
    ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"),
    ("photo\u202egpj.exe", "photo[RLO]gpj.exe"),
    ("zero\u200bwidth.txt", "zerowidth.txt"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("lpt1.jpg", "_lpt1.jpg"),
    ("-rf.txt", "_-rf.txt"),
    (".htaccess", "_.htaccess"),
    ("trailing. . ", "trailing"),
    ("cafe\u0301.txt", "café.txt"),
    ("lone\udc80.txt", "lone.txt"),
    ("盗版书摊.jpg", "盗版书摊.jpg"),
    ("", "file"),
    ("../", "file"),
    ("a<b>|?.txt", "a_b___.txt"),
]


@pytest.mark.requirement("T23")
@pytest.mark.parametrize(("raw", "shown"), NAMES)
def test_a_name_is_shown_without_what_could_mislead(raw, shown):
    assert display_name(raw) == shown


@pytest.mark.requirement("T23")
@pytest.mark.parametrize("raw", ["x" * 300 + ".jpg", "长" * 300, "e\u0301" * 1_000 + ".pdf"])
def test_a_long_name_is_cut_and_keeps_its_ending(raw):
    shown = display_name(raw)

    assert len(shown) <= MAX_NAME
    assert unicodedata.is_normalized("NFC", shown)
    assert shown.rpartition(".")[2] == raw.rpartition(".")[2] or "…" in shown


@pytest.mark.requirement("T23")
def test_the_download_header_has_an_ascii_name_and_a_full_one():
    headers = download_headers(FileKind.JPEG, '盗版 "50%".jpg')

    assert headers["Content-Disposition"] == (
        "attachment; filename=\"__ _50__.jpg\"; filename*=UTF-8''%E7%9B%97%E7%89%88%20_50%25_.jpg"
    )


@pytest.mark.requirement("T17")
def test_a_file_handed_out_is_inert():
    headers = download_headers(FileKind.PDF, "a\r\nX: y.pdf")

    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert not any("\r" in value or "\n" in value for value in headers.values())


def test_a_copy_is_named_after_what_it_is():
    assert renamed("shop.webp", FileKind.JPEG) == "shop.jpg"
    assert renamed("shop", FileKind.PNG) == "shop.png"
