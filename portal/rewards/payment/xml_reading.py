"""Reading XML from outside: no document type, hence no entities; nothing is fetched."""

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder  # the parser is our own, below
from xml.parsers.expat import ExpatError, ParserCreate

from portal.kernel.errors import RuleBroken

DEEPEST: Final = 40
MOST_ELEMENTS: Final = 400_000
LARGEST: Final = 8_000_000


class _Refused(Exception):  # it is what happened
    """Raised out of the parser."""


def read_xml(data: bytes) -> Element:
    """The tree, with names like `namespace}name`; RuleBroken for what is hostile or broken."""
    if len(data) > LARGEST:
        raise RuleBroken("statement-too-large")
    builder, reading = TreeBuilder(), _Reading()
    parser = ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_declared: object) -> None:
        raise _Refused

    def start(name: str, attributes: dict[str, str]) -> None:
        reading.enter()
        builder.start(name, attributes)

    def end(name: str) -> None:
        reading.depth -= 1
        builder.end(name)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ProcessingInstructionHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)  # noqa: FBT003  # that this is all of it
        return builder.close()
    except (ExpatError, _Refused, LookupError, AssertionError):
        raise RuleBroken("statement-unreadable") from None


class _Reading:
    """How deep and how far a document has been read."""

    def __init__(self) -> None:
        self.depth = 0
        self.elements = 0

    def enter(self) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            raise _Refused
