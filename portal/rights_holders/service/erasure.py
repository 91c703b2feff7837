"""What goes of a complaint: taken back, with its report, or because it never became one."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, text

from portal.audit.trail import advance, record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.rights_holders.models import UNFILED, Complaint, ComplaintFile
from portal.rights_holders.queries.complaints import find_own
from portal.rights_holders.queries.own import get_own
from portal.rights_holders.service.files import erase_files
from portal.rights_holders.states import ComplaintAction

# What never became a report is no record of the office: no schedule of the place has it.
KEPT: Final = timedelta(days=90)
_AT_ONCE: Final = 100


def withdraw_complaint(number: str, complaint_number: int, *, actor: Actor) -> None:
    """Take back a complaint that was not filed; what was typed and sent for it is erased."""
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, number, actor, lock=True)
        complaint = find_own(uow.session, organisation, complaint_number, lock=True)
        advance(uow, complaint, ComplaintAction.WITHDRAW)
        _forget_words(uow, complaint)
        erase_files(uow, complaint)


def forget_complaint(uow: UnitOfWork, report_id: UUID) -> None:
    """Erase what was typed for the complaint behind a report, and let go of its files.

    Number, work and day stay, as the tombstone of the report does.
    """
    complaint = uow.session.scalar(select(Complaint).where(Complaint.report_id == report_id))
    if complaint is None:
        return
    _forget_words(uow, complaint)
    uow.session.execute(delete(ComplaintFile).where(ComplaintFile.complaint_id == complaint.id))


def forget_unfiled(*, actor: Actor) -> int:
    """Erase words and files of complaints that lapsed or were repeated before; return how many.

    Number, state, work and day stay, and which complaint was repeated. Safe to run late and twice:
    a backup that brings them back brings back the day too.
    """
    erased = 0
    while True:
        some = _forget_some(actor)
        erased += some
        if some < _AT_ONCE:
            return erased


def _forget_some(actor: Actor) -> int:
    with unit_of_work(actor) as uow:
        old = uow.session.scalars(
            select(Complaint)
            .where(text(UNFILED), Complaint.changed_at <= uow.now - KEPT)
            .order_by(Complaint.changed_at, Complaint.id)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for complaint in old:
            erase_files(uow, complaint)
            _forget_words(uow, complaint)
            record(uow, "complaint.erase", "complaint", complaint.id)
        return len(old)


def _forget_words(uow: UnitOfWork, complaint: Complaint) -> None:
    """What was typed, and the hashes that would tell whether it was this."""
    complaint.body, complaint.target, complaint.digest = None, None, None
    complaint.changed_at = uow.now
