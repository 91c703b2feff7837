"""Binding the file of a case: asked for, done by a task, kept encrypted, opened on the trail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.cases.models import Case
from portal.cases.queries.access import context_of, get_case, key_of
from portal.evidence.made import (
    KeptMade,
    OpenedMade,
    discard_made,
    keep_made,
    open_made,
    record_made,
)
from portal.evidence.service import export_original
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.papers.bag import write_bag
from portal.papers.binder import pages_of
from portal.papers.contents import CaseOnFile, Contents
from portal.papers.models import BoundFile
from portal.papers.queries.files import (
    Piece,
    Place,
    places_of,
    read_piece,
    rests_on_reports,
    trail_of,
)
from portal.papers.queries.papers import list_made, list_parties, reports_of
from portal.papers.queries.services import list_services
from portal.papers.records import in_order, piece_of_record, records_of, sent_in
from portal.papers.rules import MOST_BYTES, MOST_SENT_PAGES
from portal.papers.service.in_hand import known_language
from portal.papers.states import BoundAction, BoundState, NotBound

# So many pieces are read before the page that waits is told how far it is.
TOLD_EVERY = 20


@dataclass(frozen=True, slots=True)
class BindFile:
    """The order to bind the file of a case as it is now."""

    number: str
    language: str = "zh-Hans"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A bound file being handed out, under the name it is saved by."""

    name: str
    opened: OpenedMade = field(repr=False)


class _Impossible(Exception):
    """The file cannot be bound."""

    def __init__(self, why: NotBound) -> None:
        super().__init__(str(why))
        self.why = why


def ask_for_file(command: BindFile, *, actor: Actor) -> UUID:
    """Have the file of a case bound by a task; return the id of what will be bound."""
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, command.number, actor)
        asked = BoundFile(
            case_id=case.id,
            language=known_language(command.language),
            reported=rests_on_reports(uow.session, case),
            asked_at=uow.now,
            asked_by=actor.id,
        )
        uow.session.add(asked)
        uow.session.flush()
        record(uow, "case.ask-for-file", "case", case.id, bound=asked.id.hex)
        uow.task(TaskKind.BIND_FILE, asked.id)
        return asked.id


def bind_file(bound_id: UUID, *, actor: Actor) -> None:
    """Bind a file, and keep it encrypted.

    Safe to run twice: of two that were bound the one whose row commits first stays, and the files
    of the other are removed. Raises Unavailable while a piece is not ready; then it is tried again.
    """
    session = db.session()
    asked = session.get(BoundFile, bound_id)
    if asked is None or asked.state is not BoundState.ASKED:
        return
    case = session.get_one(Case, asked.case_id)
    on, language = local_date(current_place(), asked.asked_at), asked.language
    try:
        pieces = _pieces(bound_id, places_of(session, case), actor)
        pieces += _sent(sent_in(session, case), MOST_BYTES - sum(p.size for p in pieces))
    except _Impossible as impossible:
        _give_up(bound_id, impossible.why, actor)
        return
    contents = _contents(case, pieces, language, on, actor)
    trail, written = trail_of(session, case), records_of(session, case, actor)
    about = _about(case, contents)
    number = case.number
    session.commit()  # nothing stays open while the pages are put together and the disk is written
    records = [piece_of_record(one, current_place(), language) for one in written]
    contents = replace(contents, pieces=tuple(in_order(pieces, records)))
    paper, pages, payload = contents.bound()
    bag = write_bag(number, {**payload, "trail.jsonl": trail}, about)
    kept = keep_made(BytesIO(paper)), keep_made(bag)
    if not _take_in(bound_id, kept, pages, contents.pieces, actor):
        for one in kept:
            discard_made(one)


def _pieces(bound_id: UUID, places: list[Place], actor: Actor) -> list[Piece]:
    """Every piece, read one by one within what may be bound."""
    found: list[Piece] = []
    room = MOST_BYTES
    for count, piece in enumerate(_read(places), start=1):
        room -= piece.size
        if room < 0:
            raise _Impossible(NotBound.TOO_LARGE)
        found.append(piece)
        if count % TOLD_EVERY == 0:
            _tell(bound_id, count, len(places), actor)
    return found


