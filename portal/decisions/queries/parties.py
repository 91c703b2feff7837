"""What a party may know of its case: an allow-list, made for that page and no other.

Nothing of a report or a reporter is read here, and times are days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CasePaper, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import last_day, step_of
from portal.cases.states import CaseAction, CaseState, PartyRole
from portal.decisions.models import (
    Decision,
    DecisionMeasure,
    PartyAccess,
    PartyFile,
    PartyHearing,
    PartyLetter,
    Review,
    Service,
)
from portal.decisions.queries.hearings import (
    HearingLine,
    Served,
    lines_of,
    newest_of,
    notices_among,
)
from portal.decisions.states import (
    DecisionSource,
    DecisionState,
    LetterKind,
    ReviewOutcome,
    ReviewState,
)
from portal.evidence.queries import list_files
from portal.infra.vault import ContentKey
from portal.infra.visits import Ticket, VisitPurpose, find_visit
from portal.intake.rules import local_date
from portal.jurisdiction.place import Text
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter as the party reads it: of what it sent the words, of a notice both languages."""

    kind: LetterKind
    on: date
    text: Text = field(repr=False)
    files: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure against this party."""

    code: str
    detail: str = field(repr=False)
    last_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """How this party's objection stands."""

    state: ReviewState
    due_on: date
    due_before: date | None
    outcome: ReviewOutcome | None
    reasons: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServedDecision:
    """A decision as it was served on this party: all that a statement of reasons says."""

    id: UUID
    number: int
    state: DecisionState
    basis: Text | None
    article: str = field(repr=False)
    facts: str = field(repr=False)
    source: DecisionSource
    automated: bool
    objection_to: str = field(repr=False)
    court: str = field(repr=False)
    measures: tuple[MeasureLine, ...]
    served_on: date
    object_by: date
    objection: ObjectionLine | None
    may_object: bool


@dataclass(frozen=True, slots=True)
class PartyPage:
    """Everything the page of a party shows."""

    id: UUID
    number: str
    department: Text | None
    role: PartyRole
    name: str = field(repr=False)
    alleged: str = field(repr=False)
    answer_by: date | None
    may_write: bool
    hearings: tuple[HearingLine, ...]
    may_ask: bool
    letters: tuple[LetterLine, ...]
    decisions: tuple[ServedDecision, ...]
    file_sizes: tuple[int, ...]

    def takes_objection(self, number: int) -> bool:
        """Whether the party may object to this decision now."""
        return any(one.number == number and one.may_object for one in self.decisions)


def find_access(session: Session, mac: bytes) -> PartyAccess | None:
    """The page whose code has the locator of this hash; none for a party that is struck out."""
    wanted = select(PartyAccess).join(CaseParty, CaseParty.id == PartyAccess.party_id)
    return session.scalar(
        wanted.where(PartyAccess.locator_mac == mac, CaseParty.struck_at.is_(None))
    )


def visit_of(access: PartyAccess) -> dict[str, str]:
    """What a visit remembers: by which code it came, so that it ends when that is replaced."""
    return {"party": access.locator_mac.hex()}


def get_visited(session: Session, ticket: Ticket) -> UUID:
    """The party whose page this ticket opens; NotFound for an expired or unknown one."""
    state = find_visit(session, ticket, VisitPurpose.PARTY) or {}
    mac = bytes.fromhex(state.get("party", ""))
    access = find_access(session, mac) if mac else None
    if access is None:
        raise NotFound("party")
    return access.party_id


def get_party_page(session: Session, party_id: UUID) -> PartyPage:
    """The page of a party that has one; NotFound for one that is struck out."""
    found = session.execute(
        select(CaseParty, Case, PartyAccess)
        .join(Case, Case.id == CaseParty.case_id)
        .join(PartyAccess, PartyAccess.party_id == CaseParty.id)
        .where(CaseParty.id == party_id, CaseParty.struck_at.is_(None))
    ).first()
    if found is None:
        raise NotFound("party")
    party, case, access = found
    key, place = key_of(case), current_place()
    unit = place.departments.get(case.department_code)
    letters, sizes = _letters(session, party_id, key)
    services, today = services_on(session, party_id), local_date(place, datetime.now(UTC))
    hearings = session.scalars(select(PartyHearing).where(PartyHearing.party_id == party_id)).all()
    return PartyPage(
        id=party.id,
        number=case.number,
        department=unit.name if unit else None,
        role=party.role,
        name=key.decrypt_json(party.body, context_of("case_party.body", party.id))["name"],
        alleged=opened(key, access.alleged, "party_access.alleged", party.id),
        answer_by=answer_day(case, access.answer_by, services),
        may_write=case.state is not CaseState.CLOSED,
        hearings=lines_of(hearings, key),
        may_ask=newest_of(hearings).may_be_asked(notices_among(services), today),
        letters=letters,
        decisions=_served(session, party_id, key, [one for one, _form in services]),
        file_sizes=sizes,
    )


def services_on(session: Session, party_id: UUID) -> list[Served]:
    """What was served on a party, and not struck out, with the kind of paper; the first first."""
    rows = session.execute(
        select(Service, CasePaper.form)
        .outerjoin(CasePaper, CasePaper.id == Service.paper_id)
        .where(Service.party_id == party_id, Service.struck_at.is_(None))
        .order_by(Service.served_on, Service.recorded_at)
    )
    return [(row[0], row[1]) for row in rows]


