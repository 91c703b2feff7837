"""The decisions of a case, the pages of its parties, and its reviews, as the desk sees them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import Case, CasePaper, CaseParty
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.inside import THIS_CASE
from portal.cases.queries.page import facts_of
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
    Served,
    hearings_found,
    lines_found,
    notices_among,
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
from portal.decisions.queries.notices import approvals_of, told_in_found
from portal.decisions.queries.offered import (
    Reader,
    acts_of_review,
    acts_on,
    acts_with,
    reader_of,
)
from portal.decisions.queries.parties import (
    answer_day,
    in_order,
    measure_line,
    opened,
    words_of,
)
from portal.decisions.rules import Approval, Hearing, Told, every_notice, fitting_outcomes
from portal.decisions.states import DecisionState, ReviewOutcome
from portal.evidence.queries import FileLine, list_files
from portal.infra.together import Found, Together
from portal.infra.vault import ContentKey
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound

_OWN_PARTIES: Final = select(CaseParty.id).where(CaseParty.case_id == THIS_CASE)
_OWN_DECISIONS: Final = select(Decision.id).where(Decision.case_id == THIS_CASE)
_OWN_LETTERS: Final = select(PartyLetter.id).where(PartyLetter.party_id.in_(_OWN_PARTIES))
_DECIDED: Final = Together(
    {
        CaseParty: CaseParty.case_id == THIS_CASE,
        CasePaper: CasePaper.case_id == THIS_CASE,
        Decision: Decision.case_id == THIS_CASE,
        DecisionMeasure: DecisionMeasure.decision_id.in_(_OWN_DECISIONS),
        Service: (Service.case_id == THIS_CASE) & Service.struck_at.is_(None),
        PartyAccess: PartyAccess.party_id.in_(_OWN_PARTIES),
        PartyLetter: PartyLetter.party_id.in_(_OWN_PARTIES),
        PartyHearing: PartyHearing.party_id.in_(_OWN_PARTIES),
        PartyFile: PartyFile.letter_id.in_(_OWN_LETTERS),
        Review: Review.case_id == THIS_CASE,
    }
)
# What has not been served on anybody yet.
_AHEAD: Final = frozenset({DecisionState.DRAFTED, DecisionState.APPROVED})


def get_decisions(session: Session, number: str, actor: Actor) -> DecisionsPage:
    """Everything about the decisions of a case in the actor's scope; NotFound for any other."""
    case = get_case(session, number, actor)
    key, found = key_of(case), _DECIDED.read(session, case=case.id)
    parties = found.of(CaseParty, by=lambda one: one.added_at)
    names = {one.id: _name(one, key) for one in parties}
    decisions = found.of(Decision, by=lambda one: one.number)
    people = _people(session, case, decisions)
    reader, served = reader_of(session, case, decisions, actor), _served(found)
    pages = _parties(session, case, found, names, served, reader)
    return DecisionsPage(
        facts=facts_of(case, people.get(case.handler_id), actor),
        decisions=_decisions(session, case, found, names, people, reader, pages),
        parties=tuple(one for one in pages if not one.struck),
        former=tuple(one for one in pages if one.struck),
        reviews=_reviews(case, found, names, reader),
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


def get_alleged(session: Session, number: str, party_id: UUID, actor: Actor) -> str:
    """What a party of a case is told so far, to be said again with a new code."""
    case = get_case(session, number, actor)
    party, page = session.get(CaseParty, party_id), session.get(PartyAccess, party_id)
    if party is None or party.case_id != case.id:
        raise NotFound("party")
    if page is None:
        return ""
    return opened(key_of(case), page.alleged, "party_access.alleged", party_id)


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


def _people(
    session: Session, case: Case, decisions: Iterable[Decision]
) -> Mapping[UUID | None, str]:
    """Who has the case, and who drafted and approved its decisions."""
    made = (who for one in decisions for who in (one.drafted_by, one.approved_by))
    known = {case.handler_id, *made} - {None}
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(known)))
    return {row.id: row.display_name for row in rows}


def _decisions(
    session: Session,
    case: Case,
    found: Found,
    names: Mapping[UUID, str],
    people: Mapping[UUID | None, str],
    reader: Reader,
    pages: Iterable[PartyWithPage],
) -> tuple[DecisionLine, ...]:
    decisions, key = found.of(Decision, by=lambda one: one.number), key_of(case)
    served = _served(found)
    measures: dict[UUID, list[AddressedMeasure]] = defaultdict(list)
    for one in found.of(DecisionMeasure, by=lambda one: (one.added_at, one.id)):
        line = AddressedMeasure(one.id, one.party_id, names[one.party_id], measure_line(one, key))
        measures[one.decision_id].append(line)
    numbers = {one.id: one.number for one in decisions}
    ahead = any(one.state in _AHEAD for one in decisions)
    told = Told.everybody()
    if ahead:
        told = told_in_found(session, case, every_notice(current_place()), found)
    approvals, drafted = approvals_of(session, decisions, told), reader.approval.by_another()
    by_party = {one.id: one for one in pages}
    return tuple(
        replace(
            _decision(
                one,
                key,
                people,
                numbers,
                tuple(measures[one.id]),
                _services_of(one, served, names),
            ),
            **_as_told(
                one, measures[one.id], told, approvals.get(one.id, drafted), reader, by_party
            ),
        )
        for one in decisions
    )


