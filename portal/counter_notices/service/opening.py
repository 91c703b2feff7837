"""Opening a file that came with a counter-notice."""

from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.queries.access import get_case
from portal.counter_notices.models import CounterNoticeFile
from portal.counter_notices.queries.reading import get_notice
from portal.evidence import service as evidence
from portal.evidence.queries import OpenedFile
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


def open_counter_file(number: str, notice: int, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open a file of a counter-notice and write down who did; NotFound for any other."""
    demand(actor, Permission.OPEN_ORIGINALS)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor)
        found = get_notice(uow.session, case, notice)
        link = uow.session.get(CounterNoticeFile, evidence_id)
        if link is None or link.notice_id != found.id:
            raise NotFound("file")
        details = {"evidence": evidence_id.hex}
        record(uow, "counter_notice.open-file", "counter_notice", found.id, **details)
        return evidence.open_original(uow, evidence_id, case.number)
