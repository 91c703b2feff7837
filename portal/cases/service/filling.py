"""What is put into a case: parties, papers, grade; and who has it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CasePaper, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import demand_factors, demand_head, why_kept
from portal.cases.service.flash import demand_flash
from portal.cases.service.in_hand import owner, rank_again, take_open, today, touch
from portal.cases.states import PartyRole, Severity, SeverityFactor
from portal.evidence.holding import hold_file
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class DescribeCase:
    """Title and summary of a case, as they are to be."""

    number: str
    title: str = field(repr=False)
    summary: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class GradeCase:
    """How grave a case is, the factors that the grade rests on (D22), and how much it is about.

    `amount` is in the smallest unit of the currency; what is None stays unknown.
    """

    number: str
    grade: Severity
    factors: Sequence[SeverityFactor]
    seen_version: int | None = None
    amount: int | None = None
    copies: int | None = None


@dataclass(frozen=True, slots=True)
class AssignCase:
    """Giving a case to an officer of its unit."""

    number: str
    officer: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddParty:
    """Somebody whose part in the case is looked into (E7)."""

    number: str
    role: PartyRole
    name: str = field(repr=False)
    address: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddPaper:
    """A paper of the case: the file that it is, already kept."""

    number: str
    form: str
    dated: date
    evidence_id: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class WaivePaper:
    """Why a paper that a step asks for is not needed here."""

    number: str
    form: str
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class Strike:
    """Striking out a party or a paper that is wrong; it stays in the file, struck."""

    number: str
    which: UUID
    seen_version: int | None = None


def describe_case(command: DescribeCase, *, actor: Actor) -> None:
    """Write title and summary anew."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        said = {"title": command.title, "summary": command.summary}
        case.content = key_of(case).encrypt_json(said, context_of("case_file.content", case.id))
        record(uow, "case.describe", "case", case.id)
        touch(uow, case)


def grade_case(command: GradeCase, *, actor: Actor) -> None:
    """Say how grave a case is; RuleBroken without a factor."""
    demand_factors(command.grade, command.factors)
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        case.severity = command.grade
        case.factors = sorted(str(factor) for factor in command.factors)
        case.amount, case.copies = command.amount, command.copies
        details = {"grade": str(command.grade), "factors": " ".join(case.factors)}
        record(uow, "case.grade", "case", case.id, **details)
        demand_flash(uow, case)
        touch(uow, case)


def assign_case(command: AssignCase, *, actor: Actor) -> None:
    """Give a case to an officer, or to whoever stands in for them; see `owner` for refusals."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        case.handler_id = owner(uow, case, command.officer)
        record(uow, "case.assign", "case", case.id, handler=case.handler_id.hex)
        touch(uow, case)


def add_party(command: AddParty, *, actor: Actor) -> None:
    """Enter a party, who is never the reporter: nothing of a report is copied."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        party = CaseParty(
            case_id=case.id, role=command.role, body=b"", added_at=uow.now, added_by=actor.id
        )
        said = {"name": command.name, "address": command.address, "contact": command.contact}
        party.body = key_of(case).encrypt_json(said, context_of("case_party.body", party.id))
        uow.session.add(party)
        record(uow, "case.add-party", "case", case.id, role=command.role, party=party.id.hex)
        touch(uow, case)


def strike_party(command: Strike, *, actor: Actor) -> None:
    """Strike out a party; RuleBroken while a decision stands, which it could not object to."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        if case.decision_stands:
            raise RuleBroken("decision-stands")
        party = uow.session.get(CaseParty, command.which)
        if party is None or party.case_id != case.id or party.struck_at is not None:
            raise NotFound("party")
        party.struck_at = uow.now
        record(uow, "case.strike-party", "case", case.id, party=party.id.hex)
        touch(uow, case)


def add_paper(command: AddPaper, *, actor: Actor) -> None:
    """Put a paper into the file; RuleBroken for an unknown kind of paper, or a day to come."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        _demand_form(command.form)
        if command.dated > today(uow):
            raise RuleBroken("paper-dated-ahead")
        hold_file(uow, command.evidence_id)
        put_paper(uow, case, command.form, command.dated, evidence_id=command.evidence_id)


def waive_paper(command: WaivePaper, *, actor: Actor) -> None:
    """Do without a paper, for a reason; by whoever heads the unit (B6)."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        _demand_form(command.form)
        put_paper(uow, case, command.form, today(uow), waiver=command.reason)


def strike_paper(command: Strike, *, actor: Actor) -> None:
    """Strike out a paper or a waiver: it counts no more, and stays in the file.

    Raises RuleBroken for a paper that was served, whose service is struck out first, and for a
    waiver of the notice that comes before a decision, while a decision stands.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        paper = uow.session.get(CasePaper, command.which)
        if paper is None or paper.case_id != case.id or paper.struck_at is not None:
            raise NotFound("paper")
        waived, stands = paper.waiver is not None, case.decision_stands
        kept = {"served": paper.served, "waived": waived, "decision_stands": stands}
        if why := why_kept(current_place(), paper.form, **kept):
            raise RuleBroken(why)
        paper.struck_at = uow.now
        record(uow, "case.strike-paper", "case", case.id, form=paper.form, paper=paper.id.hex)
        rank_again(uow, case)
        touch(uow, case)


def owns_file(uow: UnitOfWork, case: Case, evidence_id: UUID) -> bool:
    """Whether a file is a paper of this case."""
    wanted = select(CasePaper.id).where(
        CasePaper.case_id == case.id, CasePaper.evidence_id == evidence_id
    )
    return uow.session.scalar(wanted) is not None


def _demand_form(code: str) -> None:
    if code not in current_place().papers:
        raise RuleBroken("paper-unknown")


def put_paper(
    uow: UnitOfWork,
    case: Case,
    form: str,
    dated: date,
    *,
    evidence_id: UUID | None = None,
    waiver: str = "",
) -> UUID:
    """Put a file or a waiver into the case, and on the trail; return the id of the paper.

    It proves the step of the round it is put in.
    """
    paper = CasePaper(
        case_id=case.id,
        form=form,
        dated=dated,
        added_at=uow.now,
        added_by=uow.actor.id,
        evidence_id=evidence_id,
        round=case.round,
    )
    if waiver:
        paper.waiver = key_of(case).encrypt_text(waiver, context_of("case_paper.waiver", paper.id))
    uow.session.add(paper)
    what = "case.waive" if waiver else "case.add-paper"
    record(uow, what, "case", case.id, form=form, paper=paper.id.hex)
    if evidence_id:
        rank_again(uow, case, paper.id)
    touch(uow, case)
    return paper.id
