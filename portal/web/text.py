"""Text from people: what is taken in, and how what cannot be seen is shown."""

import re
import unicodedata

# Controls but tab and line feed: C0, DEL and C1. NUL cannot be stored by PostgreSQL.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_NEWLINES = re.compile(r"\r\n?|[\u2028\u2029]")
_BLANKS = re.compile(r"\s+")

# A run of combining marks longer than this is broken up before NFC, which sorts each run
# in quadratic time (UAX #15, Stream-Safe Text Format).
_MARKS_IN_A_ROW = 30
_GRAPHEME_JOINER = "\u034f"

_INVISIBLE = {
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u061c": "ALM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}
_INVISIBLE_PATTERN = re.compile("[" + "".join(_INVISIBLE) + "]")


def clean(text: str) -> str:
    """A text of several lines, fit to be stored.

    Line ends become LF, control characters go, lone surrogates become U+FFFD, the rest is
    normalised to NFC. Everything else, bidirectional marks included, stays as it was received.
    """
    text = _NEWLINES.sub("\n", text)
    text = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _stream_safe(text))
    return text.strip()


def clean_line(text: str) -> str:
    """A text of one line: as `clean`, with every run of white space as one space."""
    return _BLANKS.sub(" ", clean(text))


def marked(text: str) -> str:
    """The text with invisible and bidirectional characters shown as marks: `⟦RLO⟧`."""
    return _INVISIBLE_PATTERN.sub(lambda found: f"⟦{_INVISIBLE[found[0]]}⟧", text)


def _stream_safe(text: str) -> str:
    """The text with a joiner after every 30 combining marks in a row."""
    out: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MARKS_IN_A_ROW:
            out.append(_GRAPHEME_JOINER)
            run = 1
        out.append(character)
    return "".join(out)
