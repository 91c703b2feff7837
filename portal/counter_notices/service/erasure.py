"""Destroying the counter-notices of a case: what was found of complaints goes with them."""

from uuid import UUID

from sqlalchemy import delete, select

from portal.counter_notices.models import (
    CounterNotice,
    CounterNoticeComplaint,
    CounterNoticeFile,
)
from portal.evidence.service import erase as erase_file
from portal.infra.uow import UnitOfWork


def destroy_counter_notices(uow: UnitOfWork, case_id: UUID) -> None:
    """Destroy all of them with their files."""
    own = select(CounterNotice.id).where(CounterNotice.case_id == case_id).scalar_subquery()
    links = uow.session.scalars(
        select(CounterNoticeFile).where(CounterNoticeFile.notice_id.in_(own))
    ).all()
    files = [link.evidence_id for link in links]
    for link in links:
        uow.session.delete(link)
    uow.session.flush()
    for gone in (
        delete(CounterNoticeComplaint).where(CounterNoticeComplaint.notice_id.in_(own)),
        delete(CounterNotice).where(CounterNotice.case_id == case_id),
    ):
        uow.session.execute(gone.execution_options(synchronize_session="fetch"))
    for evidence_id in files:
        erase_file(uow, evidence_id)
