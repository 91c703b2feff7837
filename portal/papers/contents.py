"""What a bound file says of itself: the index in front of it, and the same as data for machines."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask_babel import force_locale, format_date, gettext

from portal.cases.states import CaseState
from portal.evidence.kinds import KINDS
from portal.infra.typesetting import typeset
from portal.jurisdiction.place import Place as Country
from portal.papers.binder import INDEX, Bound, bind, piece_of
from portal.papers.queries.files import Piece
from portal.papers.queries.papers import MadeLine
from portal.papers.queries.services import ServiceLine
from portal.papers.sheets import LOCALES, PartyOnPaper, word

BOUND_NAME: Final = "case-file.pdf"


@dataclass(frozen=True, slots=True)
class CaseOnFile:
    """What the file says of its case: nothing of a reporter but reference and day of a report."""

    number: str
    title: str = field(repr=False)
    summary: str = field(repr=False)
    department: str
    region: str
    state: CaseState
    opened_on: date
    bound_on: date
    reports: tuple[tuple[str, date], ...]
    parties: tuple[PartyOnPaper, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """A case with its pieces, ready to be bound in one language."""

    case: CaseOnFile
    pieces: Sequence[Piece]
    made: Mapping[UUID, MadeLine]
    services: Sequence[ServiceLine]
    place: Country
    language: str

    def bound(self) -> tuple[bytes, int, dict[str, bytes]]:
        """The one PDF, how many pages its pieces have, and the files of the bag."""
        with force_locale(LOCALES[self.language]):
            pieces = [self._piece(at, one) for at, one in enumerate(self.pieces, start=1)]
            title = str(gettext("File of case %(number)s", number=self.case.number))
            index = typeset(INDEX, self._index(title, pieces))
            said = {"title": self.case.number, "language": self.language}
            paper = bind(index, pieces, **said)
        payload = {BOUND_NAME: paper, "index.json": self._data(pieces), **dict(self._files())}
        return paper, sum(one.pages for one in pieces), payload

    def _name(self, piece: Piece) -> str:
        if piece.place.written is not None:
            return word(piece.place.written)
        form = self.place.papers.get(piece.place.form)
        return form.name.in_(self.language) if form else piece.place.form

    def _title(self, piece: Piece) -> str:
        name = self._name(piece)
        return str(gettext("%(name)s (struck out)", name=name)) if piece.place.struck else name

    def _number(self, piece: Piece) -> str:
        made = self.made.get(piece.place.evidence_id) if piece.place.evidence_id else None
        return (made.number if made else None) or ""

    def _piece(self, at: int, piece: Piece) -> Bound:
        title = f"{at}. {self._title(piece)}"
        lines = [str(gettext("Done without: %(reason)s", reason=piece.place.waiver))]
        if piece.place.evidence_id is not None:
            lines = [
                str(gettext("Not printed; kept in the bag as %(file)s", file=_path(at, piece)))
            ]
            if not piece.original:
                lines = [_why_closed(piece)]
        bound = piece_of(title, piece.printed, piece.shown, lines)
        return replace(bound, mark=gettext("Struck out")) if piece.place.struck else bound

    def _index(self, title: str, pieces: Sequence[Bound]) -> dict[str, object]:
        case, place, language = self.case, self.place, self.language
        unit = place.departments.get(case.department)
        rows = zip(self.pieces, _spans(pieces), strict=True)
        return {
            "lang": "en" if language == "en" else "zh",
            "title": title,
            "office": unit.name.in_(language) if unit else case.department,
            "head": [
                [gettext("What the case is called"), case.title],
                [gettext("Region"), place.region_name(case.region, language)],
                [gettext("State"), word(case.state)],
                [gettext("Opened"), format_date(case.opened_on, "long")],
                [gettext("Bound on"), format_date(case.bound_on, "long")],
                *([word(one.role), one.name] for one in case.parties),
            ],
            "index_title": gettext("Index"),
            "columns": [
                gettext("No."),
                gettext("Paper"),
                gettext("Dated"),
                gettext("Pages"),
                "SHA-256",
            ],
            "rows": [
                [
                    str(at),
                    self._label(piece),
                    format_date(piece.place.dated),
                    span,
                    _sum(piece),
                ]
                for at, (piece, span) in enumerate(rows, start=1)
            ],
            "services_title": gettext("Service"),
            "services": list(self._services()),
        }

    def _label(self, piece: Piece) -> str:
        """What the index calls a piece, beside the column that counts them."""
        return f"{self._title(piece)}  {self._number(piece)}".rstrip()

    def _services(self) -> Iterator[str]:
        for one in self.services:
            if one.struck_at is None:
                form = self.place.papers.get(one.form)
                named = one.number or (form.name.in_(self.language) if form else "")
                decided = (
                    gettext("Decision No. %(number)d", number=one.decision) if one.decision else ""
                )
                people = (
                    (gettext("Served on"), one.party),
                    (gettext("Taken by"), one.to_whom),
                    (gettext("By whom"), one.by_whom),
                )
                how = (word(one.way) if one.way else "", format_date(one.served_on))
                said = (f"{part} {name}" for part, name in people if name)
                yield " · ".join(filter(None, (named, str(decided), *how, *said)))

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for at, piece in enumerate(self.pieces, start=1):
            if piece.original:
                yield _path(at, piece), piece.original

    def _data(self, pieces: Sequence[Bound]) -> bytes:
        case = self.case
        rows = zip(self.pieces, pieces, _spans(pieces), strict=True)
        said: dict[str, Any] = {
            "case": case.number,
            "title": case.title,
            "summary": case.summary,
            "department": case.department,
            "region": case.region,
            "state": case.state,
            "opened_on": case.opened_on,
            "bound_on": case.bound_on,
            "reports": [{"reference": ref, "received_on": on} for ref, on in case.reports],
            "parties": [
                {"role": one.role, "name": one.name, "address": one.address} for one in case.parties
            ],
            "services_without_paper": [_served(one) for one in self.services if not one.paper_id],
            "pieces": [
                self._row(at, piece, bound, span)
                for at, (piece, bound, span) in enumerate(rows, start=1)
            ],
        }
        return json.dumps(said, ensure_ascii=False, indent=1, default=str).encode() + b"\n"

    def _row(self, at: int, piece: Piece, bound: Bound, span: str) -> dict[str, Any]:
        own = piece.place.paper_id
        return {
            "position": at,
            "form": piece.place.form,
            "title": bound.title,
            "number": self._number(piece),
            "dated": piece.place.dated,
            "struck": piece.place.struck,
            "waiver": piece.place.waiver,
            "pages": span,
            "file": _path(at, piece) if piece.original else "",
            "sha256": hashlib.sha256(piece.original).hexdigest() if piece.original else "",
            "services": [_served(one) for one in self.services if own and one.paper_id == own],
        }


def _why_closed(piece: Piece) -> str:
    """Why nothing of a file is in the bag."""
    if piece.left_out:
        return str(gettext("Too large to be bound; kept with the case at the office."))
    return str(gettext("In quarantine, not handed out."))


def _served(one: ServiceLine) -> dict[str, Any]:
    """A service as data."""
    return {
        "party": one.party,
        "decision": one.decision,
        "way": one.way,
        "served_on": one.served_on,
        "object_by": one.object_by,
        "refused": one.refused,
        "struck": one.struck_at is not None,
        "struck_because": one.because,
        "to": one.to_whom,
        "by": one.by_whom,
        "witness": one.witness,
        "consent": one.consent,
        "note": one.note,
    }


def _path(at: int, piece: Piece) -> str:
    """The name in the bag: a number and a code, since a name may say whose the file is."""
    ending = KINDS[piece.kind].endings[0] if piece.kind else "bin"
    return f"papers/{at:03}-{piece.place.form}.{ending}"


def _spans(pieces: Sequence[Bound]) -> Iterator[str]:
    """From which page to which each piece goes."""
    at = 1
    for one in pieces:
        yield str(at) if one.pages == 1 else f"{at}-{at + one.pages - 1}"
        at += one.pages


def _sum(piece: Piece) -> str:
    """The hash of the file as it was put in, in groups, so that a line can end between them."""
    if not piece.original:
        return ""
    digest = hashlib.sha256(piece.original).hexdigest()
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