def _sent(places: list[Place], room: int) -> list[Piece]:
    """What parties sent, as long as there is room: nobody keeps a file from being bound by it."""
    found: list[Piece] = []
    pages = MOST_SENT_PAGES
    for piece in _read(places):
        if piece.size > room:
            found.append(Piece(piece.place, piece.kind, left_out=True))
            continue
        taken = pages_of(piece.printed, piece.shown)
        # A page costs next to nothing to send, and half a millisecond to bind.
        printed = taken <= pages
        found.append(piece if printed else replace(piece, printed=None, shown=b""))
        pages -= taken if printed else 0
        room -= found[-1].size
    return found


def _read(places: list[Place]) -> Iterator[Piece]:
    for place in places:
        try:
            yield read_piece(db.session(), place)
        except NotFound:
            raise _Impossible(NotBound.FILE_MISSING) from None


def _tell(bound_id: UUID, count: int, of: int, actor: Actor) -> None:
    """Say how far it is, for the page that waits."""
    with unit_of_work(actor, more_to_come=True) as uow:
        asked = uow.session.get(BoundFile, bound_id)
        if asked is not None:
            asked.made, asked.pieces = count, of


def _contents(case: Case, pieces: list[Piece], language: str, on: date, actor: Actor) -> Contents:
    session, place = db.session(), current_place()
    said = key_of(case).decrypt_json(case.content, context_of("case_file.content", case.id))
    made = list_made(session, case.number, actor)
    on_file = CaseOnFile(
        number=case.number,
        title=said["title"],
        summary=said["summary"],
        department=case.department_code,
        region=case.region,
        state=case.state,
        opened_on=local_date(place, case.opened_at),
        bound_on=on,
        reports=reports_of(session, case, actor),
        parties=tuple(party for _id, party in list_parties(session, case.number, actor)),
    )
    numbered = {one.file_id: one for one in made if one.file_id is not None}
    services = list_services(session, case)
    return Contents(on_file, pieces, numbered, services, place, language)


def _about(case: Case, contents: Contents) -> dict[str, str]:
    return {
        "Bag-Software-Agent": "Sunline",
        "External-Identifier": case.number,
        "Bagging-Date": contents.case.bound_on.isoformat(),
        "Source-Organization": case.department_code,
    }


def _take_in(
    bound_id: UUID,
    kept: tuple[KeptMade, KeptMade],
    pages: int,
    pieces: Sequence[Piece],
    actor: Actor,
) -> bool:
    with unit_of_work(actor) as uow:
        asked = uow.session.get(BoundFile, bound_id, with_for_update=True)
        if asked is None or asked.state is not BoundState.ASKED:
            return False
        asked.paper_file_id, asked.bag_id = (record_made(uow, one) for one in kept)
        asked.pieces = asked.made = len(pieces)
        asked.pages, asked.bound_at = pages, uow.now
        advance(uow, asked, BoundAction.BIND, pieces=len(pieces), pages=pages)
        _note_custody(uow, pieces, asked)
        return True


def _note_custody(uow: UnitOfWork, pieces: Sequence[Piece], asked: BoundFile) -> None:
    """Each file that was read has gone into another: its chain of custody says so."""
    for one in pieces:
        if one.original and one.place.evidence_id is not None:
            export_original(uow, one.place.evidence_id, f"bound {asked.id.hex}")


def _give_up(bound_id: UUID, why: NotBound, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        asked = uow.session.get(BoundFile, bound_id, with_for_update=True)
        if asked is not None and asked.state is BoundState.ASKED:
            asked.why_not = why
            advance(uow, asked, BoundAction.GIVE_UP, reason=why)


def open_bound(number: str, bound_id: UUID, *, bag: bool, actor: Actor) -> OpenedFile:
    """Open a bound file to hand it out; who did is on the trail.

    Raises NotFound out of scope, and while it is not bound.
    """
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor)
        bound = uow.session.get(BoundFile, bound_id)
        if bound is None or bound.case_id != case.id:
            raise NotFound("bound-file")
        held = bound.bag_id if bag else bound.paper_file_id
        if held is None:
            raise NotFound("bound-file")
        opened = open_made(uow.session, held)
        record(
            uow, "case.open-file", "case", case.id, bound=bound.id.hex, what="bag" if bag else "pdf"
        )
        return OpenedFile(f"{case.number}.{'zip' if bag else 'pdf'}", opened)
