"""Transfers of a case to the police, for the page of the case."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.queries.access import get_case, in_scope, key_of
from portal.cases.queries.page import CaseFacts
from portal.cases.queries.sight import is_complained_of
from portal.cases.queries.steps import Hand, hand_of
from portal.cases.rules import may_head, may_work
from portal.cases.states import CaseState
from portal.casework.queries.board import viewpoint
from portal.jurisdiction.directory import Partner, partner_of
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.transfers.referral_models import CaseReferral, words_context
from portal.transfers.states import ReferralAction, ReferralResult, ReferralState

POLICE = "POLICE"
OVER = (ReferralState.REFUSED, ReferralState.WITHDRAWN, ReferralState.ANSWERED)
# Decided by the head; the rest is for whoever works on the case.
BY_HEAD = (ReferralAction.APPROVE, ReferralAction.REFUSE, ReferralAction.WITHDRAW)
_ON_THEIR_WAY = frozenset({ReferralState.PROPOSED, ReferralState.APPROVED})
# What leads to the police, and is stopped once they are complained of (F13).
_TO_THEM = frozenset({ReferralAction.APPROVE, ReferralAction.HAND_OVER})


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """One transfer with its times; `late` says that the present step is over its time.

    `stopped`: the police it goes to are complained of, and it goes no further.
    """

    id: UUID
    version: int
    unit: str
    state: ReferralState
    proposed_at: datetime
    decide_by: date
    decided_at: datetime | None
    hand_over_by: datetime | None
    handed_over_at: datetime | None
    withdrawn_at: datetime | None
    carried: bool
    answered_on: date | None
    result: ReferralResult | None
    has_bundle: bool
    stopped: bool
    late: bool
    reason: str = field(repr=False)
    decision: str = field(repr=False)
    withdrawn: str = field(repr=False)
    withdrawn_by: str | None = field(repr=False)
    receiver: str = field(repr=False)
    receipt: str = field(repr=False)
    answer: str = field(repr=False)
    acts: tuple[ReferralAction, ...]


@dataclass(frozen=True, slots=True)
class Referrals:
    """The transfers of a case, and whether one may be proposed."""

    lines: tuple[ReferralLine, ...]
    offered: bool


def referrals_of(
    session: Session,
    facts: CaseFacts,
    actor: Actor,
    hand: Hand | None = None,
    *,
    walled: bool = True,
) -> Referrals:
    """What the page of a case in the reader's scope shows; their hand in it, if that is known.

    Unless it is `walled` no report of it complains of an office, and nothing is asked.
    """
    rows = session.execute(
        select(CaseReferral, Case)
        .join(Case, Case.id == CaseReferral.case_id)
        .where(CaseReferral.case_id == facts.id, in_scope(actor))
        .order_by(CaseReferral.proposed_at)
    ).all()
    lines = tuple(_line(session, one, case, actor, hand, walled=walled) for one, case in rows)
    open_ = facts.state is not CaseState.CLOSED and may_work(actor, facts.department)
    going = any(line.state not in OVER for line in lines)
    police = find_police(facts.region)
    if police is None or going or not open_:
        return Referrals(lines, offered=False)
    named = walled and is_police_named(session, facts.id, facts.department, police.code)
    return Referrals(lines, offered=not named)


def get_line(session: Session, number: str, which: UUID, actor: Actor) -> ReferralLine:
    """One transfer of a case; NotFound outside the actor's scope."""
    case = get_case(session, number, actor)
    one = session.get(CaseReferral, which)
    if one is None or one.case_id != case.id:
        raise NotFound("referral")
    return _line(session, one, case, actor)


def find_police(region: str) -> Partner | None:
    """The police of a region, or of the nearest above it that the place names."""
    place = current_place()
    unit = place.department_for(POLICE, region)
    return partner_of(place, unit) if unit is not None and place.is_outside(unit.code) else None


