"""What goes of a complaint when the report that it became is destroyed."""

from uuid import UUID

from sqlalchemy import delete, select

from portal.infra.uow import UnitOfWork
from portal.rights_holders.models import Complaint, ComplaintFile


def forget_complaint(uow: UnitOfWork, report_id: UUID) -> None:
    """Erase what was typed for the complaint behind a report, and let go of its files.

    Number, work and day stay, as the tombstone of the report does.
    """
    complaint = uow.session.scalar(select(Complaint).where(Complaint.report_id == report_id))
    if complaint is None:
        return
    complaint.body, complaint.target, complaint.changed_at = None, None, uow.now
    uow.session.execute(delete(ComplaintFile).where(ComplaintFile.complaint_id == complaint.id))
