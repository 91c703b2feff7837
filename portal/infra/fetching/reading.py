"""The text of a page, without anything of it being run: what stands between its tags."""

import re
from html.parser import HTMLParser
from typing import Final

# Loaded beforehand: a confined process can load no other, and a page may name one of these.
CODECS: Final = (
    *("utf-8", "gb18030", "gbk", "gb2312", "big5", "latin-1", "iso-8859-1", "windows-1252"),
    *("shift_jis", "euc-jp", "euc-kr", "windows-1251", "koi8-r", "utf-16"),
)
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
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in {"text/html", "application/xhtml+xml", "text/plain"}:
        return ""
    told = _CHARSET.search(content_type.encode()) or _CHARSET.search(body[:_SEARCHED])
    text = _decoded(body, told.group(1).decode().lower() if told else "")
    if kind != "text/plain":
        words = _Words()
        words.feed(text)
        text = "".join(words.parts)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:most]


def _decoded(body: bytes, told: str) -> str:
    """As the page says it is written, or as Chinese pages are that do not say."""
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
        b"".decode(codec)
    text_of(b"<p>&amp;</p>", "text/html", 1)
