"""What is written in a case and is no paper of it, as pages of its file.

Meetings, instructions from above, decisions, what passed between the office and a party, reviews,
and what a later stage puts on the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from flask_babel import force_locale, format_date, gettext
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.queries.meetings import Minutes, PointLine, minutes_of
from portal.cases.queries.oversight import DirectiveLine, directives_of
from portal.decisions.queries.desk import get_decisions
from portal.decisions.queries.lines import DecisionLine, PartyWithPage, ReviewLine
from portal.evidence.kinds import FileKind
from portal.infra.typesetting import typeset
from portal.jurisdiction.place import Place as Country
from portal.jurisdiction.tables import PaperPart
from portal.kernel.actor import Actor
from portal.papers.decided import Said, section, what_was_decided, what_was_reviewed, what_was_said
from portal.papers.queries.files import Piece, Place, sent_by_parties
from portal.papers.sheets import LOCALES, TEMPLATE, frame, word
from portal.papers.states import Written


@dataclass(frozen=True, slots=True)
class FromLater:
    """Something that a later stage has on record: when it is asked, in a language, what it says."""

    kind: Written
    dated: date
    said: Callable[[], Said] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OnFile:
    """What a later stage puts on the file of a case: its records, and the files that came."""

    records: Callable[[Session, Case], list[FromLater]]
    sent: Callable[[Session, Case], list[Place]]


What = Minutes | DirectiveLine | DecisionLine | PartyWithPage | ReviewLine | FromLater
_LATER: list[OnFile] = []


def put_on_file(one: OnFile) -> None:
    """Have what a later stage has on record bound with every file; said when it is imported."""
    _LATER.append(one)


@dataclass(frozen=True, slots=True)
class Record:
    """Something that is on record in the case, on its day."""

    case: str
    department: str
    kind: Written
    dated: date
    what: What = field(repr=False)


def records_of(session: Session, case: Case, actor: Actor) -> list[Record]:
    """All that is on record in a case and is no paper of it."""
    decided = get_decisions(session, case.number, actor)
    found: list[tuple[Written, date, What]] = [
        (Written.MINUTES, one.own.held_on, one) for one in minutes_of(session, case)
    ]
    found += [(Written.DIRECTIVE, one.given_on, one) for one in directives_of(session, case)]
    found += [
        (Written.DECISION, one.approved_on, one)
        for one in decided.decisions
        if one.approved_on is not None
    ]
    parties = (*decided.parties, *decided.former)
    found += [(Written.LETTERS, one.letters[-1].on, one) for one in parties if one.letters]
    found += [(Written.REVIEW, one.decided_on or one.filed_on, one) for one in decided.reviews]
    later = [one for stage in _LATER for one in stage.records(session, case)]
    found += [(one.kind, one.dated, one) for one in later]
    return [Record(case.number, case.department_code, *one) for one in found]


def sent_in(session: Session, case: Case) -> list[Place]:
    """Every file that parties of a case have sent, in the order of their days."""
    later = [one for stage in _LATER for one in stage.sent(session, case)]
    return sorted([*sent_by_parties(session, case), *later], key=lambda one: one.dated)


def piece_of_record(record: Record, place: Country, language: str) -> Piece:
    """The record as a piece of the file: a PDF/A-2a and PDF/UA-1 like the papers made here."""
    with force_locale(LOCALES[language]):
        page = _page(record, place, language)
    paper = typeset(TEMPLATE, page, archive=True)
    own = Place(None, record.kind, record.dated, False, True, None, "", record.kind)  # noqa: FBT003
    return Piece(own, FileKind.PDF, paper, FileKind.PDF, paper)


def _page(record: Record, place: Country, language: str) -> dict[str, object]:
    said = _said(record.what, place, language)
    head = [
        [gettext("Case"), record.case],
        [gettext("Dated"), format_date(record.dated, "long")],
        *said.head,
    ]
    title = said.title or word(record.kind)
    page = {"title": title, "head": head, "sections": said.sections}
    return {**frame(place, record.department, record.dated, language), **page}


def _said(what: What, place: Country, language: str) -> Said:
    match what:
        case Minutes():
            return _minutes(what, place, language)
        case DirectiveLine():
            words = section(gettext("In which words"), what.text)
            return Said([[gettext("Given by"), what.author]], [words])
        case DecisionLine():
            return what_was_decided(what, place, language)
        case PartyWithPage():
            return what_was_said(what, language)
        case ReviewLine():
            return what_was_reviewed(what)
        case FromLater():
            return what.said()


def _minutes(what: Minutes, place: Country, language: str) -> Said:
    sections = [
        section(gettext("What it was about"), what.own.subject),
        section(gettext("What was said"), what.minutes),
    ]
    decided = [_decided(one, place, language) for one in what.points]
    if decided:
        sections.append(section(gettext("What was decided"), "\n".join(decided)))
    return Said([[word(PaperPart.PRESENT), what.present]], sections, word(what.own.kind))


def _decided(point: PointLine, place: Country, language: str) -> str:
    """A point with who does it by which day, and when it was done."""
    unit = place.departments.get(point.unit or "")
    who = unit.name.in_(language) if unit else point.owner or point.unit or ""
    day = gettext("by %(day)s", day=format_date(point.due_on, "long"))
    if point.done_at is not None:
        day = gettext("done on %(day)s", day=format_date(point.done_at, "long"))
    return f"{point.text} ({who}, {day})"


def in_order(papers: list[Piece], records: list[Piece]) -> Iterator[Piece]:
    """All pieces of a file by their days, papers of a day first."""
    yield from sorted([*papers, *records], key=lambda one: one.place.dated)
