"""Destroying a case: its key, and with it everything typed about it; its files with their own."""

from sqlalchemy import delete, select, update

from portal.cases.chain_models import CaseLead
from portal.cases.models import Case, CasePaper
from portal.cases.states import LEADS_THAT_WAIT, CaseLeadState
from portal.evidence.service import erase as erase_file
from portal.infra.erasures import overwrite_erased
from portal.infra.tasks import Task, TaskState
from portal.infra.uow import UnitOfWork


def lead_waits(uow: UnitOfWork, case: Case) -> bool:
    """Whether a unit somewhere else has still to answer a lead of the case, or an office above."""
    waiting = (*LEADS_THAT_WAIT, CaseLeadState.DISPUTED)
    wanted = select(CaseLead.id).where(CaseLead.case_id == case.id, CaseLead.state.in_(waiting))
    return uow.session.scalar(wanted.limit(1)) is not None


def destroy_case(uow: UnitOfWork, case: Case) -> None:
    """Destroy all that was typed about a case, its files and its leads; number and days stay.

    What later stages keep of it under keys of their own is theirs to destroy.
    """
    overwrite_erased(uow)
    held = select(CasePaper).where(CasePaper.case_id == case.id, CasePaper.evidence_id.is_not(None))
    papers = list(uow.session.scalars(held))
    files = [paper.evidence_id for paper in papers if paper.evidence_id is not None]
    for paper in papers:
        paper.evidence_id, paper.waiver = None, b""
    uow.session.execute(delete(CaseLead).where(CaseLead.case_id == case.id))
    case.content_key = case.content = b""
    case.disposed_at = uow.now
    uow.session.flush()
    for evidence_id in files:
        erase_file(uow, evidence_id)
    uow.session.execute(
        update(Task)
        .where(Task.subject_id.in_([case.id, *files]), Task.state == TaskState.PENDING)
        .values(state=TaskState.CANCELLED, done_at=uow.now)
    )
