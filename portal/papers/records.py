"""What is written in a case and is no paper of it, as pages of its file: minutes, directives."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from flask_babel import force_locale, format_date, gettext
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.queries.meetings import Minutes, PointLine, minutes_of
from portal.cases.queries.oversight import DirectiveLine, directives_of
from portal.evidence.kinds import FileKind
from portal.infra.typesetting import typeset
from portal.jurisdiction.place import Place as Country
from portal.jurisdiction.tables import PaperPart
from portal.papers.queries.files import Piece, Place
from portal.papers.sheets import LOCALES, TEMPLATE, frame, word
from portal.papers.states import Written


@dataclass(frozen=True, slots=True)
class Record:
    """A meeting that was held, or an instruction from above, on its day."""

    case: str
    department: str
    what: Minutes | DirectiveLine = field(repr=False)

    @property
    def kind(self) -> Written:
        """Which of the two it is."""
        return Written.MINUTES if isinstance(self.what, Minutes) else Written.DIRECTIVE

    @property
    def dated(self) -> date:
        """The day of what was said."""
        return self.what.own.held_on if isinstance(self.what, Minutes) else self.what.given_on


def records_of(session: Session, case: Case) -> list[Record]:
    """The meetings about a case, and the instructions from above."""
    found: list[Minutes | DirectiveLine] = [*minutes_of(session, case)]
    found += directives_of(session, case)
    return [Record(case.number, case.department_code, one) for one in found]


def piece_of_record(record: Record, place: Country, language: str) -> Piece:
    """The record as a piece of the file: a PDF/A-2a and PDF/UA-1 like the papers made here."""
    with force_locale(LOCALES[language]):
        page = _page(record, place, language)
    paper = typeset(TEMPLATE, page, archive=True)
    own = Place(None, record.kind, record.dated, False, True, None, "", record.kind)  # noqa: FBT003
    return Piece(own, FileKind.PDF, paper, FileKind.PDF, paper)


def _page(record: Record, place: Country, language: str) -> dict[str, object]:
    what = record.what
    if isinstance(what, Minutes):
        title, who = word(what.own.kind), [word(PaperPart.PRESENT), what.present]
        sections = [
            {"title": gettext("What it was about"), "lines": [what.own.subject]},
            {"title": gettext("What was said"), "lines": what.minutes.splitlines()},
        ]
        decided = [_decided(one, place, language) for one in what.points]
        if decided:
            sections.append({"title": gettext("What was decided"), "lines": decided})
    else:
        title, who = word(record.kind), [gettext("Given by"), what.author]
        sections = [{"title": gettext("In which words"), "lines": what.text.splitlines()}]
    head = [
        [gettext("Case"), record.case],
        [gettext("Dated"), format_date(record.dated, "long")],
        who,
    ]
    said = {"title": title, "head": head, "sections": sections}
    return {**frame(place, record.department, record.dated, language), **said}


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
