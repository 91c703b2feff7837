"""Opening what proves the right in the work of a complaint."""

from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.evidence import service as evidence
from portal.evidence.queries import OpenedFile
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.rights_holders.queries.desk import proves


def open_proof(reference: str, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open a file that proves the right; NotFound outside the actor's scope and for any other."""
    demand(actor, Permission.OPEN_ORIGINALS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, reference, actor)
        if not proves(uow.session, report, evidence_id):
            raise NotFound("file")
        record(uow, "report.open-proof", "report", report.id, evidence=evidence_id.hex)
        return evidence.open_original(uow, evidence_id, reference)
