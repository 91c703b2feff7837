"""Having an address fetched and kept as evidence, and opening what was kept (B15, U42)."""

import io
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from portal.audit.trail import advance, record
from portal.cases.models import Case
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.service.in_hand import take_open, touch
from portal.evidence.made import (
    KeptMade,
    OpenedMade,
    discard_made,
    keep_made,
    note_made,
    open_made,
    record_made,
)
from portal.evidence.proofs import commitment
from portal.evidence.states import CustodyAct
from portal.hosts.models import Capture, CaseAddress
from portal.hosts.queries.addresses import is_capturable, url_of
from portal.hosts.rules import next_look, serving_at
from portal.hosts.service.addresses import get_address
from portal.hosts.service.looking import see
from portal.hosts.states import CaptureAction, CaptureState
from portal.infra.fetching.drawing import draw
from portal.infra.fetching.guard import NotVisited, NoVisit
from portal.infra.fetching.visiting import MOST_PAGE, WORLD, Network, Visit, visit
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken

SALT_BYTES: Final = 16
Draw = Callable[[str], bytes | None]
Kept = Mapping[str, KeptMade]


@dataclass(frozen=True, slots=True)
class AskCapture:
    """The order to keep what an address gives."""

    number: str
    address_id: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedCapture:
    """A part of a capture being handed out, and the name it goes under."""

    name: str
    media_type: str
    opened: OpenedMade


def ask_capture(command: AskCapture, *, actor: Actor) -> UUID:
    """Have an address captured by a task; return the id of the capture.

    Raises RuleBroken for a matter of which nothing may be fetched, and MoveRefused while the
    address is being captured already.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        address = get_address(uow, case, command.address_id)
        if address.struck_at is not None:
            raise RuleBroken("address-struck-out")
        if not is_capturable(uow.session, case):
            raise RuleBroken("capture-not-allowed")
        if _is_asked(uow, address):
            raise MoveRefused("capture-is-asked", subject="capture", state=CaptureState.ASKED)
        made = Capture(case_id=case.id, address_id=address.id, asked_at=uow.now, asked_by=actor.id)
        uow.session.add(made)
        record(uow, "capture.ask", "capture", made.id, case=case.number, address=address.id.hex)
        uow.task(TaskKind.CAPTURE_ADDRESS, made.id)
        touch(uow, case)
        return made.id


def _is_asked(uow: UnitOfWork, address: CaseAddress) -> bool:
    asked = uow.session.query(Capture.id).filter_by(address_id=address.id, state=CaptureState.ASKED)
    return asked.first() is not None


def run_capture(capture_id: UUID, *, actor: Actor) -> None:
    """Fetch an address and keep what it gives; see `capture_over`."""
    capture_over(WORLD, capture_id, actor=actor, draws=draw)


def draw_nothing(_page: str) -> None:
    """For whoever wants no picture."""


def capture_over(
    network: Network, capture_id: UUID, *, actor: Actor, draws: Draw = draw_nothing
) -> None:
    """Fetch an address over a network and keep what it gives, with a picture of what was kept.

    What forbids it is asked again, since the matter may have changed. Safe to run twice: what is
    made or failed is not fetched again, and of two runs the second one's files are discarded.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        url = _url_to_fetch(uow, capture_id)
    if url is None:
        return
    try:
        visited = visit(url, network=network, most_page=MOST_PAGE)
    except NotVisited as nothing:
        _failed(capture_id, nothing.why, actor)
        return
    given = {
        "archive": visited.archive,
        "text": visited.text.encode(),
        "picture": draws(visited.page) or b"",
    }
    kept = {name: keep_made(io.BytesIO(content)) for name, content in given.items() if content}
    if not _keep(capture_id, visited, kept, actor):
        for one in kept.values():
            discard_made(one)


def _url_to_fetch(uow: UnitOfWork, capture_id: UUID) -> str | None:
    """The address, if it is still to be fetched; what may not be fetched any more fails here."""
    made = uow.session.get(Capture, capture_id, with_for_update=True)
    if made is None or made.state is not CaptureState.ASKED:
        return None
    case = uow.session.get_one(Case, made.case_id)
    address = uow.session.get_one(CaseAddress, made.address_id)
    gone = case.disposed_at is not None or address.struck_at is not None
    if gone or not is_capturable(uow.session, case):
        made.failure, made.ended_at = NoVisit.NOT_ALLOWED, uow.now
        advance(uow, made, CaptureAction.FAIL, reason=NoVisit.NOT_ALLOWED)
        return None
    return url_of(key_of(case), address)


def _failed(capture_id: UUID, why: NoVisit, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        made = uow.session.get(Capture, capture_id, with_for_update=True)
        if made is not None and made.state is CaptureState.ASKED:
            made.failure, made.ended_at = why, uow.now
            advance(uow, made, CaptureAction.FAIL, reason=why)


def _keep(capture_id: UUID, visited: Visit, kept: Kept, actor: Actor) -> bool:
    """Enter what was fetched, with hash, custody and commitment; False if it is not wanted."""
    with unit_of_work(actor) as uow:
        made = uow.session.get(Capture, capture_id, with_for_update=True)
        if made is None or made.state is not CaptureState.ASKED:
            return False
        case = uow.session.get_one(Case, made.case_id)
        salt, sha256 = secrets.token_bytes(SALT_BYTES), kept["archive"].stored.sha256
        body = {
            "hops": [asdict(one) for one in visited.hops],
            "digest": visited.digest,
            "cut": visited.cut,
            "sha256": sha256,
            "salt": salt.hex(),
        }
        files = {name: record_made(uow, one) for name, one in kept.items()}
        made.body = key_of(case).encrypt_json(body, context_of("capture.body", made.id))
        made.ended_at, made.archive_id = uow.now, files["archive"]
        made.text_id, made.picture_id = files.get("text"), files.get("picture")
        for held in files.values():
            note_made(uow, held, CustodyAct.RECEIVED)
        advance(uow, made, CaptureAction.MAKE, commitment=commitment(salt, sha256))
        address = uow.session.get_one(CaseAddress, made.address_id, with_for_update=True)
        see(uow, address, serving_at(visited.status))
        if address.struck_at is None:
            address.next_look_at = next_look(uow.now, address.unchanged)
        return True


def open_capture(number: str, capture_id: UUID, part: str, *, actor: Actor) -> OpenedCapture:
    """Open the archive, the text or the picture of a capture, and write down who did."""
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor)
        made = uow.session.get(Capture, capture_id)
        if made is None or made.case_id != case.id:
            raise NotFound("capture")
        parts = {
            "archive": (made.archive_id, "application/gzip", "warc.gz"),
            "text": (made.text_id, "text/plain; charset=utf-8", "txt"),
            "picture": (made.picture_id, "image/png", "png"),
        }
        held, media_type, ending = parts.get(part, (None, "", ""))
        if held is None:
            raise NotFound("capture")
        note_made(uow, held, CustodyAct.EXPORTED)
        record(uow, "capture.open", "capture", made.id, part=part)
        name = f"{case.number}-{made.asked_at:%Y%m%d-%H%M%S}.{ending}"
        return OpenedCapture(name, media_type, open_made(uow.session, held))
