"""The chain of a case: who supplies whom, and leads to other places where cases are opened."""

from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.cases.chain_models import CaseEdge, CaseLead, lead_context
from portal.cases.models import Case, CasePaper, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.queries.chain import get_lead, said_in
from portal.cases.queries.going import why_not_elsewhere
from portal.cases.rules import ANSWER_DAYS
from portal.cases.service.in_hand import take_open, today, touch
from portal.cases.service.opening import Where, new_case
from portal.cases.service.telling import tell_of_offer
from portal.cases.states import (
    LEADS_OVER,
    WITH_THOSE_ABOVE,
    CaseLeadAction,
    CaseLeadState,
    ChainDirection,
)
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, Deadline, due_on
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class AddEdge:
    """That one party supplies another, what shows it, and the paper that it stands in."""

    number: str
    supplier: UUID
    customer: UUID
    evidence: str = field(repr=False)
    paper: UUID | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class StrikeEdge:
    """Striking out a link of the chain that is wrong."""

    number: str
    which: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class FollowCase:
    """Leading a case on to another place: which unit, which way, and what it is asked."""

    number: str
    region: str
    unit: str
    asked: str = field(repr=False)
    direction: ChainDirection
    party: UUID | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class OpenOnLead:
    """Opening a case on a lead from another place; whoever opens has it."""

    lead_id: UUID
    title: str = field(repr=False)
    summary: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class JoinToLead:
    """That a case of the unit is about the matter of a lead."""

    lead_id: UUID
    number: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnCaseLead:
    """That a lead is not this unit's, or leads nowhere, and why."""

    lead_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


def add_edge(command: AddEdge, *, actor: Actor) -> UUID:
    """Enter a link of the chain between two parties of the case.

    Raises RuleBroken for a link from a party to itself and without anything that shows it,
    NotFound for what is no party, or no paper, of this case.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        if command.supplier == command.customer:
            raise RuleBroken("chain-needs-two-parties")
        if not command.evidence.strip():
            raise RuleBroken("chain-needs-evidence")
        for party in (command.supplier, command.customer):
            _demand_of(uow, CaseParty, case, party)
        if command.paper is not None:
            _demand_of(uow, CasePaper, case, command.paper)
        edge = CaseEdge(
            case_id=case.id,
            supplier_id=command.supplier,
            customer_id=command.customer,
            evidence=b"",
            paper_id=command.paper,
            added_at=uow.now,
            added_by=actor.id,
        )
        edge.evidence = key_of(case).encrypt_text(
            command.evidence, context_of("case_edge.evidence", edge.id)
        )
        uow.session.add(edge)
        record(uow, "case.add-edge", "case", case.id, edge=edge.id.hex)
        touch(uow, case)
        return edge.id


def strike_edge(command: StrikeEdge, *, actor: Actor) -> None:
    """Strike out a link of the chain; it stays in the file, struck."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        edge = _demand_of(uow, CaseEdge, case, command.which)
        edge.struck_at = uow.now
        record(uow, "case.strike-edge", "case", case.id, edge=edge.id.hex)
        touch(uow, case)


