"""What keeps a service from being struck out: asked by the page that offers it and by the act."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CasePaper
from portal.cases.queries.inside import THIS_CASE
from portal.decisions.models import Decision, DecisionMeasure, Review, Service
from portal.decisions.queries.notices import approvals_of, told_in_found
from portal.decisions.rules import Approval, Told, notices_before
from portal.decisions.states import DecisionState
from portal.infra.together import Found, Together
from portal.jurisdiction.queries import current_place

_OWN: Final = select(Decision.id).where(Decision.case_id == THIS_CASE)
_RESTING: Final = Together(
    {
        CasePaper: CasePaper.case_id == THIS_CASE,
        Decision: Decision.case_id == THIS_CASE,
        DecisionMeasure: DecisionMeasure.decision_id.in_(_OWN),
        Service: (Service.case_id == THIS_CASE) & Service.struck_at.is_(None),
        Review: Review.case_id == THIS_CASE,
    }
)


def why_kept(session: Session, case: Case) -> Mapping[UUID, str]:
    """The services of a case that are not to be struck out now, each with the code of why.

    A party has objected to a decision that nothing else says it was served; or a decision in force
    rests on a notice, as `Told` says it would not without this service.
    """
    found = _RESTING.read(session, case=case.id)
    objected = {one.id: "served-and-objected" for one in _objected(found)}
    return {
        one.id: "decision-rests-on-notice" for one in _rested_on(session, case, found)
    } | objected


def _objected(found: Found) -> Iterator[Service]:
    reviews = {(one.decision_id, one.party_id) for one in found.of(Review)}
    served = [one for one in found.of(Service) if one.decision_id is not None]
    for one in served:
        about = (one.decision_id, one.party_id)
        if about in reviews and sum((s.decision_id, s.party_id) == about for s in served) == 1:
            yield one


def _rested_on(session: Session, case: Case, found: Found) -> Iterator[Service]:
    """The notices without which a party would count as not told of what is in force against it."""
    kinds = {one.id: one.form for one in found.of(CasePaper)}
    decisions = {one.id: one for one in found.of(Decision) if one.state is DecisionState.IN_FORCE}
    served = [(one, kinds[one.paper_id]) for one in found.of(Service) if one.paper_id is not None]
    carried: dict[str, list[tuple[Service, Decision]]] = defaultdict(list)
    for one, form in served:
        if one.decision_id is not None and one.decision_id in decisions:
            carried[form].append((one, decisions[one.decision_id]))
    for carrying, by_it in carried.items():
        asked = notices_before(current_place(), carrying)
        notices = [one for one, form in served if form in asked]
        if not notices:
            continue
        told = told_in_found(session, case, asked, found)
        approvals = approvals_of(session, decisions.values(), told)
        for notice in notices:
            left = told.without(notice.id)
            of_it = [one for one in by_it if one[0].party_id == notice.party_id]
            if any(_rests_on(approvals[decision.id], one, told, left) for one, decision in of_it):
                yield notice


def _rests_on(approval: Approval, served: Service, told: Told, left: Told) -> bool:
    """Whether a party counts as told, and would not by what is left.

    A notice that tells nothing of a decision, of after its approval say, is not kept for it.
    """
    party = served.party_id
    return not told.why_untold(party, approval) and bool(left.why_untold(party, approval))
