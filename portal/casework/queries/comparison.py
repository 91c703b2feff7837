"""Two reports side by side, for a reader who may see both."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from portal.audit.trail import position_of
from portal.casework.queries.dossier import get_heading
from portal.casework.queries.events import opened_lately
from portal.casework.queries.lines import Facts, Heading, NeighbourLine
from portal.casework.queries.neighbours import list_neighbours
from portal.intake import queries as reports
from portal.intake.content import Content
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.triage.rules.agreement import in_both
from portal.triage.states import LikenessReason


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what stands on it, what it says, and its place in the order of arrival."""

    heading: Heading
    content: Content | None = field(repr=False)
    files: int
    position: int
    opened_lately: bool

    @property
    def facts(self) -> Facts:
        """What stands on the report itself."""
        return self.heading.facts


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both, what was found or decided about them, and what their texts name alike."""

    one: Side
    other: Side
    beside: NeighbourLine | None
    common: tuple[str, ...] = field(repr=False)

    @property
    def first(self) -> Side:
        """Whichever came in first."""
        return min(self.one, self.other, key=lambda side: side.position)

    @property
    def reasons(self) -> Sequence[LikenessReason]:
        """What was found to agree."""
        return self.beside.reasons if self.beside else ()

    @property
    def agree(self) -> frozenset[str]:
        """The names of the facts that are the same on both, and not empty."""
        one, other = self.one.facts, self.other.facts
        names = ("category", "region", "department_code", "channel", "urgency", "state")
        same = (name for name in names if getattr(one, name) == getattr(other, name))
        return frozenset(name for name in same if getattr(one, name))


def get_comparison(session: Session, reference: str, other: str, actor: Actor) -> Comparison:
    """Two reports in the actor's scope; NotFound if either is not."""
    ours = reports.get_report(session, reference, actor)
    theirs = reports.get_report(session, other, actor)
    beside = (one for one in list_neighbours(session, ours, actor) if one.reference == other)
    left, right = _side(session, ours, actor), _side(session, theirs, actor)
    common = in_both(_words(left.content), _words(right.content))
    return Comparison(left, right, next(beside, None), common)


def _side(session: Session, report: Report, actor: Actor) -> Side:
    position = position_of(session, "report.receive", report.id)
    return Side(
        heading=get_heading(session, report.reference, actor),
        content=reports.content_of(report) if report.content is not None else None,
        files=len(reports.list_file_links(session, report.id)),
        position=position[0] if position else 0,
        opened_lately=opened_lately(session, report.id, actor),
    )


def _words(content: Content | None) -> str:
    if content is None:
        return ""
    return "\n".join((content.title, content.place, content.narrative, *content.urls))
