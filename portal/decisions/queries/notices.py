"""Who was told beforehand what a decision would order of them."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.cases.models import Case, CasePaper
from portal.cases.states import CaseAction
from portal.decisions.models import DecisionMeasure, Review, Service
from portal.decisions.rules import Ended, Notice, Told
from portal.decisions.states import ReviewOutcome

_REOPENED: Final = f"case.{CaseAction.REOPEN}"


def told_in(session: Session, case: Case, forms: Collection[str]) -> Told:
    """What the parties of a case were told by papers of these kinds, and what has ended since.

    A waiver of the head (B6) stands for a notice to everybody, as does that none is asked for. What
    is struck out, as a paper or as a service, tells nobody.
    """
    if not forms:
        return Told.everybody()
    rows = session.execute(
        select(CasePaper.waiver, CasePaper.added_at, Service)
        .outerjoin(Service, (Service.paper_id == CasePaper.id) & Service.struck_at.is_(None))
        .where(
            CasePaper.case_id == case.id, CasePaper.form.in_(forms), CasePaper.struck_at.is_(None)
        )
    ).all()
    notices: list[Notice] = []
    for waiver, added_at, service in rows:
        if waiver is not None:
            notices.append(Notice(None, date.min, added_at))
        elif service is not None:
            notices.append(Notice(service.party_id, service.served_on, service.recorded_at))
    return Told(tuple(notices), tuple(_ended(session, case)) if notices else ())


def _ended(session: Session, case: Case) -> Iterator[Ended]:
    """When the case was taken up again, and decisions about a party were set aside."""
    taken_up = select(AuditEvent.at).where(
        AuditEvent.subject_id == case.id, AuditEvent.action == _REOPENED
    )
    for at in session.scalars(taken_up):
        yield Ended(None, at)
    set_aside = (
        select(DecisionMeasure.party_id, Review.decided_at)
        .join(Review, Review.decision_id == DecisionMeasure.decision_id)
        .where(Review.case_id == case.id, Review.outcome == ReviewOutcome.OVERTURNED)
        .distinct()
    )
    for row in session.execute(set_aside):
        yield Ended(row.party_id, row.decided_at)
