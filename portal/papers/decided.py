"""Decisions, reviews, and what passed between the office and a party, as words on a page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask_babel import format_date, gettext

from portal.decisions.queries.lines import (
    AddressedMeasure,
    DecisionLine,
    DeskLetter,
    PartyWithPage,
    ReviewLine,
)
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import PaperPart
from portal.papers.sheets import word

Section = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """What stands on a page: rows of its head, and sections; its own title, if it has one."""

    head: list[list[str]] = field(repr=False)
    sections: list[Section] = field(repr=False)
    title: str = ""


def section(title: str, text: str) -> Section:
    """A section of a page, line by line."""
    return {"title": title, "lines": text.splitlines()}


def what_was_decided(one: DecisionLine, place: Place, language: str) -> Said:
    """A decision with all that a statement of reasons says, and on whom it was served."""
    title = gettext("Decision No. %(number)d", number=one.number)
    head = [[gettext("State"), word(one.state)]]
    people = (gettext("Drafted by"), one.drafted_by), (gettext("Approved by"), one.approved_by)
    head += [[role, name] for role, name in people if name]
    took_part = gettext("Yes") if one.automated else gettext("No")
    served = [f"{each.party}  {format_date(each.served_on, 'long')}" for each in one.services]
    sections = [
        section(gettext("Legal basis"), _ground(one, language)),
        section(gettext("The facts"), one.facts),
        section(gettext("Source"), word(one.source)),
        section(gettext("A program took part"), took_part),
        section(
            gettext("What is ordered"),
            "\n".join(_measure(each, place, language) for each in one.measures),
        ),
        section(gettext("Objection to"), one.objection_to),
        section(gettext("Court"), one.court),
    ]
    if served:
        sections.append(section(gettext("Service"), "\n".join(served)))
    return Said(head, sections, title)


def what_was_said(party: PartyWithPage, language: str) -> Said:
    """What is held against a party, every letter in its order, and the hearing."""
    sections = [section(gettext("What is held against it"), party.alleged)] if party.alleged else []
    sections += [_letter(one, language) for one in party.letters]
    for one in party.hearings:
        if one.on is not None:
            day = format_date(one.on, "long")
            where = gettext("%(day)s, %(where)s", day=day, where=one.where)
            sections.append(section(gettext("Hearing"), where))
        if one.refused:
            sections.append(section(gettext("Not heard, because"), one.refused))
    name = gettext("%(name)s (struck out)", name=party.name) if party.struck else party.name
    return Said([[word(party.role), name]], sections)


def what_was_reviewed(one: ReviewLine) -> Said:
    """A review: who asked for it, of what, and what came of it."""
    asked = gettext("A reporter asks for a review")
    if one.party is not None:
        names = {"party": one.party, "number": one.decision}
        asked = gettext("%(party)s objects to decision No. %(number)d", **names)
    head = [
        [gettext("Asked for on"), format_date(one.filed_on, "long")],
        [gettext("State"), word(one.state)],
    ]
    if one.outcome is not None:
        head.append([gettext("Outcome"), word(one.outcome)])
    # What a reporter was told as the outcome may say something of them.
    reasons = [section(gettext("Reasons"), one.reasons)] if one.party and one.reasons else []
    return Said(head, [section(gettext("What it was about"), asked), *reasons])


def words_carried(one: DecisionLine, party: UUID, place: Place, language: str) -> dict[str, str]:
    """What a decision says, for the parts of the paper that carries it to one party.

    What is ordered of that party alone: a paper names no other.
    """
    own = [each for each in one.measures if each.party_id == party]
    return {
        PaperPart.FACTS: one.facts,
        PaperPart.LAW: _ground(one, language),
        PaperPart.DECISION: "\n".join(_ordered(each, place, language) for each in own),
        "party": str(party),
    }


def _ground(one: DecisionLine, language: str) -> str:
    return "\n".join(filter(None, (one.basis.in_(language) if one.basis else "", one.article)))


def _measure(one: AddressedMeasure, place: Place, language: str) -> str:
    return f"{one.party}  {_ordered(one, place, language)}"


def _ordered(one: AddressedMeasure, place: Place, language: str) -> str:
    known = place.measures.get(one.line.code)
    name = known.name.in_(language) if known else one.line.code
    until = gettext("without an end of its own")
    if one.line.ended_on is not None:
        until = gettext("ended on %(day)s", day=format_date(one.line.ended_on, "long"))
    elif one.line.last_on is not None:
        until = gettext("until %(day)s", day=format_date(one.line.last_on, "long"))
    said = {"measure": name, "until": until, "detail": one.line.detail}
    return str(gettext("%(measure)s (%(until)s): %(detail)s", **said))


def _letter(one: DeskLetter, language: str) -> Section:
    """A letter with the names of what was sent along."""
    title = f"{word(one.kind)}  {format_date(one.on, 'long')}"
    return {"title": title, "lines": [*one.text.in_(language).splitlines(), *_names(one)]}


def _names(one: DeskLetter) -> Iterator[str]:
    return (gettext("Sent along: %(name)s", name=file.filename) for file in one.files)
