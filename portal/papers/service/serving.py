"""The one record of service: on whom a paper was served, how, by whom; and taking it back."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.trail import record
from portal.cases.models import Case, CasePaper, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.filling import put_paper
from portal.cases.service.in_hand import take, today, touch
from portal.cases.states import CaseState
from portal.decisions.models import Decision, Service
from portal.decisions.rules import carrying_forms
from portal.decisions.service.access import party_of
from portal.decisions.service.drafting import get_decision
from portal.decisions.service.serving import (
    demand_not_kept,
    serve_decision,
    take_back_service,
)
from portal.decisions.states import ServiceWay
from portal.evidence.holding import hold_file
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.papers.models import MadePaper
from portal.papers.queries.services import SAID, STRUCK, carried_by, is_served
from portal.papers.rules import demand_day, demand_service, proof_form

_WORDS: Final = ("witness", "consent", "to_whom", "by_whom", "note")


@dataclass(frozen=True, slots=True)
class RecordService:
    """How a paper of a case reached its party; `served_on` is the day on which it counts as served.

    A paper that was made here names its party; of one that was put in `party` says it. `decision`
    is the number of the one that the paper carries, and `proof` the signed proof, already kept.
    """

    number: str
    paper_id: UUID
    way: ServiceWay
    served_on: date
    to_whom: str = field(repr=False)
    by_whom: str = field(repr=False)
    refused: bool = False
    witness: str = field(default="", repr=False)
    consent: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    party: UUID | None = None
    decision: int | None = None
    proof: UUID | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class StrikeService:
    """Taking back a service that was written down wrongly; it stays in the file, struck out."""

    number: str
    service_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


def record_service(command: RecordService, *, actor: Actor) -> None:
    """Write down a service, from which on what the kind of paper says runs.

    A decision that the paper carries is in force from its first service on. Raises RuleBroken for a
    paper that is not served or was struck out, for one that carries a decision without it, for a
    day before it was made or to come, and for a service that would not hold (see `demand_service`);
    for a decision see `serve_decision`.
    """
    said = {"witness": command.witness, "consent": command.consent}
    demand_service(command.way, refused=command.refused, **said)
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        paper, made = _paper_to_serve(uow, case, command.paper_id)
        party = _party(uow, case, made, command.party)
        demand_day(command.served_on, paper.dated, today(uow))
        decision = _carried(uow, case, paper, command.decision)
        service = Service(
            case_id=case.id,
            party_id=party.id,
            paper_id=paper.id,
            served_on=command.served_on,
            recorded_at=uow.now,
            recorded_by=actor.id,
            way=command.way,
            refused=command.refused,
        )
        said = {name: getattr(command, name) for name in _WORDS}
        service.body = key_of(case).encrypt_json(said, context_of(SAID, service.id))
        service.proof_id = _keep_proof(uow, case, command)
        if decision is not None:
            serve_decision(uow, case, decision, party, service, paper.form)
        uow.session.add(service)
        _settle(uow, case, service, "serve", paper.form)


def strike_service(command: StrikeService, *, actor: Actor) -> None:
    """Take a service back, for a reason; a paper without another one has to be served again.

    A decision without another one is in force no more: see `take_back_service`. Raises RuleBroken
    for what has to stay (see `why_kept`), NotFound for one of another case and one that is struck
    out already.
    """
    if not command.reason.strip():
        raise RuleBroken("service-struck-without-reason")
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        service = uow.session.get(Service, command.service_id, with_for_update=True)
        if service is None or service.case_id != case.id or service.struck_at is not None:
            raise NotFound("service")
        demand_not_kept(uow, case, service)
        service.struck_at = uow.now
        place = context_of(STRUCK, service.id)
        service.struck_because = key_of(case).encrypt_text(command.reason, place)
        paper = uow.session.get(CasePaper, service.paper_id) if service.paper_id else None
        if service.decision_id is not None:
            take_back_service(uow, case, service)
        form = paper.form if paper else min(carrying_forms(current_place()), default="")
        _settle(uow, case, service, "strike-service", form)


def _paper_to_serve(
    uow: UnitOfWork, case: Case, paper_id: UUID
) -> tuple[CasePaper, MadePaper | None]:
    paper = uow.session.get(CasePaper, paper_id)
    if paper is None or paper.case_id != case.id:
        raise NotFound("paper")
    made = _made(uow, paper.id)
    if not is_served(paper, made):
        raise RuleBroken("paper-not-served")
    if paper.struck_at is not None:
        raise RuleBroken("paper-struck")
    return paper, made


def _made(uow: UnitOfWork, paper_id: UUID | None) -> MadePaper | None:
    """The paper of the case as it was made here, locked, if it was."""
    wanted = select(MadePaper).where(MadePaper.case_paper_id == paper_id)
    return uow.session.scalar(wanted.with_for_update())


def _party(uow: UnitOfWork, case: Case, made: MadePaper | None, chosen: UUID | None) -> CaseParty:
    """The party that the paper names, or the one that was chosen where it names none."""
    if made is None or made.party_id is None:
        if chosen is None:
            raise RuleBroken("paper-without-party")
        return party_of(uow, case, chosen)
    party = uow.session.get_one(CaseParty, made.party_id)
    if party.struck_at is not None:
        raise RuleBroken("party-struck")
    return party


def _carried(uow: UnitOfWork, case: Case, paper: CasePaper, number: int | None) -> Decision | None:
    """The decision that the paper carries; one paper carries one."""
    if paper.form not in carrying_forms(current_place()):
        return None
    if number is None:
        raise RuleBroken("paper-without-decision")
    decision = get_decision(uow, case, number)
    if carried_by(uow.session, paper) not in {None, decision.id}:
        raise RuleBroken("paper-carries-another")
    return decision


def _keep_proof(uow: UnitOfWork, case: Case, command: RecordService) -> UUID | None:
    """Put the signed proof into the file, as the kind of paper that says so."""
    if command.proof is None:
        return None
    form = proof_form(current_place())
    if form is None:
        raise RuleBroken("paper-unknown")
    if case.state is CaseState.CLOSED:
        raise RuleBroken("case-is-closed")
    hold_file(uow, command.proof)
    return put_paper(uow, case, form.code, command.served_on, evidence_id=command.proof)


def _settle(uow: UnitOfWork, case: Case, service: Service, act: str, form: str) -> None:
    """Note the first day on which the paper counts as served, and what was done."""
    uow.session.flush()
    paper = uow.session.get(CasePaper, service.paper_id) if service.paper_id else None
    if paper is not None:
        entries = Service.paper_id == paper.id, Service.struck_at.is_(None)
        # By the case, which is indexed.
        own = select(func.min(Service.served_on)).where(Service.case_id == case.id, *entries)
        first = uow.session.scalar(own)
        paper.served, made = first is not None, _made(uow, paper.id)
        if made is not None:
            made.served_on = first
    about = {"service": service.id.hex, "way": service.way}
    record(uow, f"case.{act}", "case", case.id, form=form, **about)
    touch(uow, case)