def answer_day(case: Case, promised: date | None, services: Iterable[Served]) -> date | None:
    """Until when a party may answer: counted from the service of the notice, never less than said.

    A page is opened for a party before the notice with its code is served on it.
    """
    place = current_place()
    notices = step_of(place, CaseAction.NOTIFY).forms
    served = next((one.served_on for one, form in services if form in notices), None)
    counted = last_day(place, case.department_code, "answer", served) if served else None
    return max((day for day in (promised, counted) if day), default=None)


def opened(key: ContentKey, sealed: bytes | None, part: str, own: UUID) -> str:
    """The text of a column, or "" where there is none."""
    return "" if sealed is None else key.decrypt_text(sealed, context_of(part, own))


def in_order(letter: PartyLetter) -> tuple[datetime, bool, UUID]:
    """Where a letter stands among the others: what a party sent before what it was told of it."""
    return letter.at, letter.kind is LetterKind.NOTICE, letter.id


def words_of(letter: PartyLetter, key: ContentKey) -> Text:
    """The words of a letter; what a party wrote is the same in both languages."""
    said = key.decrypt_json(letter.body, context_of("party_letter.body", letter.id))
    return Text(said["zh"], said["en"])


def _letters(
    session: Session, party_id: UUID, key: ContentKey
) -> tuple[tuple[LetterLine, ...], tuple[int, ...]]:
    rows = session.execute(
        select(PartyLetter, PartyFile.evidence_id)
        .outerjoin(PartyFile, PartyFile.letter_id == PartyLetter.id)
        .where(PartyLetter.party_id == party_id)
    ).all()
    held = list(filter(None, (evidence_id for _letter, evidence_id in rows)))
    files = {one.id: one for one in list_files(session, held)}
    names: dict[UUID, list[str]] = {}
    for letter, evidence_id in rows:
        if evidence_id in files:
            names.setdefault(letter.id, []).append(files[evidence_id].filename)
    place = current_place()
    lines = tuple(
        LetterLine(
            kind=one.kind,
            on=local_date(place, one.at),
            text=words_of(one, key),
            files=tuple(names.get(one.id, ())),
        )
        for one in sorted({letter.id: letter for letter, _file in rows}.values(), key=in_order)
    )
    return lines, tuple(file.size for file in files.values())


def _concerning(party_id: UUID) -> Select[UUID]:
    """The decisions that order something of this party: others are none of its business."""
    return select(DecisionMeasure.decision_id).where(DecisionMeasure.party_id == party_id)


def _served(
    session: Session, party_id: UUID, key: ContentKey, services: Sequence[Service]
) -> tuple[ServedDecision, ...]:
    first: dict[UUID | None, Service] = {}
    for one in services:
        first.setdefault(one.decision_id, one)
    rows = session.scalars(
        select(Decision)
        .where(
            Decision.id.in_([one for one in first if one]), Decision.id.in_(_concerning(party_id))
        )
        .order_by(Decision.number)
    ).all()
    own = DecisionMeasure.party_id == party_id
    measures = session.scalars(
        select(DecisionMeasure).where(own).order_by(DecisionMeasure.added_at, DecisionMeasure.id)
    ).all()
    reviews = session.scalars(select(Review).where(Review.party_id == party_id)).all()
    objections = {one.decision_id: one for one in reviews}
    today = local_date(current_place(), datetime.now(UTC))
    return tuple(
        _decision(one, first[one.id], measures, objections.get(one.id), key, today) for one in rows
    )


def _decision(
    decision: Decision,
    service: Service,
    measures: Sequence[DecisionMeasure],
    review: Review | None,
    key: ContentKey,
    today: date,
) -> ServedDecision:
    said: Mapping[str, str] = key.decrypt_json(
        decision.content, context_of("decision.content", decision.id)
    )
    basis = current_place().bases.get(decision.basis or "")
    in_force, last = (
        decision.state is DecisionState.IN_FORCE,
        service.object_by or service.served_on,
    )
    return ServedDecision(
        id=decision.id,
        number=decision.number,
        state=decision.state,
        basis=basis.name if basis else None,
        article=said["article"],
        facts=said["facts"],
        source=decision.source,
        automated=decision.automated,
        objection_to=said["objection_to"],
        court=said["court"],
        measures=tuple(
            measure_line(one, key) for one in measures if one.decision_id == decision.id
        ),
        served_on=service.served_on,
        object_by=last,
        objection=_objection(review, key) if review else None,
        may_object=in_force and review is None and today <= last,
    )


def measure_line(one: DecisionMeasure, key: ContentKey) -> MeasureLine:
    """A measure with its words."""
    detail = key.decrypt_text(one.body, context_of("decision_measure.body", one.id))
    return MeasureLine(one.code, detail, one.last_on, one.ended_on)


def _objection(review: Review, key: ContentKey) -> ObjectionLine:
    reasons = opened(key, review.reasons, "review.reasons", review.id)
    return ObjectionLine(review.state, review.due_on, review.due_before, review.outcome, reasons)
