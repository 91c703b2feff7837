"""The decisions of a case, the pages of its parties, and its reviews, as the desk sees them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries import own_accounts
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.page import CaseFacts, get_facts
from portal.cases.queries.steps import handlers_of
from portal.cases.rules import may_head, may_work
from portal.cases.states import CaseState, PartyRole
from portal.decisions.models import (
    Decision,
    DecisionMeasure,
    DecisionService,
    PartyAccess,
    PartyFile,
    PartyLetter,
    Review,
)
from portal.decisions.queries.parties import MeasureLine, measure_line, opened, words_of
from portal.decisions.states import (
    DecisionAction,
    DecisionSource,
    DecisionState,
    LetterKind,
    ReviewAction,
    ReviewOutcome,
    ReviewState,
)
from portal.evidence.queries import FileLine, list_files
from portal.infra.vault import ContentKey
from portal.intake.rules import local_date
from portal.jurisdiction.place import Text
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class AddressedMeasure:
    """A measure and the party it is addressed to."""

    id: UUID
    party_id: UUID
    party: str = field(repr=False)
    line: MeasureLine


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """On whom a decision was served, and until when that party may object."""

    party_id: UUID
    party: str = field(repr=False)
    served_on: date
    object_by: date


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision with all it says."""

    number: int
    state: DecisionState
    source: DecisionSource
    automated: bool
    basis: Text | None
    article: str = field(repr=False)
    facts: str = field(repr=False)
    objection_to: str = field(repr=False)
    court: str = field(repr=False)
    drafted_by: str | None = field(repr=False)
    approved_by: str | None = field(repr=False)
    replaces: int | None
    measures: tuple[AddressedMeasure, ...]
    services: tuple[ServiceLine, ...]
    unserved: bool
    open_actions: tuple[DecisionAction, ...]


@dataclass(frozen=True, slots=True)
class DeskLetter:
    """A letter of a party, or a notice it was sent."""

    kind: LetterKind
    on: date
    text: Text = field(repr=False)
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True)
class PartyWithPage:
    """A party and its page, if it has one."""

    id: UUID
    role: PartyRole
    name: str = field(repr=False)
    has_page: bool
    alleged: str = field(repr=False)
    answer_by: date | None
    opened_on: date | None
    hearing_on: date | None
    hearing_at: str = field(repr=False)
    letters: tuple[DeskLetter, ...]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review; `party` is None for one that a reporter asked for."""

    id: UUID
    party: str | None = field(repr=False)
    decision: int | None
    state: ReviewState
    due_on: date
    outcome: ReviewOutcome | None
    reasons: str = field(repr=False)
    open_actions: tuple[ReviewAction, ...]


@dataclass(frozen=True, slots=True)
class DecisionsPage:
    """The whole page; `works` and `heads` say which buttons the reader gets."""

    facts: CaseFacts
    decisions: tuple[DecisionLine, ...]
    parties: tuple[PartyWithPage, ...]
    reviews: tuple[ReviewLine, ...]
    works: bool
    heads: bool


def get_decisions(session: Session, number: str, actor: Actor) -> DecisionsPage:
    """Everything about the decisions of a case in the actor's scope; NotFound for any other."""
    facts = get_facts(session, number, actor)
    case = get_case(session, number, actor)
    key, unit = key_of(case), case.department_code
    parties = session.scalars(
        select(CaseParty).where(CaseParty.case_id == case.id).order_by(CaseParty.added_at)
    ).all()
    names = {one.id: _name(one, key) for one in parties}
    decisions = session.scalars(
        select(Decision).where(Decision.case_id == case.id).order_by(Decision.number)
    ).all()
    heads = may_head(actor, unit)
    return DecisionsPage(
        facts=facts,
        decisions=_decisions(session, case, decisions, names, key),
        parties=_parties(session, case, parties, names, key),
        reviews=_reviews(session, case, decisions, names, actor if heads else None),
        works=may_work(actor, unit) and case.state is not CaseState.CLOSED,
        heads=heads,
    )


