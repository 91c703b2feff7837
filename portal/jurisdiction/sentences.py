"""What the checks of a place say: English by itself, and ready for a page of another language.

The checks are pure and know no language of a page; the command line prints a sentence as it is.
"""

from collections.abc import Iterable
from typing import Self


class Sentence(str):
    """A sentence with what it names put in; `text` and `named` are what a translation needs.

    `Sentence("'%(code)s' is not a region", code="320412")`; a named thing may be a sentence too.
    """

    __slots__ = ("named", "text")
    text: str
    named: dict[str, object]

    def __new__(cls, text: str, **named: object) -> Self:
        """Put the names in."""
        made = super().__new__(cls, text % named if named else text)
        made.text, made.named = text, named
        return made


def one_of(codes: Iterable[str]) -> Sentence:
    """What may stand there, in order."""
    return Sentence("one of %(codes)s", codes=", ".join(sorted(codes)))


def verbatim(code: str) -> Sentence:
    """What stands in a file just so, in every language."""
    return Sentence("%(code)s", code=code)
