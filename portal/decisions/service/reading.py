"""Opening what a party sent: by the copy without hidden data, or as it came; both are noted."""

from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.queries.access import get_case
from portal.decisions.queries.desk import find_party_file
from portal.evidence import service as evidence
from portal.evidence.queries import OpenedFile
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor


def open_party_copy(number: str, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open the copy without hidden data; NotFound for a file of anything else."""
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor)
        find_party_file(uow.session, case, evidence_id)
        record(uow, "case.open-party-file", "case", case.id, evidence=evidence_id.hex)
        return evidence.open_rendition(uow, evidence_id)


def open_party_original(number: str, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open a file as the party sent it; NotFound for a file of anything else."""
    demand(actor, Permission.OPEN_ORIGINALS)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor)
        find_party_file(uow.session, case, evidence_id)
        record(uow, "case.open-party-file", "case", case.id, evidence=evidence_id.hex)
        return evidence.open_original(uow, evidence_id, case.number)
