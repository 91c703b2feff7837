"""Reading a case and its papers: what staff look at is on the trail."""

from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.queries.access import get_case
from portal.cases.queries.events import OPENING, CaseEvent, list_events, was_opened_lately
from portal.cases.queries.transfer import OfferedCase, get_offered, get_offered_file
from portal.cases.queries.whole import WholeCase, get_whole
from portal.cases.service.filling import owns_file
from portal.casework.queries.board import viewpoint
from portal.evidence import service as evidence
from portal.evidence.queries import OpenedFile
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window


def open_page(number: str, *, actor: Actor) -> WholeCase:
    """Read a case; that this person opened it is noted once an hour."""
    demand(actor, Permission.WORK_CASES)
    whole = get_whole(db.session(), number, actor)
    if not whole.opened_lately:
        _note_opening(whole.case.facts.id, actor)
    return whole


def open_timeline(number: str, window: Window, *, actor: Actor) -> Page[CaseEvent]:
    """Read what was done in a case, as far back as it goes; it counts as opening its page."""
    demand(actor, Permission.WORK_CASES)
    session = db.session()
    case = get_case(session, number, actor)
    events = list_events(session, case, window)
    if not was_opened_lately(session, case, viewpoint(actor)):
        _note_opening(case.id, actor)
    return events


def _note_opening(case_id: UUID, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        record(uow, OPENING, "case", case_id)


def open_paper(number: str, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open a paper of a case as it was put in; NotFound for a file of anything else.

    Papers are the office's own, so there is no reason to give; who opened one is noted.
    """
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor)
        if not owns_file(uow, case, evidence_id):
            raise NotFound("file")
        record(uow, "case.open-paper", "case", case.id, evidence=evidence_id.hex)
        return evidence.open_original(uow, evidence_id, f"{case.number}")


def open_offer(lead_id: UUID, *, actor: Actor) -> OfferedCase:
    """Read what was chosen of a case that is offered to the actor's unit; each reading is noted."""
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        offered = get_offered(uow.session, lead_id, actor)
        record(uow, "case.open-offer", "case", offered.case_id, lead=lead_id.hex)
        return offered


def open_offered_paper(lead_id: UUID, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open a paper of an offered case, where files were chosen; NotFound for any other."""
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        _offer, case = get_offered_file(uow.session, lead_id, evidence_id, actor)
        details = {"evidence": evidence_id.hex, "lead": lead_id.hex}
        record(uow, "case.open-paper", "case", case.id, **details)
        return evidence.open_original(uow, evidence_id, f"{case.number}")
