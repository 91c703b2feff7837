"""What an answer gives to read and to draw, without anything of it being run."""

import base64
import codecs
import html
import re
from html.parser import HTMLParser
from typing import Final

# Loaded beforehand: a confined process can load no other, and a page may name one of these.
CODECS: Final = (
    *("utf-8", "gb18030", "gbk", "gb2312", "big5", "latin-1", "iso-8859-1", "windows-1252"),
    *("shift_jis", "euc-jp", "euc-kr", "windows-1251", "koi8-r", "utf-16"),
)
# What a browser draws that is no text.
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TEXTS: Final = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""")
_SEARCHED: Final = 2048
_UNSEEN: Final = frozenset({"script", "style", "noscript", "template", "svg"})
_BLOCKS: Final = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "title", "section", "article", "td"}
)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in _UNSEEN))

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def text_of(body: bytes, content_type: str, most: int) -> str:
    """The words of a page or of plain text, at most so many; "" for anything else."""
    kind = _kind_of(content_type)
    if kind not in _TEXTS:
        return ""
    text = _decoded(body, content_type)
    if kind != "text/plain":
        words = _Words()
        words.feed(text)
        text = "".join(words.parts)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:most]


def page_of(body: bytes, content_type: str, most: int) -> str:
    """An answer as HTML for a browser that asks nobody anything; "" for what is none, or too long.

    It is as hostile as the answer: whoever draws it takes all else from the browser first.
    """
    kind = _kind_of(content_type)
    if kind in _PICTURES:
        page = f'<img alt="" src="data:{kind};base64,{base64.b64encode(body).decode()}">'
    elif kind in _TEXTS:
        text = _decoded(body, content_type)
        page = f"<pre>{html.escape(text)}</pre>" if kind == "text/plain" else text
    else:
        return ""
    return page if len(page) <= most else ""


def _kind_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _decoded(body: bytes, content_type: str) -> str:
    """As the page says it is written, or as Chinese pages are that do not say."""
    found = _CHARSET.search(content_type.encode()) or _CHARSET.search(body[:_SEARCHED])
    told = found.group(1).decode().lower() if found else ""
    for codec in (told, "utf-8", "gb18030"):
        if codec in CODECS:
            try:
                return body.decode(codec)
            except ValueError:
                continue
    return body.decode("utf-8", "replace")


def warm_up_codecs() -> None:
    """Load every codec, while files can be opened."""
    for codec in CODECS:
        codecs.lookup(codec)  # to decode nothing looks for no codec
    text_of(b"<p>&amp;</p>", "text/html", 1)
    page_of(b"&", "text/plain", 1)
