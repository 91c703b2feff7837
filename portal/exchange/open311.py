"""What Open311 GeoReport v2 says of the place: services, their questions, and how errors look.

Pure. Two things differ from the standard and are said in the discovery file: nothing is listed by
GET, since tips are secret, and `address_string` may be `online`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from portal.intake.answers import YES_NO
from portal.jurisdiction.place import Category, Place
from portal.jurisdiction.tables import Question, QuestionKind

VERSION: Final = "2.0"
_DATATYPES: Final[Mapping[QuestionKind, str]] = {
    QuestionKind.TEXT: "string",
    QuestionKind.NUMBER: "number",
    QuestionKind.YES_NO: "singlevaluelist",
    QuestionKind.CHOICE: "singlevaluelist",
}
# What a list is called in XML, and each thing in it.
_ITEMS: Final[Mapping[str, str]] = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "service_requests": "request",
    "endpoints": "endpoint",
    "formats": "format",
}


def list_services(place: Place, language: str) -> list[dict[str, Any]]:
    """Every category on offer as a service."""
    return [
        {
            "service_code": one.code,
            "service_name": one.name.in_(language),
            "description": one.hint.in_(language),
            "metadata": bool(one.questions),
            "type": "blackbox",
            "keywords": one.group,
            "group": one.group,
        }
        for one in place.categories.values()
        if one.offered
    ]


def definition_of(category: Category, language: str) -> dict[str, Any]:
    """The questions of a service."""
    asked = enumerate(category.questions, start=1)
    return {
        "service_code": category.code,
        "attributes": [_attribute(one, order, language) for order, one in asked],
    }


def _attribute(question: Question, order: int, language: str) -> dict[str, Any]:
    said = {
        "variable": True,
        "code": question.code,
        "datatype": _DATATYPES[question.kind],
        "required": question.required,
        "datatype_description": question.hint.in_(language) if question.hint else "",
        "order": order,
        "description": question.text.in_(language),
    }
    choices = _choices(question, language)
    return {**said, "values": choices} if choices else said


def _choices(question: Question, language: str) -> list[dict[str, str]]:
    if question.kind is QuestionKind.YES_NO:
        return [{"key": key, "name": text.in_(language)} for key, text in YES_NO.items()]
    return [{"key": one.code, "name": one.text.in_(language)} for one in question.choices]


def discovery(base: str, contact: str) -> dict[str, Any]:
    """Where everything is, and what is done differently here."""
    return {
        "changeset": "2026-11-26T00:00:00Z",
        "contact": contact,
        "key_service": "Keys are issued by the office, for machines of partners only.",
        "notes": (
            "Nothing is listed by GET, and requests are answered with a token only: tips are "
            f"secret. Whoever has the token enters it at {base}/track. For matters on the net "
            "send address_string=online and the address as media_url; it is never fetched. A "
            "request that is sent again with the same header Idempotency-Key is one report."
        ),
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{base}/open311/v2",
                "changeset": "2026-11-26T00:00:00Z",
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }


def errors_of(faults: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    """Errors as the standard has them: a code and a description each."""
    return [{"code": code, "description": words} for code, words in faults]


def as_xml(root: str, said: object) -> bytes:
    """The same as XML: `root` is the name of the whole, a list repeats the name of its things."""
    element = Element(root)
    _fill(element, said)
    made: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return made


def _fill(element: Element, said: object) -> None:
    if isinstance(said, Mapping):
        for name, value in said.items():
            _fill(SubElement(element, name), value)
    elif isinstance(said, list):
        for one in said:
            _fill(SubElement(element, _ITEMS[element.tag]), one)
    else:
        element.text = str(said).lower() if isinstance(said, bool) else str(said)
