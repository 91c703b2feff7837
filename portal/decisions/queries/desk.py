"""The decisions of a case, the pages of its parties, and its reviews, as the desk sees them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import Case, CasePaper, CaseParty
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.page import get_facts
from portal.decisions.models import (
    Decision,
    DecisionMeasure,
    PartyAccess,
    PartyFile,
    PartyLetter,
    Review,
    Service,
)
from portal.decisions.queries.lines import (
    AddressedMeasure,
    DecisionLine,
    DecisionsPage,
    DeskLetter,
    PartyWithPage,
    ReviewLine,
    ServiceLine,
)
from portal.decisions.queries.notices import told_in
from portal.decisions.queries.offered import (
    Reader,
    acts_of_review,
    acts_on,
    acts_with,
    reader_of,
)
from portal.decisions.queries.parties import (
    Served,
    answer_day,
    measure_line,
    opened,
    words_of,
)
from portal.decisions.rules import Told, carrying_forms, fitting_outcomes, notices_before
from portal.decisions.states import DecisionState, ReviewOutcome
from portal.evidence.queries import FileLine, list_files
from portal.infra.vault import ContentKey
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound

# What has not been served on anybody yet.
_AHEAD: Final = frozenset({DecisionState.DRAFTED, DecisionState.APPROVED})


def get_decisions(session: Session, number: str, actor: Actor) -> DecisionsPage:
    """Everything about the decisions of a case in the actor's scope; NotFound for any other."""
    facts = get_facts(session, number, actor)
    case = get_case(session, number, actor)
    key = key_of(case)
    parties = session.scalars(
        select(CaseParty).where(CaseParty.case_id == case.id).order_by(CaseParty.added_at)
    ).all()
    names = {one.id: _name(one, key) for one in parties}
    decisions = session.scalars(
        select(Decision).where(Decision.case_id == case.id).order_by(Decision.number)
    ).all()
    reader, served = reader_of(session, case, decisions, actor), _served(session, case)
    return DecisionsPage(
        facts=facts,
        decisions=_decisions(session, case, decisions, names, key, served, reader),
        parties=_parties(session, case, parties, names, key, served, reader),
        reviews=_reviews(session, case, decisions, names, reader),
        works=reader.works,
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


def list_outcomes(
    session: Session, number: str, review_id: UUID, actor: Actor
) -> tuple[ReviewOutcome, ...]:
    """The outcomes that a review of a case can have now; NotFound for another case."""
    case = get_case(session, number, actor)
    review = session.get(Review, review_id)
    if review is None or review.case_id != case.id:
        raise NotFound("review")
    about = Decision.case_id == case.id, Decision.state == DecisionState.IN_FORCE
    in_force = session.scalars(select(Decision.id).where(*about)).all()
    of_reporter = review.report_id is not None
    return fitting_outcomes(
        of_reporter=of_reporter,
        stands=case.decision_stands,
        in_force=bool(in_force) if of_reporter else review.decision_id in in_force,
    )


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
    served: Sequence[Served],
    reader: Reader,
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
    numbers = {one.id: one.number for one in decisions}
    ahead = any(one.state in _AHEAD for one in decisions)
    told = _told(session, case) if ahead else Told.everybody()
    return tuple(
        _decision(
            one,
            key,
            people,
            numbers,
            tuple(measures[one.id]),
            _services_of(one, served, names),
            reader,
            told,
        )
        for one in decisions
    )


def _served(session: Session, case: Case) -> list[Served]:
    """What was served in the case and not struck out, with the kind of paper, the first first."""
    rows = session.execute(
        select(Service, CasePaper.form)
        .outerjoin(CasePaper, CasePaper.id == Service.paper_id)
        .where(Service.case_id == case.id, Service.struck_at.is_(None))
        .order_by(Service.served_on, Service.recorded_at)
    )
    return [(row[0], row[1]) for row in rows]


def _told(session: Session, case: Case) -> Told:
    """What the parties were told, by the notice of any step that decides."""
    place = current_place()
    forms = (notices_before(place, one) for one in carrying_forms(place))
    return told_in(session, case, frozenset().union(*forms))


def _untold(one: Decision, measures: Iterable[AddressedMeasure], told: Told) -> tuple[str, ...]:
    """The parties that were not told before it was approved, as whoever serves it is refused."""
    last = local_date(current_place(), one.approved_at) if one.approved_at else date.max
    days = ((m.party, told.day(m.party_id, one.approved_at)) for m in measures)
    return tuple(dict.fromkeys(name for name, on in days if on is None or on > last))


def _on(party: UUID, served: Iterable[Served]) -> list[Served]:
    return [one for one in served if one[0].party_id == party]


def _services_of(
    decision: Decision, served: Iterable[Served], names: Mapping[UUID, str]
) -> tuple[ServiceLine, ...]:
    """The first service of a decision on each party."""
    first: dict[UUID, ServiceLine] = {}
    for one, _form in served:
        if one.decision_id == decision.id and one.object_by is not None:
            name = names[one.party_id]
            line = ServiceLine(one.party_id, name, one.served_on, one.object_by)
            first.setdefault(one.party_id, line)
    return tuple(first.values())


def _decision(
    one: Decision,
    key: ContentKey,
    people: Mapping[UUID | None, str],
    numbers: Mapping[UUID, int],
    measures: tuple[AddressedMeasure, ...],
    services: tuple[ServiceLine, ...],
    reader: Reader,
    told: Told,
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
        untold=_untold(one, measures, told),
        offered=acts_on(one, reader, measured=bool(measures)),
    )


def _parties(
    session: Session,
    case: Case,
    parties: Collection[CaseParty],
    names: Mapping[UUID, str],
    key: ContentKey,
    served: Sequence[Served],
    reader: Reader,
) -> tuple[PartyWithPage, ...]:
    own = select(CaseParty.id).where(CaseParty.case_id == case.id)
    pages = {
        one.party_id: one
        for one in session.scalars(select(PartyAccess).where(PartyAccess.party_id.in_(own)))
    }
    letters = _letters(session, case, key)
    return tuple(
        replace(
            _party(one, names[one.id], pages.get(one.id), tuple(letters[one.id]), key),
            offered=acts_with(pages.get(one.id), reader),
            answer_by=answer_day(pages[one.id].answer_by, _on(one.id, served))
            if one.id in pages
            else None,
        )
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
        offered=(),
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
    reader: Reader,
) -> tuple[ReviewLine, ...]:
    """The reviews of a case; whoever had a part in what is reviewed is offered no act on it."""
    key, known = key_of(case), {one.id: one for one in decisions}
    today = local_date(current_place(), datetime.now(UTC))
    rows = session.scalars(
        select(Review).where(Review.case_id == case.id).order_by(Review.filed_at, Review.id)
    )
    return tuple(
        ReviewLine(
            id=one.id,
            party=names[one.party_id] if one.party_id else None,
            decision=known[one.decision_id].number if one.decision_id else None,
            state=one.state,
            due_on=one.due_on,
            due_before=one.due_before,
            outcome=one.outcome,
            reasons=opened(key, one.reasons, "review.reasons", one.id),
            warned=one.warned_at is not None,
            breached=one.breached_at is not None,
            offered=acts_of_review(one, reader, today),
        )
        for one in rows
    )
