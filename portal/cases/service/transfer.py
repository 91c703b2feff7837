"""A whole case goes to another unit of the office: offered, accepted, withdrawn (F9).

Until the unit there accepts, the case stays where it is and is worked on; returns, silence and the
decision of the office above are those of leads (`chain`, `disputes`). No clock moves by any of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.cases.chain_models import CaseLead, lead_context
from portal.cases.joint_models import CaseMember
from portal.cases.models import Case, CaseTask
from portal.cases.queries.chain import is_left_to_those_above
from portal.cases.queries.going import why_it_stays
from portal.cases.rules import demand_head
from portal.cases.service.chain import (
    move,
    next_number,
    say,
    take_lead,
    wait_anew,
)
from portal.cases.service.in_hand import take_open, today, touch
from portal.cases.service.joint import turn_tasks
from portal.cases.service.telling import reports_of
from portal.cases.states import LEADS_OVER, CaseLeadAction, CaseLeadState, OfferPart
from portal.casework.service.in_hand import touch as touch_report
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.triage.moving import move_to_unit


@dataclass(frozen=True, slots=True)
class OfferCase:
    """Offering a whole case to a unit: why it is theirs, and what they read before they accept."""

    number: str
    region: str
    unit: str
    reason: str = field(repr=False)
    parts: Sequence[OfferPart] = ()
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptCase:
    """Taking over a case that was offered; whoever accepts has it."""

    lead_id: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class OfferAgain:
    """Offering a case that came back once more, there or to another unit."""

    number: str
    lead_id: UUID
    region: str
    unit: str
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """Keeping a case that was offered and that nobody has accepted."""

    number: str
    lead_id: UUID
    seen_version: int | None = None


def offer_case(command: OfferCase, *, actor: Actor) -> UUID:
    """Offer a case as a whole to another unit of the office; by the head.

    Whoever offers need not be able to read what lies at that unit. Raises RuleBroken as
    `why_it_stays` says, for a case that is offered already, and for a unit about which the
    office above both has decided that the case is not theirs.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        if case.offered_at is not None:
            raise RuleBroken("offered-to-another-unit")
        _demand_may_go(uow, case, command.unit, command.region)
        earlier = _earlier(uow, case)
        _demand_not_decided(uow, case, earlier, command.unit)
        offer = _new_offer(uow, case, command, returned=any(one.returns for one in earlier))
        uow.session.add(offer)
        case.offered_at = uow.now
        record(uow, "case.offer", "case", case.id, lead=offer.id.hex, department=command.unit)
        touch(uow, case)
        return offer.id


def offer_again(command: OfferAgain, *, actor: Actor) -> None:
    """Offer a case that came back once more; its time begins again, the count of returns does not.

    Raises RuleBroken as `offer_case` does, and MoveRefused for an offer that did not come back.
    """
    with unit_of_work(actor) as uow:
        case, offer = _take_offer(uow, command.number, command.lead_id, command.seen_version)
        offer.lifecycle.after(offer.state, CaseLeadAction.SEND_AGAIN)
        _demand_may_go(uow, case, command.unit, command.region)
        _demand_not_decided(uow, case, _earlier(uow, case), command.unit)
        offer.region, offer.department_code = command.region, command.unit
        wait_anew(uow, offer)
        say(offer, asked=command.reason)
        move(uow, offer, case, CaseLeadAction.SEND_AGAIN)
        touch(uow, case)


def withdraw_offer(command: WithdrawOffer, *, actor: Actor) -> None:
    """Keep a case after all.

    Raises MoveRefused once it was accepted, and while it is for the office above to say whose it
    is, or has been said, unless the case may not go there any more.
    """
    with unit_of_work(actor) as uow:
        case, offer = _take_offer(uow, command.number, command.lead_id, command.seen_version)
        if is_left_to_those_above(uow.session, case, offer):
            raise MoveRefused("left-to-those-above", subject="case_lead", state=offer.state)
        move(uow, offer, case, CaseLeadAction.WITHDRAW)
        touch(uow, case)


def accept_case(command: AcceptCase, *, actor: Actor) -> str:
    """Take over a case with its number, reports, papers, tasks, clocks and supervision.

    Return its number. Whoever must not know of one of its reports finds no such offer. Raises
    MoveRefused for an offer that is not open, and RuleBroken as `why_it_stays` says.
    """
    with unit_of_work(actor) as uow:
        offer, case = take_lead(uow, command.lead_id, command.seen_version, whole=True)
        offer.lifecycle.after(offer.state, CaseLeadAction.ACCEPT)
        unit, before, had_it = offer.department_code, case.department_code, case.handler_id
        moved = reports_of(uow, case)
        _demand_may_go(uow, case, unit, offer.region)
        for report in moved:
            move_to_unit(uow, report, unit, case.number)
            report.handler_id = actor.id
            touch_report(uow, report)
        case.department_code, case.region, case.handler_id = unit, offer.region, actor.id
        _end_part(uow, case)
        _end_own_leads(uow, case)
        tasks = _hand_tasks_on(uow, case)
        offer.to_case_id = case.id
        move(uow, offer, case, CaseLeadAction.ACCEPT)
        details = {"department_before": before, "department": unit} | {
            "handler": actor.id.hex if actor.id else None,
            "handler_before": had_it.hex if had_it else None,
        }
        record(uow, "case.transfer", "case", case.id, reports=len(moved), tasks=tasks, **details)
        touch(uow, case)
        return case.number