def follow_case(command: FollowCase, *, actor: Actor) -> UUID:
    """Send a lead to the unit of another place (A7); this case keeps its number and its place.

    Raises RuleBroken for a case that is closed to others, and for a unit that is none or its own.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_elsewhere(uow, case, command.unit)
        if command.party is not None:
            _demand_of(uow, CaseParty, case, command.party)
        key, wrapped = vault().new_key()
        lead = CaseLead(
            case_id=case.id,
            number=next_number(uow, case),
            region=command.region,
            department_code=command.unit,
            direction=command.direction,
            party_id=command.party,
            words_key=wrapped,
            words=b"",
            sent_at=uow.now,
            sent_by=actor.id,
            changed_at=uow.now,
            due_on=today(uow),
        )
        wait_anew(uow, lead)
        lead.words = key.encrypt_json({"asked": command.asked}, lead_context(lead.id))
        uow.session.add(lead)
        details = {"lead": lead.id.hex, "department": command.unit}
        record(uow, "case.follow", "case", case.id, **details)
        touch(uow, case)
        return lead.id


def open_on_lead(command: OpenOnLead, *, actor: Actor) -> str:
    """Open a case on a lead in its place; return its number. Both cases show the link."""
    with unit_of_work(actor) as uow:
        lead, source = take_lead(uow, command.lead_id, command.seen_version, whole=False)
        where = Where(lead.department_code, lead.region, source.category)
        case = new_case(uow, where, command.title, command.summary)
        _followed(uow, lead, source, case, CaseLeadAction.OPEN)
        return case.number


def join_to_lead(command: JoinToLead, *, actor: Actor) -> str:
    """Say that an open case of the unit is the answer to a lead; return its number.

    The unit that sent the lead reads which it is, unless few may know of it.
    """
    with unit_of_work(actor) as uow:
        lead, source = take_lead(uow, command.lead_id, command.seen_version, whole=False)
        case = take_open(uow, command.number, None)
        if case.department_code != lead.department_code or case.id == source.id:
            raise RuleBroken("case-of-another-unit")
        _followed(uow, lead, source, case, CaseLeadAction.JOIN)
        touch(uow, case)
        return case.number


def return_case_lead(command: ReturnCaseLead, *, actor: Actor) -> None:
    """Send a lead, or a case that was offered, back to the unit that it came from, which reads why.

    The second return goes to the office above both (F9). Raises MoveRefused for one that this
    office has given to the unit.
    """
    with unit_of_work(actor) as uow:
        lead, source = take_lead(uow, command.lead_id, command.seen_version)
        action = CaseLeadAction.DISPUTE if lead.returns else CaseLeadAction.RETURN
        say(lead, returned=command.reason)
        move(uow, lead, source, action)
        lead.returns += 1


def lock_case_of(uow: UnitOfWork, lead_id: UUID) -> None:
    """Lock the case of a lead: it is locked before anything of it, as everywhere."""
    its_case = select(CaseLead.case_id).where(CaseLead.id == lead_id).scalar_subquery()
    uow.session.execute(select(Case.id).where(Case.id == its_case).with_for_update())


def take_lead(
    uow: UnitOfWork, lead_id: UUID, seen: int | None, *, whole: bool | None = None
) -> tuple[CaseLead, Case]:
    """A lead to the actor's own unit, or the offer of a `whole` case, locked, with its case.

    Raises NotFound for any other, and MoveRefused when somebody was quicker.
    """
    demand(uow.actor, Permission.WORK_CASES)
    lock_case_of(uow, lead_id)
    lead, source = get_lead(uow.session, lead_id, uow.actor, for_update=True)
    if whole is not None and lead.whole is not whole:
        raise NotFound("case-lead")
    if seen is not None and lead.version != seen:
        raise MoveRefused("changed-meanwhile", subject="case_lead", state=lead.state)
    return lead, source


def _followed(
    uow: UnitOfWork, lead: CaseLead, source: Case, case: Case, action: CaseLeadAction
) -> None:
    uow.session.flush()
    lead.to_case_id = case.id
    move(uow, lead, source, action)
    record(uow, "case.on-lead", "case", case.id, lead=lead.id.hex)


def say(lead: CaseLead, **words: str) -> None:
    """Add to what was typed about a lead."""
    key = vault().open_key(lead.words_key)
    lead.words = key.encrypt_json({**said_in(lead), **words}, lead_context(lead.id))


def answer_end(unit: str, start: date) -> Deadline:
    """Until when a unit takes a lead on or sends it back, by its own days (E3)."""
    calendar = current_place().calendar_of(unit)
    return due_on(start, ANSWER_DAYS, DayUnit.WORKING, calendar)


def date_lead(lead: CaseLead, end: Deadline) -> None:
    """Say until when an answer is waited for, and whether that year is announced."""
    lead.due_on, lead.provisional = end.on, end.provisional


def wait_anew(uow: UnitOfWork, lead: CaseLead) -> None:
    """Have the time of the unit that a lead lies with begin today; nobody was silent yet."""
    date_lead(lead, answer_end(lead.department_code, today(uow)))
    lead.escalated_at = lead.head_told_at = None


def move(uow: UnitOfWork, lead: CaseLead, source: Case, action: CaseLeadAction) -> None:
    """Take an action on a lead, and note it in the case that it comes from."""
    before = lead.state
    with uow.session.no_autoflush:
        advance(uow, lead, action, department=lead.department_code)
    lead.changed_at = uow.now
    of_lead = "case.lead-over" if action is CaseLeadAction.WITHDRAW else "case.lead-answered"
    what = f"case.offer-{action}" if lead.whole else of_lead
    record(uow, what, "case", source.id, lead=lead.id.hex)
    if lead.whole:
        if lead.state in LEADS_OVER:
            source.offered_at = None
        # Who was told that it is being decided is told that the case stays, whoever says so.
        kept = before in WITH_THOSE_ABOVE and lead.state is CaseLeadState.KEPT
        tell_of_offer(uow, source, CaseLeadAction.KEEP if kept else action)


def demand_elsewhere(uow: UnitOfWork, case: Case, code: str) -> None:
    """Refuse a unit that is none, or the case's own, and a case that few may know of."""
    hindrance = why_not_elsewhere(uow.session, case, code)
    if hindrance is not None:
        raise RuleBroken(hindrance)


P = TypeVar("P", CaseParty, CasePaper, CaseEdge)


def _demand_of(uow: UnitOfWork, kind: type[P], case: Case, which: UUID) -> P:
    """Something that is in this case and not struck out; NotFound otherwise."""
    found = uow.session.get(kind, which)
    if found is None or found.case_id != case.id or found.struck_at is not None:
        raise NotFound("part-of-case")
    return found


def next_number(uow: UnitOfWork, case: Case) -> int:
    """The next number of a lead or an offer of a case."""
    last = select(func.max(CaseLead.number)).where(CaseLead.case_id == case.id)
    return (uow.session.scalar(last) or 0) + 1