def list_parties(session: Session, number: str, actor: Actor) -> list[tuple[str, str]]:
    """The parties of a case to choose from, without those struck out."""
    case = get_case(session, number, actor)
    key = key_of(case)
    wanted = select(CaseParty).where(CaseParty.case_id == case.id, CaseParty.struck_at.is_(None))
    found = session.scalars(wanted.order_by(CaseParty.added_at))
    return [(str(one.id), _name(one, key)) for one in found]


def list_in_force(session: Session, number: str, actor: Actor) -> list[int]:
    """The numbers of the decisions of a case that are in force."""
    case = get_case(session, number, actor)
    in_force = Decision.case_id == case.id, Decision.state == DecisionState.IN_FORCE
    return list(session.scalars(select(Decision.number).where(*in_force).order_by("number")))


def find_party_file(session: Session, case: Case, evidence_id: UUID) -> None:
    """Raise NotFound unless a party of this case sent the file."""
    sent = (
        select(PartyFile.evidence_id)
        .join(PartyLetter, PartyLetter.id == PartyFile.letter_id)
        .join(CaseParty, CaseParty.id == PartyLetter.party_id)
        .where(CaseParty.case_id == case.id, PartyFile.evidence_id == evidence_id)
    )
    if session.scalar(sent) is None:
        raise NotFound("file")


def _name(party: CaseParty, key: ContentKey) -> str:
    return str(key.decrypt_json(party.body, context_of("case_party.body", party.id))["name"])


def _people(session: Session, case: Case) -> Mapping[UUID | None, str]:
    """Who drafted and approved the decisions of the case."""
    parts = (Decision.drafted_by, Decision.approved_by)
    wanted = (Account.id.in_(select(part).where(Decision.case_id == case.id)) for part in parts)
    rows = session.execute(select(Account.id, Account.display_name).where(or_(*wanted)))
    return {row.id: row.display_name for row in rows}


def _decisions(
    session: Session,
    case: Case,
    decisions: Sequence[Decision],
    names: Mapping[UUID, str],
    key: ContentKey,
) -> tuple[DecisionLine, ...]:
    people = _people(session, case)
    own = select(Decision.id).where(Decision.case_id == case.id)
    measures: dict[UUID, list[AddressedMeasure]] = defaultdict(list)
    for one in session.scalars(
        select(DecisionMeasure)
        .where(DecisionMeasure.decision_id.in_(own))
        .order_by(DecisionMeasure.added_at, DecisionMeasure.id)
    ):
        line = AddressedMeasure(one.id, one.party_id, names[one.party_id], measure_line(one, key))
        measures[one.decision_id].append(line)
    services: dict[UUID, list[ServiceLine]] = defaultdict(list)
    served = select(DecisionService).where(DecisionService.decision_id.in_(own))
    for row in session.scalars(served.order_by(DecisionService.at)):
        service = ServiceLine(row.party_id, names[row.party_id], row.served_on, row.object_by)
        services[row.decision_id].append(service)
    numbers = {one.id: one.number for one in decisions}
    return tuple(
        _decision(one, key, people, numbers, tuple(measures[one.id]), tuple(services[one.id]))
        for one in decisions
    )


def _decision(
    one: Decision,
    key: ContentKey,
    people: Mapping[UUID | None, str],
    numbers: Mapping[UUID, int],
    measures: tuple[AddressedMeasure, ...],
    services: tuple[ServiceLine, ...],
) -> DecisionLine:
    said = key.decrypt_json(one.content, context_of("decision.content", one.id))
    basis = current_place().bases.get(one.basis or "")
    return DecisionLine(
        number=one.number,
        state=one.state,
        source=one.source,
        automated=one.automated,
        basis=basis.name if basis else None,
        article=said["article"],
        facts=said["facts"],
        objection_to=said["objection_to"],
        court=said["court"],
        drafted_by=people.get(one.drafted_by),
        approved_by=people.get(one.approved_by),
        replaces=numbers.get(one.replaces_id) if one.replaces_id else None,
        measures=measures,
        services=services,
        unserved=bool({m.party_id for m in measures} - {s.party_id for s in services}),
        open_actions=one.open_actions,
    )


