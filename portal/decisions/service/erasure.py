"""Destroying the pages of the parties of a case; their letters go with the key of the case."""

from uuid import UUID

from sqlalchemy import delete, select

from portal.cases.models import CaseParty
from portal.decisions.models import PartyAccess, PartyFile, PartyHearing, PartyLetter
from portal.evidence.service import erase as erase_file
from portal.infra.uow import UnitOfWork


def destroy_party_pages(uow: UnitOfWork, case_id: UUID) -> None:
    """Have the codes of the parties open nothing any more, and destroy the files they sent."""
    parties = select(CaseParty.id).where(CaseParty.case_id == case_id).scalar_subquery()
    for kept in (PartyAccess, PartyHearing):
        uow.session.execute(delete(kept).where(kept.party_id.in_(parties)))
    sent = select(PartyLetter.id).where(PartyLetter.party_id.in_(parties))
    links = list(uow.session.scalars(select(PartyFile).where(PartyFile.letter_id.in_(sent))))
    files = [link.evidence_id for link in links]
    for link in links:
        uow.session.delete(link)
    uow.session.flush()
    for evidence_id in files:
        erase_file(uow, evidence_id)
