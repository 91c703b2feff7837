"""Destroying what was captured for a case, its addresses, and its notices to hosts."""

from uuid import UUID

from sqlalchemy import delete, select

from portal.evidence.made import erase_made, note_made
from portal.evidence.states import CustodyAct
from portal.hosts.models import Capture, CaseAddress, HostNotice, HostNoticeAddress
from portal.infra.uow import UnitOfWork


def destroy_online(uow: UnitOfWork, case_id: UUID) -> None:
    """Destroy all of it; that the files were held, and are gone, stays in their custody."""
    captures = uow.session.scalars(select(Capture).where(Capture.case_id == case_id)).all()
    files = [
        held
        for one in captures
        for held in (one.archive_id, one.text_id, one.picture_id)
        if held is not None
    ]
    own = select(HostNotice.id).where(HostNotice.case_id == case_id)
    for gone in (
        delete(HostNoticeAddress).where(HostNoticeAddress.notice_id.in_(own)),
        delete(HostNotice).where(HostNotice.case_id == case_id),
        delete(Capture).where(Capture.case_id == case_id),
        delete(CaseAddress).where(CaseAddress.case_id == case_id),
    ):
        uow.session.execute(gone.execution_options(synchronize_session="fetch"))
    for held in files:
        note_made(uow, held, CustodyAct.ERASED)
        erase_made(uow, held)