def _parties(
    session: Session,
    case: Case,
    parties: Collection[CaseParty],
    names: Mapping[UUID, str],
    key: ContentKey,
) -> tuple[PartyWithPage, ...]:
    own = select(CaseParty.id).where(CaseParty.case_id == case.id)
    pages = {
        one.party_id: one
        for one in session.scalars(select(PartyAccess).where(PartyAccess.party_id.in_(own)))
    }
    letters = _letters(session, case, key)
    return tuple(
        _party(one, names[one.id], pages.get(one.id), tuple(letters[one.id]), key)
        for one in parties
        if one.struck_at is None
    )


def _party(
    party: CaseParty,
    name: str,
    page: PartyAccess | None,
    letters: tuple[DeskLetter, ...],
    key: ContentKey,
) -> PartyWithPage:
    own = party.id
    return PartyWithPage(
        id=own,
        role=party.role,
        name=name,
        has_page=page is not None,
        alleged=opened(key, page.alleged, "party_access.alleged", own) if page else "",
        answer_by=page.answer_by if page else None,
        opened_on=page.opened_on if page else None,
        hearing_on=page.hearing_on if page else None,
        hearing_at=opened(key, page.hearing_at, "party_access.hearing_at", own) if page else "",
        letters=letters,
    )


def _letters(session: Session, case: Case, key: ContentKey) -> dict[UUID, list[DeskLetter]]:
    """The letters of every party, in three statements whatever their number."""
    inside = CaseParty.case_id == case.id
    rows = session.scalars(
        select(PartyLetter)
        .join(CaseParty, CaseParty.id == PartyLetter.party_id)
        .where(inside)
        .order_by(PartyLetter.at, PartyLetter.id)
    ).all()
    links = session.execute(
        select(PartyFile.letter_id, PartyFile.evidence_id)
        .join(PartyLetter, PartyLetter.id == PartyFile.letter_id)
        .join(CaseParty, CaseParty.id == PartyLetter.party_id)
        .where(inside)
    ).all()
    lines = {one.id: one for one in list_files(session, [link.evidence_id for link in links])}
    files: dict[UUID, list[FileLine]] = defaultdict(list)
    for link in links:
        files[link.letter_id].append(lines[link.evidence_id])
    place = current_place()
    letters: dict[UUID, list[DeskLetter]] = defaultdict(list)
    for one in rows:
        on, text = local_date(place, one.at), words_of(one, key)
        letters[one.party_id].append(DeskLetter(one.kind, on, text, tuple(files[one.id])))
    return letters


def _reviews(
    session: Session,
    case: Case,
    decisions: Sequence[Decision],
    names: Mapping[UUID, str],
    head: Actor | None,
) -> tuple[ReviewLine, ...]:
    """The reviews of a case; whoever had a part in what is reviewed is offered no act on it."""
    key, known = key_of(case), {one.id: one for one in decisions}
    own = own_accounts(session, head.id) if head else frozenset()
    had_it = handlers_of(session, case) if head else frozenset()
    rows = session.scalars(
        select(Review).where(Review.case_id == case.id).order_by(Review.filed_at, Review.id)
    ).all()
    lines = []
    for one in rows:
        decision = known.get(one.decision_id) if one.decision_id else None
        part = had_it | ({decision.drafted_by, decision.approved_by} if decision else set())
        lines.append(
            ReviewLine(
                id=one.id,
                party=names[one.party_id] if one.party_id else None,
                decision=decision.number if decision else None,
                state=one.state,
                due_on=one.due_on,
                outcome=one.outcome,
                reasons=opened(key, one.reasons, "review.reasons", one.id),
                open_actions=one.open_actions if head and not own & part else (),
            )
        )
    return tuple(lines)
