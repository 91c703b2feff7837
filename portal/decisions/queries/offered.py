"""What the page of decisions offers its reader: acts that would be refused are not among them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.queries import own_accounts
from portal.cases.limits import may_have_more_time
from portal.cases.models import Case
from portal.cases.rules import may_head, may_work
from portal.cases.states import CaseState
from portal.decisions.models import Decision, Review
from portal.decisions.queries.lines import DecisionAct
from portal.decisions.queries.ordered import ordered_drafts
from portal.decisions.queries.parts import parts_in
from portal.decisions.rules import Approval, Hearing, Notice, Told, takes_two, time_of
from portal.decisions.states import DecisionAction, DecisionState, ReviewAction
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Reader:
    """What somebody is to a case: whether they work on it or head its unit, and had which part."""

    works: bool
    heads: bool
    approves: Mapping[UUID, bool]
    reviews: Mapping[UUID | None, bool]
    ordered: frozenset[UUID]
    # How it would be if the reader approved now.
    approval: Approval


def reader_of(session: Session, case: Case, decisions: Sequence[Decision], actor: Actor) -> Reader:
    """What the actor is to the case and its decisions."""
    unit, open_ = case.department_code, case.state is not CaseState.CLOSED
    works, heads = may_work(actor, unit) and open_, may_head(actor, unit)
    ordered, now = ordered_drafts(session, case, decisions), datetime.now(UTC)
    place = current_place()
    if not heads:
        return Reader(works, heads, {}, {}, ordered, Approval(now, local_date(place, now)))
    own, parts = own_accounts(session, actor.id), parts_in(session, case, decisions)
    ids, four_eyes = [one.id for one in decisions], takes_two(place)
    return Reader(
        works=works,
        heads=heads,
        approves={one: not (four_eyes and own & parts.in_draft(one)) for one in ids},
        reviews={one: not own & parts.in_result(one) for one in (None, *ids)},
        ordered=ordered,
        approval=Approval(now, local_date(place, now), own if four_eyes else frozenset()),
    )


def acts_on(
    one: Decision, reader: Reader, parties: Collection[UUID], told: Told, *, heard: bool
) -> tuple[DecisionAct, ...]:
    """What the reader may do with a decision about these parties, who were told so much.

    `heard`: of none of them a hearing is owed.
    What would be refused is not offered.
    """
    if not reader.works:
        return ()
    drafted = one.state is DecisionState.DRAFTED
    approves = reader.heads and bool(parties) and reader.approves.get(one.id, False)
    approves = approves and heard and not told.rests_on_own_waiver(parties, reader.approval)
    given_up = DecisionAction.WITHDRAW in one.open_actions and (drafted or reader.heads)
    given_up = given_up and one.id not in reader.ordered
    acts = {
        DecisionAct.ADD_MEASURE: drafted,
        DecisionAct.APPROVE: drafted and approves,
        DecisionAct.WITHDRAW: given_up,
    }
    return tuple(act for act, offered in acts.items() if offered)


def acts_with(
    hearing: Hearing, notices: Collection[Notice], reader: Reader
) -> tuple[DecisionAct, ...]:
    """What the reader may do about the page of a party, and about its wish to be heard."""
    if not reader.works:
        return ()
    acts = {
        DecisionAct.PARTY_PAGE: True,
        DecisionAct.ENTER_HEARING: hearing.may_be_asked(notices, reader.approval.on),
        DecisionAct.SET_HEARING: True,
        DecisionAct.REFUSE_HEARING: reader.heads and hearing.is_owed(reader.approval.on),
    }
    return tuple(act for act, offered in acts.items() if offered)


def acts_of_review(one: Review, reader: Reader, today: date) -> tuple[DecisionAct, ...]:
    """What the reader may do with a review: nothing with one of what they had a part in."""
    if not reader.reviews.get(one.decision_id, False):
        return ()
    pages = {
        ReviewAction.ADMIT: DecisionAct.ADMIT_REVIEW,
        ReviewAction.DECIDE: DecisionAct.DECIDE_REVIEW,
    }
    acts = tuple(act for move, act in pages.items() if move in one.open_actions)
    time = time_of(current_place(), one.state, one.due_on, one.due_before)
    return (*acts, DecisionAct.EXTEND_REVIEW) if may_have_more_time(time, today) else acts
