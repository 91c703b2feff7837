"""What the file of a case is bound from, and the files that were bound."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, or_, select, text
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.cases.models import Case, CasePaper, CaseParty, CaseReport
from portal.cases.queries.access import context_of, get_case, in_scope, key_of
from portal.cases.queries.lists import title_of
from portal.decisions.models import Decision, PartyFile, PartyLetter, Review
from portal.evidence import queries as evidence
from portal.evidence.kinds import FileKind
from portal.evidence.states import EvidenceState, RenditionState
from portal.intake.models import Report, Stream
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import Unavailable
from portal.kernel.page import Page, Window, page_of
from portal.papers.models import IS_BOUND, BoundFile, MadePaper
from portal.papers.states import BoundState, NotBound, Written

KEPT_KEY: Final = (datetime, UUID)
# The columns of the table, since cases have states too.
_BOUND: Final = f"bound_file.{IS_BOUND}"


@dataclass(frozen=True, slots=True)
class Place:
    """One paper of a case in the order of its file; `made` if it was printed here.

    What is `written` in the case and is no paper of it has no file of its own.
    """

    paper_id: UUID | None
    form: str
    dated: date
    struck: bool
    made: bool
    evidence_id: UUID | None
    waiver: str = field(repr=False)
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A paper as it is bound: the file as it was put in, and what of it can be printed.

    What a party sent is `left_out` where the bound file has no room for it.
    """

    place: Place
    kind: FileKind | None = None
    original: bytes = field(default=b"", repr=False)
    printed: FileKind | None = None
    shown: bytes = field(default=b"", repr=False)
    left_out: bool = False

    @property
    def size(self) -> int:
        """What it takes, in bytes."""
        return len(self.original) + len(self.shown)


@dataclass(frozen=True, slots=True)
class BoundLine:
    """A file that was bound, or is being bound, as the pages show it."""

    id: UUID
    case: str
    title: str = field(repr=False)
    state: BoundState
    why_not: NotBound | None
    asked_at: datetime
    bound_at: datetime | None
    pieces: int
    made: int
    pages: int


def rests_on_reports(session: Session, case: Case) -> bool:
    """Whether somebody reported any of it, or staff found it all on patrol."""
    reported = exists().where(
        CaseReport.case_id == case.id,
        Report.id == CaseReport.report_id,
        Report.stream == Stream.REPORTED,
    )
    return bool(session.scalar(select(reported)))


def places_of(session: Session, case: Case) -> list[Place]:
    """The papers of a case in the order of their days, struck ones and waivers among them."""
    key = key_of(case)
    rows = session.execute(
        select(CasePaper, MadePaper.id)
        .outerjoin(MadePaper, MadePaper.case_paper_id == CasePaper.id)
        .where(CasePaper.case_id == case.id)
        .order_by(CasePaper.dated, CasePaper.added_at, CasePaper.id)
    )
    return [
        Place(
            paper_id=one.id,
            form=one.form,
            dated=one.dated,
            struck=one.struck_at is not None,
            made=made is not None,
            evidence_id=one.evidence_id,
            waiver=key.decrypt_text(one.waiver, context_of("case_paper.waiver", one.id))
            if one.waiver
            else "",
        )
        for one, made in rows
    ]


def sent_by_parties(session: Session, case: Case) -> list[Place]:
    """The files that parties of a case have sent with their letters, in the order of their days."""
    rows = session.execute(
        select(PartyFile.evidence_id, PartyLetter.at)
        .join(PartyLetter, PartyLetter.id == PartyFile.letter_id)
        .join(CaseParty, CaseParty.id == PartyLetter.party_id)
        .where(CaseParty.case_id == case.id)
        .order_by(PartyLetter.at, PartyFile.evidence_id)
    )
    return [place_of_sent(evidence_id, at) for evidence_id, at in rows]


def place_of_sent(evidence_id: UUID, at: datetime) -> Place:
    """The place of a file that a party has sent."""
    return Place(
        paper_id=None,
        form=Written.SENT,
        dated=local_date(current_place(), at),
        struck=False,
        made=False,
        evidence_id=evidence_id,
        waiver="",
        written=Written.SENT,
    )


