"""Destroying the bound files of a case; its papers go with the key of the case."""

from uuid import UUID

from sqlalchemy import select

from portal.evidence.made import erase_made
from portal.infra.uow import UnitOfWork
from portal.papers.models import BoundFile


def destroy_bound(uow: UnitOfWork, case_id: UUID) -> None:
    """Destroy what was bound of a case: PDF and bag of each time."""
    bound = list(uow.session.scalars(select(BoundFile).where(BoundFile.case_id == case_id)))
    made = [held for one in bound for held in (one.paper_file_id, one.bag_id) if held is not None]
    for one in bound:
        uow.session.delete(one)
    uow.session.flush()
    for held in made:
        erase_made(uow, held)
