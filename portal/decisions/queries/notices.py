"""Who was told beforehand what a decision would order of them."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CasePaper
from portal.decisions.models import Service


def told_on(session: Session, case: Case, forms: Collection[str]) -> Mapping[UUID, date]:
    """The day on which a paper of one of these kinds was first served on each party."""
    rows = session.execute(
        select(Service.party_id, func.min(Service.served_on).label("first"))
        .join(CasePaper, CasePaper.id == Service.paper_id)
        .where(Service.case_id == case.id, Service.struck_at.is_(None), CasePaper.form.in_(forms))
        .group_by(Service.party_id)
    )
    return {row.party_id: row.first for row in rows}


def waived(session: Session, case: Case, forms: Collection[str]) -> bool:
    """Whether the head has let the case do without such a paper (B6)."""
    wanted = select(CasePaper.id).where(
        CasePaper.case_id == case.id,
        CasePaper.form.in_(forms),
        CasePaper.waiver.is_not(None),
        CasePaper.struck_at.is_(None),
    )
    return session.scalar(wanted.limit(1)) is not None