def read_piece(session: Session, place: Place) -> Piece:
    """A paper with what is printed of it: our own as it is, any other as the copy made of it.

    Raises Unavailable while the scanner or the copy is still to come, and NotFound for a file that
    is gone. One in quarantine is listed and not read.
    """
    if place.evidence_id is None:
        return Piece(place)
    file = evidence.get_evidence(session, place.evidence_id)
    if file.state is EvidenceState.INFECTED:
        return Piece(place, file.kind)
    copy = evidence.find_rendition(session, file.id)
    pending = copy is not None and copy.state is RenditionState.PENDING
    if not evidence.opens(file) or (pending and not place.made):
        raise Unavailable("piece-not-ready")
    original = _whole(evidence.open_original(session, file.id))
    if place.made:
        return Piece(place, file.kind, original, FileKind.PDF, original)
    if copy is None or copy.state is not RenditionState.MADE:
        return Piece(place, file.kind, original)
    return Piece(
        place, file.kind, original, copy.kind, _whole(evidence.open_rendition(session, file.id))
    )


def _whole(opened: evidence.OpenedFile) -> bytes:
    return b"".join(opened.chunks)


def trail_of(session: Session, case: Case) -> bytes:
    """The entries of the trail about a case and what belongs to it, a line of JSON each."""
    made = select(MadePaper.id).where(MadePaper.case_id == case.id)
    bound = select(BoundFile.id).where(BoundFile.case_id == case.id)
    decided = select(Decision.id).where(Decision.case_id == case.id)
    reviewed = select(Review.id).where(Review.case_id == case.id)
    rows = session.scalars(
        select(AuditEvent)
        .where(
            or_(
                AuditEvent.subject_id == case.id,
                AuditEvent.subject_id.in_(made),
                AuditEvent.subject_id.in_(bound),
                AuditEvent.subject_id.in_(decided),
                AuditEvent.subject_id.in_(reviewed),
            )
        )
        .order_by(AuditEvent.seq)
    )
    return b"".join(map(_entry, rows))


def _entry(event: AuditEvent) -> bytes:
    said: dict[str, Any] = {
        "seq": event.seq,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id.hex if event.actor_id else "",
        "actor_name": event.actor_name,
        "action": event.action,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id.hex if event.subject_id else "",
        "details": event.details,
        "prev": event.prev,
        "hash": event.hash,
    }
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def list_bound(session: Session, number: str, actor: Actor) -> tuple[BoundLine, ...]:
    """The files that were bound of a case, the newest first; NotFound outside the scope."""
    case = get_case(session, number, actor)
    wanted = select(BoundFile).where(BoundFile.case_id == case.id)
    rows = session.scalars(wanted.order_by(BoundFile.asked_at.desc(), BoundFile.id))
    return tuple(_line(one, case) for one in rows)


def list_kept(
    session: Session, actor: Actor, window: Window, *, reported: bool, number: str = ""
) -> Page[BoundLine]:
    """The bound files of cases in scope, those of reports or of patrols, the newest first (B7)."""
    at, own = BoundFile.bound_at, BoundFile.id
    asked = (
        select(BoundFile, Case)
        .join(Case, Case.id == BoundFile.case_id)
        .where(text(_BOUND), BoundFile.reported.is_(reported), in_scope(actor))
        .limit(window.fetch)
    )
    if number:
        asked = asked.where(Case.number == number)
    if window.key is not None:
        moment, last = window.key
        further = at >= moment if window.backwards else at <= moment
        beyond = or_(at > moment, own > last) if window.backwards else or_(at < moment, own < last)
        asked = asked.where(further, beyond)
    order = (at, own) if window.backwards else (at.desc(), own.desc())
    rows = session.execute(asked.order_by(*order)).all()
    lines = [_line(*row) for row in rows]
    return page_of(lines, window, lambda line: (line.bound_at or line.asked_at, line.id))


def _line(one: BoundFile, case: Case) -> BoundLine:
    return BoundLine(
        id=one.id,
        case=case.number,
        title=title_of(case),
        state=one.state,
        why_not=one.why_not,
        asked_at=one.asked_at,
        bound_at=one.bound_at,
        pieces=one.pieces,
        made=one.made,
        pages=one.pages,
    )
