"""Files that programs send ahead, each named by one complaint then, or gone after a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.trail import record
from portal.evidence.holding import hold_file
from portal.evidence.queries import list_files
from portal.evidence.rules import demand_room
from portal.evidence.service import erase, limits
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.rights_holders.models import Complaint, ComplaintFile, Organisation, SentFile
from portal.rights_holders.queries.own import demand_verified, get_own
from portal.rights_holders.service.requests import Once, note_result

KEPT: Final = timedelta(days=1)
MOST_WAITING: Final = 200
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class SendFile:
    """A file that is kept already, for a complaint to come."""

    number: str
    file: UUID
    once: Once | None = None


def send_file(command: SendFile, *, actor: Actor) -> int:
    """Have a file wait for the complaint that names it; return its number.

    Raises RuleBroken for an organisation that may not file, and for more than may wait.
    """
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor, lock=True)
        demand_verified(organisation)
        waiting = select(func.count()).where(SentFile.organisation_id == organisation.id)
        if (uow.session.scalar(waiting) or 0) >= MOST_WAITING:
            raise RuleBroken("too-many-files-wait")
        hold_file(uow, command.file)
        organisation.files += 1
        sent = SentFile(
            evidence_id=command.file,
            organisation_id=organisation.id,
            number=organisation.files,
            sent_at=uow.now,
        )
        uow.session.add(sent)
        record(uow, "organisation.send-file", "organisation", organisation.id)
        note_result(uow, command.once, sent.number)
        return sent.number


def take_sent(
    uow: UnitOfWork, organisation: Organisation, complaint: Complaint, numbers: Sequence[int]
) -> None:
    """Put files that were sent ahead into a complaint.

    Raises RuleBroken for a number of none that waits, of nobody's or of others, and FileRefused
    for more than one complaint may have.
    """
    for number in dict.fromkeys(numbers):
        sent = uow.session.scalar(
            select(SentFile)
            .where(SentFile.organisation_id == organisation.id, SentFile.number == number)
            .with_for_update()
        )
        if sent is None:
            raise RuleBroken("no-such-file")
        uow.session.delete(sent)
        uow.session.add(ComplaintFile(evidence_id=sent.evidence_id, complaint_id=complaint.id))
    if numbers:
        demand_room_in(uow, complaint)


def demand_room_in(uow: UnitOfWork, complaint: Complaint) -> None:
    """Refuse more files, or more bytes together, than a report may have: it becomes one."""
    uow.session.flush()
    own = select(ComplaintFile.evidence_id).where(ComplaintFile.complaint_id == complaint.id)
    demand_room([one.size for one in list_files(uow.session, own)], limits())


def erase_files(uow: UnitOfWork, complaint: Complaint) -> None:
    """Erase the files of a complaint that was never filed: no report has them."""
    links = uow.session.scalars(
        select(ComplaintFile).where(ComplaintFile.complaint_id == complaint.id)
    ).all()
    for one in links:
        uow.session.delete(one)
    uow.session.flush()
    for one in links:
        erase(uow, one.evidence_id)


def forget_sent_files(*, actor: Actor) -> int:
    """Erase what no complaint named within a day; return how many. Safe to run twice."""
    erased = 0
    while True:
        some = _forget_some(actor)
        erased += some
        if some < _AT_ONCE:
            return erased


def _forget_some(actor: Actor) -> int:
    with unit_of_work(actor) as uow:
        old = uow.session.scalars(
            select(SentFile)
            .where(SentFile.sent_at <= uow.now - KEPT)
            .order_by(SentFile.sent_at)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for one in old:
            uow.session.delete(one)
        uow.session.flush()
        for one in old:
            erase(uow, one.evidence_id)
        return len(old)
