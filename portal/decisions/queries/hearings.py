"""Which parties of a case asked to be heard in person, and what became of that."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseParty
from portal.decisions.models import PartyAccess, PartyLetter
from portal.decisions.rules import Hearing
from portal.decisions.states import LetterKind
from portal.infra.together import Found


def hearings_in(session: Session, case: Case) -> Mapping[UUID, Hearing]:
    """What became of a hearing, for each party of the case with a page."""
    own = select(CaseParty.id).where(CaseParty.case_id == case.id)
    asked = select(PartyLetter.party_id).where(
        PartyLetter.party_id.in_(own), PartyLetter.kind == LetterKind.HEARING_ASKED
    )
    pages = session.scalars(select(PartyAccess).where(PartyAccess.party_id.in_(own))).all()
    return _hearings(pages, frozenset(session.scalars(asked)))


def hearings_found(found: Found) -> Mapping[UUID, Hearing]:
    """The same, of what was read together."""
    letters = found.of(PartyLetter)
    asked = {one.party_id for one in letters if one.kind is LetterKind.HEARING_ASKED}
    return _hearings(found.of(PartyAccess), frozenset(asked))


def owed_in(session: Session, case: Case, decided_on: date) -> frozenset[UUID]:
    """The parties that have to be heard before anything is decided about them."""
    found = hearings_in(session, case)
    return frozenset(party for party, one in found.items() if one.is_owed(decided_on))


def _hearings(pages: Iterable[PartyAccess], asked: frozenset[UUID]) -> Mapping[UUID, Hearing]:
    return {
        one.party_id: Hearing(
            one.party_id in asked, one.hearing_on, one.hearing_refused is not None
        )
        for one in pages
    }
