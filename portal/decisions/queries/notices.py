"""Who was told beforehand what a decision would order of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import accounts_of, own_accounts
from portal.audit.models import AuditEvent
from portal.cases.models import Case, CasePaper
from portal.cases.states import CaseAction
from portal.decisions.models import Decision, DecisionMeasure, Review, Service
from portal.decisions.rules import Approval, Ended, Notice, Told, takes_two
from portal.decisions.states import ReviewOutcome
from portal.infra.together import Found
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place

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
    waived = [
        Notice(None, date.min, one.added_at, waived_by=one.added_by)
        for one in kept.values()
        if one.waiver
    ]
    served = [
        Notice(one.party_id, one.served_on, one.recorded_at, service=one.id)
        for one in services
        if one.paper_id in kept
    ]
    ended = (*_reopened(session, case), *_set_aside(reviews, measures)) if kept else ()
    return Told((*waived, *served), ended)


def told_in_found(session: Session, case: Case, forms: Collection[str], found: Found) -> Told:
    """The same, of what was read together."""
    return told_of(
        session,
        case,
        forms,
        papers=found.of(CasePaper),
        services=found.of(Service),
        reviews=found.of(Review),
        measures=found.of(DecisionMeasure),
    )


def approvals_of(
    session: Session, decisions: Iterable[Decision], told: Told
) -> Mapping[UUID, Approval]:
    """How those of the decisions were approved that were."""
    place, known = current_place(), list(decisions)
    waived = takes_two(place) and any(one.waived_by for one in told.notices)
    people = accounts_of(session, [one.approved_by for one in known]) if waived else {}
    return {
        one.id: Approval(at, local_date(place, at), people.get(one.approved_by, frozenset()))
        for one in known
        if (at := one.approved_at) is not None
    }


def approval_of(session: Session, account: UUID | None, at: datetime) -> Approval:
    """An approval by the person of this account at this moment."""
    place = current_place()
    of = own_accounts(session, account) if takes_two(place) else frozenset[UUID]()
    return Approval(at, local_date(place, at), of)


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
