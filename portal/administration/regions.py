"""Regions as they are typed: by code or by name, since there are thousands."""

from flask_babel import gettext

from portal.administration.choosing import Choosing
from portal.administration.words import NotRead

MOST_NAMED = 10


def region_codes(text: str, choosing: Choosing, name: str) -> list[str]:
    """The codes of what was typed, one a line; NotRead for what is no region, or several."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [_code(line, choosing, name) for line in lines]


def _code(line: str, choosing: Choosing, name: str) -> str:
    found = choosing.regions_called(line)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotRead(name, str(gettext("No region is called “%(words)s”", words=line)))
    named = [choosing.region_name(code) for code in found[:MOST_NAMED]]
    said = gettext(
        "Several regions are called “%(words)s”; enter the code of one: %(regions)s",
        words=line,
        regions=", ".join(named),
    )
    raise NotRead(name, str(said))