def _new_offer(uow: UnitOfWork, case: Case, command: OfferCase, *, returned: bool) -> CaseLead:
    key, wrapped = vault().new_key()
    offer = CaseLead(
        case_id=case.id,
        number=next_number(uow, case),
        region=command.region,
        department_code=command.unit,
        direction=None,
        party_id=None,
        words_key=wrapped,
        words=b"",
        sent_at=uow.now,
        sent_by=uow.actor.id,
        changed_at=uow.now,
        due_on=today(uow),
        whole=True,
        from_code=case.department_code,
        parts=sorted(str(part) for part in command.parts),
        # A second unit that sends it back is the second return.
        returns=int(returned),
    )
    wait_anew(uow, offer)
    offer.words = key.encrypt_json({"asked": command.reason}, lead_context(offer.id))
    return offer


def _demand_may_go(uow: UnitOfWork, case: Case, unit: str, region: str) -> None:
    """Raise RuleBroken for a unit that cannot have the case; see `why_it_stays`."""
    hindrance = why_it_stays(uow.session, case, unit, region)
    if hindrance is not None:
        raise RuleBroken(hindrance)


def _demand_not_decided(
    uow: UnitOfWork, case: Case, earlier: Sequence[CaseLead], unit: str
) -> None:
    """Refuse a unit that the office above has decided about; both units read its decision."""
    entries = uow.session.scalars(
        select(AuditEvent.details).where(
            AuditEvent.subject_id == case.id,
            AuditEvent.action == f"case.offer-{CaseLeadAction.KEEP}",
        )
    )
    decided = {entry["lead"] for entry in entries}
    if any(one.department_code == unit for one in earlier if one.id.hex in decided):
        raise RuleBroken("decided-that-it-stays")


def _earlier(uow: UnitOfWork, case: Case) -> Sequence[CaseLead]:
    """The offers that this unit has made of the case and that came to nothing.

    What was sent back once counts in the next one: the second return is decided above.
    """
    wanted = select(CaseLead).where(
        CaseLead.case_id == case.id,
        CaseLead.whole,
        CaseLead.from_code == case.department_code,
        CaseLead.state == CaseLeadState.KEPT,
    )
    return uow.session.scalars(wanted).all()


def _take_offer(
    uow: UnitOfWork, number: str, lead_id: UUID, seen: int | None
) -> tuple[Case, CaseLead]:
    """A case and an offer of it, both locked; by the head."""
    case = take_open(uow, number, seen)
    demand_head(uow.actor, case.department_code)
    offer = uow.session.get(CaseLead, lead_id, with_for_update=True)
    if offer is None or offer.case_id != case.id or not offer.whole:
        raise NotFound("case-lead")
    return case, offer


def _hand_tasks_on(uow: UnitOfWork, case: Case) -> int:
    """Whoever accepts has what is to be done, until it is given to others; return how much."""
    to_do = select(CaseTask).where(CaseTask.case_id == case.id, CaseTask.done_at.is_(None))
    tasks = uow.session.scalars(to_do).all()
    if uow.actor.id is None:
        raise NotFound("account")
    for task in tasks:
        task.owner_id = uow.actor.id
    return len(tasks)


def _end_part(uow: UnitOfWork, case: Case) -> None:
    """A unit that took part in the case has all of it now, its own open tasks with it."""
    part = select(CaseMember).where(
        CaseMember.case_id == case.id,
        CaseMember.department_code == case.department_code,
        CaseMember.left_at.is_(None),
    )
    for member in uow.session.scalars(part).all():
        member.left_at = uow.now
        turn_tasks(uow, case, member, uow.actor.id)


def _end_own_leads(uow: UnitOfWork, case: Case) -> None:
    """A lead of the case to the unit that has it now leads nowhere any more."""
    own = select(CaseLead).where(
        CaseLead.case_id == case.id,
        ~CaseLead.whole,
        CaseLead.department_code == case.department_code,
        CaseLead.state.not_in(LEADS_OVER),
    )
    for lead in uow.session.scalars(own.with_for_update()).all():
        move(uow, lead, case, CaseLeadAction.WITHDRAW)