def _as_told(
    one: Decision,
    measures: Sequence[AddressedMeasure],
    told: Told,
    approval: Approval,
    reader: Reader,
    pages: Mapping[UUID, PartyWithPage],
) -> dict[str, Any]:
    """What follows from what the parties were told, and from how they were heard.

    As whoever approves or serves is refused; that a time to answer runs is only said.
    """
    parties = [each.party_id for each in measures]
    untold = (each.party for each in measures if told.why_untold(each.party_id, approval))
    own = approval if one.approved_at else reader.approval
    known = [pages[party] for party in dict.fromkeys(parties) if party in pages]
    unheard = tuple(each.name for each in known if each.hearing.is_owed(approval.on))
    ahead = known if one.state is DecisionState.DRAFTED else ()
    return {
        "untold": tuple(dict.fromkeys(untold)),
        "unheard": unheard,
        "answering": tuple(each.name for each in ahead if each.may_answer(approval.on)),
        "own_waiver": told.rests_on_own_waiver(parties, own),
        "offered": acts_on(one, reader, parties, told, heard=not unheard),
    }


def _served(found: Found) -> list[Served]:
    """What was served in the case and not struck out, with the kind of paper, the first first."""
    forms = {one.id: one.form for one in found.of(CasePaper)}
    rows = found.of(Service, by=lambda one: (one.served_on, one.recorded_at))
    return [(one, forms[one.paper_id] if one.paper_id else None) for one in rows]


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
        approved_on=local_date(current_place(), one.approved_at) if one.approved_at else None,
        replaces=numbers.get(one.replaces_id) if one.replaces_id else None,
        measures=measures,
        services=services,
        unserved=bool({m.party_id for m in measures} - {s.party_id for s in services}),
        untold=(),
        unheard=(),
        answering=(),
        own_waiver=False,
        offered=(),
    )


def _parties(
    session: Session,
    case: Case,
    found: Found,
    names: Mapping[UUID, str],
    served: Sequence[Served],
    reader: Reader,
) -> tuple[PartyWithPage, ...]:
    key, pages = key_of(case), {one.party_id: one for one in found.of(PartyAccess)}
    letters, lines = _letters(session, found, key), lines_found(found, key)
    newest = hearings_found(found)
    return tuple(
        replace(
            _party(one, names[one.id], pages.get(one.id), tuple(letters[one.id]), key),
            hearing=newest.get(one.id, Hearing()),
            hearings=lines.get(one.id, ()),
            offered=acts_with(
                newest.get(one.id, Hearing()), notices_among(_on(one.id, served)), reader
            ),
            answer_by=answer_day(case, pages[one.id].answer_by, _on(one.id, served))
            if one.id in pages
            else None,
        )
        for one in found.of(CaseParty, by=lambda one: one.added_at)
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
        struck=party.struck_at is not None,
        role=party.role,
        name=name,
        has_page=page is not None,
        alleged=opened(key, page.alleged, "party_access.alleged", own) if page else "",
        answer_by=page.answer_by if page else None,
        opened_on=page.opened_on if page else None,
        hearing=Hearing(),
        hearings=(),
        letters=letters,
        offered=(),
    )


def _letters(session: Session, found: Found, key: ContentKey) -> dict[UUID, list[DeskLetter]]:
    """The letters of every party, with their files."""
    links = found.of(PartyFile)
    held = [one.evidence_id for one in links]
    lines = {one.id: one for one in list_files(session, held)} if held else {}
    files: dict[UUID, list[FileLine]] = defaultdict(list)
    for link in links:
        files[link.letter_id].append(lines[link.evidence_id])
    place = current_place()
    letters: dict[UUID, list[DeskLetter]] = defaultdict(list)
    for one in found.of(PartyLetter, by=in_order):
        on, text = local_date(place, one.at), words_of(one, key)
        letters[one.party_id].append(DeskLetter(one.kind, on, text, tuple(files[one.id])))
    return letters


def _reviews(
    case: Case, found: Found, names: Mapping[UUID, str], reader: Reader
) -> tuple[ReviewLine, ...]:
    """The reviews of a case; whoever had a part in what is reviewed is offered no act on it."""
    key, known = key_of(case), {one.id: one for one in found.of(Decision)}
    today = local_date(current_place(), datetime.now(UTC))
    rows = found.of(Review, by=lambda one: (one.filed_at, one.id))
    return tuple(
        ReviewLine(
            id=one.id,
            party=names[one.party_id] if one.party_id else None,
            decision=known[one.decision_id].number if one.decision_id else None,
            state=one.state,
            due_on=one.due_on,
            due_before=one.due_before,
            filed_on=local_date(current_place(), one.filed_at),
            decided_on=local_date(current_place(), one.decided_at) if one.decided_at else None,
            outcome=one.outcome,
            reasons=opened(key, one.reasons, "review.reasons", one.id),
            warned=one.warned_at is not None,
            breached=one.breached_at is not None,
            offered=acts_of_review(one, reader, today),
        )
        for one in rows
    )
