"""A whole case goes to another unit of the office: offered, accepted, withdrawn (F9).

Until the unit there accepts, the case stays where it is and is worked on; returns, silence and the
decision of the office above are those of leads (`chain`, `disputes`). No clock moves by any of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import GRANTS, Permission
from portal.audit.trail import record
from portal.cases.chain_models import CaseLead, lead_context
from portal.cases.joint_models import CaseMember
from portal.cases.models import Case, CaseReport, CaseTask
from portal.cases.oversight_models import Supervision
from portal.cases.rules import demand_head
from portal.cases.service.chain import (
    answer_day,
    demand_elsewhere,
    move,
    next_number,
    say,
    take_lead,
)
from portal.cases.service.in_hand import take_open, touch
from portal.cases.service.telling import reports_of
from portal.cases.states import CaseLeadAction, CaseLeadState, OfferPart
from portal.casework.service.in_hand import touch as touch_report
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.triage.moving import move_to_unit
from portal.triage.wall import may_have_it

_AT_CASES = tuple(role for role, given in GRANTS.items() if Permission.WORK_CASES in given)


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
    `_demand_may_go` says, for a case that is offered already, and for a unit about which the
    office above both has decided that the case is not theirs.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        if case.offered_at is not None:
            raise RuleBroken("offered-to-another-unit")
        _demand_may_go(uow, case, command.unit, command.region)
        earlier = _earlier(uow, case)
        _demand_not_decided(earlier, command.unit)
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
        _demand_not_decided(_earlier(uow, case), command.unit)
        offer.region, offer.department_code = command.region, command.unit
        offer.due_on, offer.escalated_at, offer.head_told_at = answer_day(uow), None, None
        say(offer, asked=command.reason)
        move(uow, offer, case, CaseLeadAction.SEND_AGAIN)
        touch(uow, case)


def withdraw_offer(command: WithdrawOffer, *, actor: Actor) -> None:
    """Keep a case after all; MoveRefused once it was accepted or lies with the office above."""
    with unit_of_work(actor) as uow:
        case, offer = _take_offer(uow, command.number, command.lead_id, command.seen_version)
        move(uow, offer, case, CaseLeadAction.WITHDRAW)
        touch(uow, case)


def accept_case(command: AcceptCase, *, actor: Actor) -> str:
    """Take over a case with its number, reports, papers, tasks, clocks and supervision.

    Return its number. Whoever must not know of one of its reports finds no such offer. Raises
    MoveRefused for an offer that is not open, and RuleBroken as `_demand_may_go` says.
    """
    with unit_of_work(actor) as uow:
        offer, case = take_lead(uow, command.lead_id, command.seen_version, whole=True)
        offer.lifecycle.after(offer.state, CaseLeadAction.ACCEPT)
        unit, before, had_it = offer.department_code, case.department_code, case.handler_id
        _demand_may_go(uow, case, unit, offer.region)
        moved = reports_of(uow, case)
        for report in moved:
            move_to_unit(uow, report, unit, case.number)
            report.handler_id = actor.id
            touch_report(uow, report)
        case.department_code, case.region, case.handler_id = unit, offer.region, actor.id
        _end_part(uow, case)
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
        due_on=answer_day(uow),
        whole=True,
        from_code=case.department_code,
        parts=sorted(str(part) for part in command.parts),
        # A second unit that sends it back is the second return.
        returns=int(returned),
    )
    offer.words = key.encrypt_json({"asked": command.reason}, lead_context(offer.id))
    return offer


def _demand_may_go(uow: UnitOfWork, case: Case, unit: str, region: str) -> None:
    """Refuse a unit that cannot have the case.

    One that is none of the office, the case's own, or has nobody who works on cases and may know
    of every report that is or was in it; any, where few may know of one of those; and for a
    supervised case one outside the region of the office that supervises it, or that office.
    """
    demand_elsewhere(case, unit)
    if current_place().is_outside(unit):
        raise RuleBroken("unit-outside-the-office")
    reports = list({*reports_of(uow, case), *_ever_in(uow, case)})
    if any(one.restricted or one.conflict for one in reports):
        raise RuleBroken("case-closed-to-others")
    if reports and not may_have_it(uow.session, reports[0], unit, reports[1:], _AT_CASES):
        raise RuleBroken("nobody-there-may-have-it")
    live = select(Supervision.unit_code).where(
        Supervision.case_id == case.id, Supervision.released_at.is_(None)
    )
    for office in uow.session.scalars(live):
        its_region = office.partition("@")[2]
        if office == unit or not current_place().inside(region, its_region):
            raise RuleBroken("supervised-here")


def _ever_in(uow: UnitOfWork, case: Case) -> Sequence[Report]:
    """The reports of a case, and those that were taken out of it."""
    every = select(Report).join(CaseReport, CaseReport.report_id == Report.id)
    return uow.session.scalars(every.where(CaseReport.case_id == case.id)).all()


def _demand_not_decided(earlier: Sequence[CaseLead], unit: str) -> None:
    """Refuse a unit that the office above has decided about; both units read its decision."""
    decided = (one for one in earlier if one.returns > 1 and one.state is CaseLeadState.KEPT)
    if any(one.department_code == unit for one in decided):
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
    """A unit that took part in the case has all of it now."""
    part = select(CaseMember).where(
        CaseMember.case_id == case.id,
        CaseMember.department_code == case.department_code,
        CaseMember.left_at.is_(None),
    )
    for member in uow.session.scalars(part):
        member.left_at = uow.now
