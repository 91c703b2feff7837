"""A picture in a row of the place: sent as a file, kept as it is, or taken out."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field

from portal.administration.words import NotRead, in_words
from portal.jurisdiction.emblems import MOST_BYTES, BadEmblem, emblem_of, size_of
from portal.web.forms import Files, Tick

_GONE = "_none"


def picture_fields(name: str, label: object, *, has: bool) -> Iterator[tuple[str, Any]]:
    """The field for a new picture, and where there is one already, that for none."""
    words = _l("PNG or SVG, 200 kB at most. Only what is drawn is kept of it.")
    yield name, Files(label, hint=words)
    if has:
        yield f"{name}{_GONE}", Tick(_l("No picture any more"))


def picture_typed(name: str, form: Mapping[str, Field], had: str) -> str:
    """The picture that was sent, or the one there was; NotRead for one that cannot be printed."""
    sent = form[name].data or []
    if len(sent) > 1:
        raise NotRead(name, str(gettext("Send one picture")))
    if sent:
        sent[0].stream.seek(0)
        try:
            return emblem_of(sent[0].stream.read(MOST_BYTES + 1))
        except BadEmblem as bad:
            raise NotRead(name, in_words(bad.why)) from bad
    gone = f"{name}{_GONE}"
    return "" if gone in form and form[gone].data else had


def picture_words(held: str) -> str:
    """What a page says of a picture."""
    return str(gettext("a picture of %(size)s bytes", size=size_of(held)))
