"""Who was told beforehand what a decision would order of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.cases.models import Case, CasePaper
from portal.cases.states import CaseAction
from portal.decisions.models import Decision, DecisionMeasure, Review, Service
from portal.decisions.rules import Ended, Notice, Told
from portal.decisions.states import ReviewOutcome

_REOPENED: Final = f"case.{CaseAction.REOPEN}"


def told_in(session: Session, case: Case, forms: Collection[str]) -> Told:
    """What the parties of a case were told by papers of these kinds, and what has ended since."""
    if not forms:
        return Told.everybody()
    papers = select(CasePaper).where(CasePaper.case_id == case.id, CasePaper.form.in_(forms))
    services = select(Service).where(Service.case_id == case.id, Service.struck_at.is_(None))
    reviews = select(Review).where(Review.case_id == case.id)
    inside = select(Decision.id).where(Decision.case_id == case.id)
    measures = select(DecisionMeasure).where(DecisionMeasure.decision_id.in_(inside))
    return told_of(
        session,
        case,
        forms,
        papers=session.scalars(papers).all(),
        services=session.scalars(services).all(),
        reviews=session.scalars(reviews).all(),
        measures=session.scalars(measures).all(),
    )


def told_of(
    session: Session,
    case: Case,
    forms: Collection[str],
    *,
    papers: Iterable[CasePaper],
    services: Iterable[Service],
    reviews: Iterable[Review],
    measures: Iterable[DecisionMeasure],
) -> Told:
    """The same, of rows that were read already; services that are struck out are not among them.

    A waiver of the head (B6) stands for a notice to everybody, as does that none is asked for. What
    is struck out tells nobody.
    """
    if not forms:
        return Told.everybody()
    kept = {one.id: one for one in papers if one.form in forms and one.struck_at is None}
    waived = [Notice(None, date.min, one.added_at) for one in kept.values() if one.waiver]
    served = [
        Notice(one.party_id, one.served_on, one.recorded_at)
        for one in services
        if one.paper_id in kept
    ]
    ended = (*_reopened(session, case), *_set_aside(reviews, measures)) if kept else ()
    return Told((*waived, *served), ended)


def _reopened(session: Session, case: Case) -> Iterator[Ended]:
    """When the case was taken up again after its end."""
    wanted = select(AuditEvent.at).where(
        AuditEvent.subject_id == case.id, AuditEvent.action == _REOPENED
    )
    return (Ended(None, at) for at in session.scalars(wanted))


def _set_aside(reviews: Iterable[Review], measures: Iterable[DecisionMeasure]) -> Iterator[Ended]:
    """When reviews have set decisions aside, for each party of whom those ordered something."""
    parties: dict[UUID, set[UUID]] = defaultdict(set)
    for one in measures:
        parties[one.decision_id].add(one.party_id)
    for review in reviews:
        if review.outcome is ReviewOutcome.OVERTURNED and review.decided_at and review.decision_id:
            for party in parties[review.decision_id]:
                yield Ended(party, review.decided_at)
