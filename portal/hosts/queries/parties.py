"""The parties of a case whom only a host may reach."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import CaseParty
from portal.cases.queries.access import context_of, get_case, key_of
from portal.decisions.models import PartyAccess
from portal.kernel.actor import Actor


def list_unreached(session: Session, number: str, actor: Actor) -> list[tuple[UUID, str]]:
    """Id and name of each party of a case in scope that has never opened its page."""
    case = get_case(session, number, actor)
    rows = session.scalars(
        select(CaseParty)
        .outerjoin(PartyAccess, PartyAccess.party_id == CaseParty.id)
        .where(
            CaseParty.case_id == case.id,
            CaseParty.struck_at.is_(None),
            PartyAccess.opened_on.is_(None),
        )
        .order_by(CaseParty.added_at, CaseParty.id)
    )
    key = key_of(case)
    return [
        (one.id, key.decrypt_json(one.body, context_of("case_party.body", one.id))["name"])
        for one in rows
    ]
