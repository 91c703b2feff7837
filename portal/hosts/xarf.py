"""Reports of infringements in the format for machines (XARF v4): made here, and checked strictly.

Own code after the public specification of the XARF project, chapters core and copyright.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from ada_url import URL

VERSION: Final = "4.0.0"
LONGEST_TITLE: Final = 500
LONGEST_NAME: Final = 200
MOST_EVIDENCE: Final = 50
MOST_BYTES: Final = 5 * 1024 * 1024
CATEGORIES: Final = frozenset(
    {
        *("messaging", "content", "copyright", "connection"),
        *("vulnerability", "infrastructure", "reputation"),
    }
)
KINDS: Final = frozenset({"direct_copy", "modified_copy", "streaming", "download", "distribution"})
_HOST: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}", re.IGNORECASE
)
_MAIL: Final = re.compile(r"[^\s@<>,;]+@[A-Za-z0-9.-]+")
_HASH: Final = re.compile(r"(md5|sha1|sha256|sha512):[0-9a-fA-F]+")
_TAG: Final = re.compile(r"[a-z0-9][a-z0-9_+-]*:[a-z0-9][a-z0-9_+\-.]*")
_REQUIRED: Final = (
    *("xarf_version", "report_id", "timestamp", "reporter", "sender"),
    *("source_identifier", "category", "type"),
)


class XarfRefused(ValueError):
    """A report is not as the standard says; `field` names what is wrong, and nothing it says."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name)
        self.field = field_name


@dataclass(frozen=True, slots=True)
class Incident:
    """One address and what an office says of it: all that goes out, and nobody who reported it."""

    report_id: UUID
    at: datetime
    org: str
    contact: str
    url: str = field(repr=False)
    work_title: str = field(default="", repr=False)
    rights_holder: str = field(default="", repr=False)
    proof: str = field(default="", repr=False)


def report_of(incident: Incident) -> dict[str, Any]:
    """The report of one incident; one address is one report, as the standard asks."""
    office = {
        "org": incident.org[:LONGEST_NAME],
        "contact": incident.contact,
        "domain": incident.contact.rpartition("@")[2],
    }
    said = {
        "xarf_version": VERSION,
        "report_id": str(incident.report_id),
        "timestamp": incident.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reporter": office,
        "sender": office,
        "source_identifier": URL(incident.url).hostname,
        "category": "copyright",
        "type": "copyright",
        "evidence_source": "researcher_analysis",
        "infringing_url": incident.url,
        "work_title": incident.work_title[:LONGEST_TITLE],
        "rights_holder": incident.rights_holder[:LONGEST_NAME],
        "evidence": [_evidence(incident.proof)] if incident.proof else [],
    }
    return {name: value for name, value in said.items() if value}


def _evidence(words: str) -> dict[str, Any]:
    raw = words.encode()
    return {
        "content_type": "text/plain",
        "description": "What was captured, and its hash",
        "payload": base64.b64encode(raw).decode(),
        "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}",
        "size": len(raw),
    }


def demand_valid(report: object) -> Mapping[str, Any]:
    """The report, if it is as the standard says; XarfRefused names the first field that is not."""
    if not isinstance(report, dict):
        raise XarfRefused("report")
    for name in _REQUIRED:
        if name not in report:
            raise XarfRefused(name)
    for name, right in _CHECKS.items():
        if name in report and not right(report[name]):
            raise XarfRefused(name)
    if report["category"] == "copyright" and report["type"] == "copyright":
        _demand_copyright(report)
    return report


def _demand_copyright(report: Mapping[str, Any]) -> None:
    if "infringing_url" not in report:
        raise XarfRefused("infringing_url")
    kind = report.get("infringement_type")
    if kind is not None and kind not in KINDS:
        raise XarfRefused("infringement_type")


def _is_text(most: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= most


def _is_like(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_address(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(URL(value).protocol)
    except (ValueError, UnicodeError):
        return False


def _is_contact(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != {"org", "contact", "domain"}:
        return False
    named = _is_text(LONGEST_NAME)(value["org"])
    return named and _is_like(_MAIL)(value["contact"]) and _is_like(_HOST)(value["domain"])


def _is_evidence(value: object) -> bool:
    if not isinstance(value, list) or len(value) > MOST_EVIDENCE:
        return False
    return all(isinstance(one, dict) and _is_item(one) for one in value)


def _is_item(one: Mapping[str, Any]) -> bool:
    known = {"content_type", "payload", "description", "hash", "size"}
    if not {"content_type", "payload"} <= set(one) <= known:
        return False
    size = one.get("size", 0)
    return (
        _is_text(255)(one["content_type"])
        and _is_base64(one["payload"])
        and ("description" not in one or _is_text(500)(one["description"]))
        and ("hash" not in one or _is_like(_HASH)(one["hash"]))
        and (type(size) is int and 0 <= size <= MOST_BYTES)
    )


def _is_base64(value: object) -> bool:
    try:
        return isinstance(value, str) and len(base64.b64decode(value, validate=True)) <= MOST_BYTES
    except ValueError:
        return False


def _are_tags(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 20 and all(map(_is_like(_TAG), value))  # noqa: PLR2004


_CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {
    "xarf_version": _is_like(re.compile(r"4\.[0-9]+\.[0-9]+")),
    "report_id": _is_uuid,
    "timestamp": _is_moment,
    "reporter": _is_contact,
    "sender": _is_contact,
    "source_identifier": _is_text(255),
    "category": lambda value: value in CATEGORIES if isinstance(value, str) else False,
    "type": _is_text(60),
    "evidence_source": _is_text(100),
    "evidence": _is_evidence,
    "tags": _are_tags,
    "description": _is_text(1000),
    "infringing_url": _is_address,
    "original_url": _is_address,
    "work_title": _is_text(LONGEST_TITLE),
    "rights_holder": _is_text(LONGEST_NAME),
}
