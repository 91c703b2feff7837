"""What the code and the templates say, read from their sources, to compare with the catalogues."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from portal.infra.config import ROOT

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    # What the checks of a place say: English by itself, translated by the page.
    "Sentence": None,
}
_READ_AS = {
    "portal": [("**.py", "python")],
    "templates": [("**.html", "jinja2"), ("**.txt", "jinja2")],
}
_OPTIONS = {"**.html": {"trimmed": "true"}, "**.txt": {"trimmed": "true"}}


def messages_in(folder: str, root: Path = ROOT) -> Iterator[tuple[str, int, str]]:
    """File, line and message (the singular of a plural) of everything said in `folder`."""
    found = extract_from_dir(
        root / folder, _READ_AS[folder], options_map=_OPTIONS, keywords=KEYWORDS
    )
    for name, line, message, _comments, _context in found:
        yield f"{folder}/{name}", line, message if isinstance(message, str) else message[0]


def all_messages() -> Iterator[tuple[str, int, str]]:
    """Everything the product says."""
    for folder in _READ_AS:
        yield from messages_in(folder)
