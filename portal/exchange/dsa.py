"""Decisions in the field names of the statements of reasons of the DSA transparency database.

Pure. Codes, days and words of the tables of the place; never what somebody typed, and nobody's
name: the regulation wants no personal data in it (article 24, paragraph 5).
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from portal.decisions.states import DecisionSource

OTHER: Final = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
_IP: Final = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
# By the first part of the code of a category.
_CATEGORIES: Final[Mapping[str, tuple[str, str]]] = {
    "piracy": (_IP, "KEYWORD_COPYRIGHT_INFRINGEMENT"),
    "goods": (_IP, "KEYWORD_TRADEMARK_INFRINGEMENT"),
    "minors": ("STATEMENT_CATEGORY_PROTECTION_OF_MINORS", ""),
    "child_abuse": ("STATEMENT_CATEGORY_PROTECTION_OF_MINORS", ""),
}
_SOURCES: Final[Mapping[DecisionSource, str]] = {
    DecisionSource.REPORT: "SOURCE_ARTICLE_16",
    DecisionSource.OWN_FINDING: "SOURCE_VOLUNTARY",
    DecisionSource.OTHER_BODY: "SOURCE_TYPE_OTHER_NOTIFICATION",
}
_LONGEST_GROUND: Final = 500
_LONGEST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class DecidedFacts:
    """What of a decision may stand in public: codes, days, and words of the tables."""

    id: UUID
    category: str
    category_name: str
    basis: str
    measures: tuple[str, ...]
    source: DecisionSource
    automated: bool
    opened_on: date
    approved_on: date
    last_on: date | None
    language: str


def statement_of(facts: DecidedFacts) -> dict[str, Any]:
    """One statement of reasons."""
    kind, keyword = _CATEGORIES.get(facts.category.partition(".")[0], (OTHER, ""))
    return {
        "puid": facts.id.hex,
        "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
        "decision_visibility_other": "; ".join(facts.measures)[:_LONGEST_GROUND],
        "end_date_visibility_restriction": facts.last_on.isoformat() if facts.last_on else "",
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
        "illegal_content_legal_ground": facts.basis[:_LONGEST_GROUND],
        "illegal_content_explanation": facts.category_name[:_LONGEST_WORDS],
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": facts.category_name[:_LONGEST_GROUND],
        "category": kind,
        "category_specification": [keyword] if keyword else [],
        "content_date": facts.opened_on.isoformat(),
        "application_date": facts.approved_on.isoformat(),
        "content_language": facts.language,
        "decision_facts": f"{facts.category_name}: {'; '.join(facts.measures)}"[:_LONGEST_WORDS],
        "source_type": _SOURCES[facts.source],
        "automated_detection": "No",
        "automated_decision": (
            "AUTOMATED_DECISION_PARTIALLY"
            if facts.automated
            else "AUTOMATED_DECISION_NOT_AUTOMATED"
        ),
    }


def as_csv(statements: Iterable[Mapping[str, Any]]) -> str:
    """The same as a sheet; several values in a field are parted by a bar."""
    lines = list(statements)
    sink = io.StringIO()
    names = list(lines[0]) if lines else []
    writer = csv.DictWriter(sink, names, lineterminator="\r\n")
    writer.writeheader()
    for one in lines:
        writer.writerow(
            {name: "|".join(v) if isinstance(v, list) else v for name, v in one.items()}
        )
    return sink.getvalue()