def is_police_named(session: Session, case_id: UUID, unit: str, police: str) -> bool:
    """Whether a report that is or was in a case, or follows one, complains of these police.

    Or of those where the unit is that has the case. Then nothing of it goes to them this way (F13).
    """
    beside = find_police(unit.partition("@")[2])
    return is_complained_of(session, case_id, police, *([beside.code] if beside else []))


def is_to_be_stopped(session: Session, one: CaseReferral, case: Case) -> bool:
    """Whether the police that a transfer is to go to, and has not gone to, are complained of."""
    if one.state not in _ON_THEIR_WAY:
        return False
    return is_police_named(session, case.id, case.department_code, one.department_code)


def may_be_opened(one: CaseReferral) -> bool:
    """Whether there is a bundle that is to go to the police, or that they have."""
    withdrawn = one.state is ReferralState.WITHDRAWN and not one.carried
    return one.bundle_id is not None and not withdrawn


def _line(
    session: Session,
    one: CaseReferral,
    case: Case,
    actor: Actor,
    hand: Hand | None = None,
    *,
    walled: bool = True,
) -> ReferralLine:
    said = key_of(case).decrypt_json(one.words, words_context(one.id))
    view, works = viewpoint(actor), may_work(actor, case.department_code)
    stopped = walled and is_to_be_stopped(session, one, case)
    open_ = _open_to(session, one, case, actor, hand, stopped=stopped)
    undecided = one.state is ReferralState.PROPOSED and one.decide_by < view.today
    waits = one.state is ReferralState.APPROVED and one.hand_over_by is not None
    return ReferralLine(
        id=one.id,
        version=one.version,
        unit=one.department_code,
        state=one.state,
        proposed_at=one.proposed_at,
        decide_by=one.decide_by,
        decided_at=one.decided_at,
        hand_over_by=one.hand_over_by,
        handed_over_at=one.handed_over_at,
        withdrawn_at=one.withdrawn_at,
        carried=one.carried,
        answered_on=one.answered_on,
        result=one.result,
        has_bundle=may_be_opened(one) and works and not stopped,
        stopped=stopped,
        late=undecided or (waits and one.hand_over_by is not None and one.hand_over_by < view.now),
        reason=said["reason"],
        decision=said.get("decision", ""),
        withdrawn=said.get("withdrawn", ""),
        withdrawn_by=_name(session, one.withdrawn_by),
        receiver=said.get("receiver", ""),
        receipt=said.get("receipt", ""),
        answer=said.get("answer", ""),
        acts=tuple(act for act in one.open_actions if act in open_),
    )


def _name(session: Session, account: UUID | None) -> str | None:
    asked = select(Account.display_name).where(Account.id == account)
    return session.scalar(asked) if account else None


def _open_to(
    session: Session,
    one: CaseReferral,
    case: Case,
    actor: Actor,
    hand: Hand | None,
    *,
    stopped: bool,
) -> frozenset[ReferralAction]:
    """What the actor may do at this moment: what would be refused is not offered."""
    if case.state is CaseState.CLOSED or not may_work(actor, case.department_code):
        return frozenset()
    open_ = set(one.open_actions)
    if one.bundle_id is None:
        open_ -= {ReferralAction.HAND_OVER}
    if stopped:
        open_ -= _TO_THEM
    decides = open_ & set(BY_HEAD)
    if decides and not _decides(session, one, case, actor, hand, stopped=stopped):
        open_ -= decides
    return frozenset(open_)


def _decides(
    session: Session,
    one: CaseReferral,
    case: Case,
    actor: Actor,
    hand: Hand | None,
    *,
    stopped: bool,
) -> bool:
    """Whether the actor heads the unit and had no hand in what is decided.

    What is `stopped` is ended by any head: nothing goes out by that.
    """
    if not may_head(actor, case.department_code):
        return False
    return stopped or not had_a_hand(one, hand or hand_of(session, case, actor))


def had_a_hand(one: CaseReferral, hand: Hand) -> bool:
    """Whether a person proposed the transfer, or has or had the case, by whichever account."""
    return hand.had_it or one.proposed_by in hand.accounts
