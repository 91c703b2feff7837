"""Names of files as they are shown and saved, and the headers under which a file is handed out."""

import unicodedata
from typing import Final
from urllib.parse import quote

from portal.evidence.kinds import KINDS, FileKind

MAX_NAME: Final = 120
_LONGEST_ENDING: Final = 10
# Normalising a run of marks takes quadratic time.
_LONGEST_READ: Final = 1_000
# Shown as marks, so that `gpj.exe` written backwards is seen for what it is.
_BIDI_MARKS: Final = {
    0x061C: "[ALM]",
    0x200E: "[LRM]",
    0x200F: "[RLM]",
    0x202A: "[LRE]",
    0x202B: "[RLE]",
    0x202C: "[PDF]",
    0x202D: "[LRO]",
    0x202E: "[RLO]",
    0x2066: "[LRI]",
    0x2067: "[RLI]",
    0x2068: "[FSI]",
    0x2069: "[PDI]",
}
_FORBIDDEN_ON_WINDOWS: Final = dict.fromkeys(map(ord, '<>:"|?*'), "_")
_RESERVED_ON_WINDOWS: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def display_name(raw: str) -> str:
    """A file's name as it can be shown and saved anywhere: NFC, one line, at most 120 characters.

    No folders, no unseen characters, nothing Windows reserves, no leading dot or dash.
    """
    last = raw.replace("\\", "/").rpartition("/")[2]
    name = unicodedata.normalize("NFC", last[-_LONGEST_READ:])
    name = name.translate(_BIDI_MARKS).translate(_FORBIDDEN_ON_WINDOWS)
    name = "".join(c for c in name if unicodedata.category(c) not in _UNSEEN)
    name = name.strip().rstrip(". ")
    if name.startswith((".", "-", "~")) or name.partition(".")[0].lower() in _RESERVED_ON_WINDOWS:
        name = f"_{name}"
    return _shorten(name) or "file"


def _shorten(name: str) -> str:
    if len(name) <= MAX_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        return name[: MAX_NAME - 1] + "…"
    return f"{stem[: MAX_NAME - len(ending) - 2]}….{ending}"


def download_headers(kind: FileKind, filename: str) -> dict[str, str]:
    """The headers of a file of one of the kinds that are accepted; see `inert_headers`."""
    return inert_headers(KINDS[kind].media_type, filename)


def inert_headers(media_type: str, filename: str) -> dict[str, str]:
    """The headers of every file handed out: saved and not shown, inert if it is shown after all.

    `Content-Disposition` as RFC 6266 says: an ASCII name for the old, UTF-8 for the rest.
    """
    name = display_name(filename)
    plain = "".join(c if c.isascii() and c not in '"%\\' else "_" for c in name)
    full = quote(name, safe="")
    return {
        "Content-Type": media_type,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def renamed(filename: str, kind: FileKind) -> str:
    """The name under which a copy of another kind is handed out: `a.png` as JPEG is `a.jpg`."""
    stem = filename.rpartition(".")[0] or filename
    return f"{stem}.{KINDS[kind].endings[0]}"
