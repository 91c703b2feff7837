"""The papers of a case as its page shows them, and those that wait to be served."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from portal.cases.models import Case, CasePaper, CaseParty, CaseReport
from portal.cases.queries.access import context_of, get_case, in_scope, key_of
from portal.cases.queries.lists import title_of
from portal.decisions.rules import carrying_forms
from portal.infra.vault import ContentKey
from portal.intake.models import Report
from portal.intake.queries import in_scope as reports_in_scope
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.page import Page, Window, page_of
from portal.papers.models import IS_TO_SERVE, MadePaper
from portal.papers.queries.services import ServiceLine, list_services, ordered_of, with_kept
from portal.papers.rules import why_not_final
from portal.papers.sheets import PartyOnPaper
from portal.papers.states import PaperState

TO_SERVE_KEY: Final = (datetime, UUID)
# The columns of the table, since cases have states too.
_TO_SERVE: Final = f"made_paper.{IS_TO_SERVE}"


@dataclass(frozen=True, slots=True)
class MadeLine:
    """A paper of a case that was made here; `struck` when it counts no more in the case.

    `paper_id` is its place in the file, where it is served from. `unfit` is the code of why a
    draft is not made final as it is.
    """

    id: UUID
    paper_id: UUID | None
    form: str
    state: PaperState
    number: str | None
    language: str
    drafted_at: datetime
    issued_at: datetime | None
    party_id: UUID | None
    party: PartyOnPaper | None
    file_id: UUID | None
    struck: bool
    to_serve: bool
    unfit: str | None
    services: tuple[ServiceLine, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it is a draft, or final and not struck out."""
        return self.state is not PaperState.DISCARDED and not self.struck

    @property
    def waits(self) -> bool:
        """Whether it has still to be served."""
        return self.to_serve and not self.struck and all(one.struck_at for one in self.services)


@dataclass(frozen=True, slots=True)
class PutInLine:
    """A paper that was put in as a file and is of a kind that is served on a party."""

    paper_id: UUID
    form: str
    dated: date
    file_id: UUID | None
    struck: bool
    services: tuple[ServiceLine, ...]


@dataclass(frozen=True, slots=True)
class CasePapers:
    """The papers of a case with their service; `alone` are services whose paper is not known.

    `unready` are papers of a kind that carries a decision while none stands for them.
    """

    made: tuple[MadeLine, ...]
    put_in: tuple[PutInLine, ...]
    alone: tuple[ServiceLine, ...]
    unready: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class ToServe:
    """A paper that has still to be served, as the list shows it, with its place in the file."""

    paper_id: UUID
    id: UUID
    case: str
    title: str = field(repr=False)
    form: str
    number: str
    issued_at: datetime
    party: PartyOnPaper | None


def list_made(session: Session, number: str, actor: Actor) -> tuple[MadeLine, ...]:
    """The papers made in a case, but those thrown away; NotFound outside the actor's scope."""
    case = get_case(session, number, actor)
    return _made(session, case, list_services(session, case))


def get_papers(session: Session, number: str, actor: Actor) -> CasePapers:
    """What was made in a case or goes to a party, with every service; NotFound out of scope."""
    case = get_case(session, number, actor)
    services = with_kept(session, case, list_services(session, case))
    alone = tuple(one for one in services if one.paper_id is None)
    made, put_in = _made(session, case, services), _put_in(session, case, services)
    carries, ordered = carrying_forms(current_place()), ordered_of(session, case)
    named = [(one.paper_id, one.form, one.party_id) for one in made if one.paper_id]
    papers = [*named, *((one.paper_id, one.form, None) for one in put_in)]
    unready = frozenset(
        paper_id
        for paper_id, form, party in papers
        if form in carries and not (party in ordered if party else ordered)
    )
    return CasePapers(made, put_in, alone, unready)


def _made(session: Session, case: Case, services: Iterable[ServiceLine]) -> tuple[MadeLine, ...]:
    rows = session.execute(
        select(MadePaper, CasePaper, CaseParty)
        .outerjoin(CasePaper, CasePaper.id == MadePaper.case_paper_id)
        .outerjoin(CaseParty, CaseParty.id == MadePaper.party_id)
        .where(MadePaper.case_id == case.id, MadePaper.state != PaperState.DISCARDED)
        .order_by(MadePaper.drafted_at, MadePaper.id)
    ).all()
    key, found = key_of(case), _by_paper(services)
    return tuple(_line(*row, key, found) for row in rows)


def _put_in(session: Session, case: Case, services: Iterable[ServiceLine]) -> tuple[PutInLine, ...]:
    kinds = [one.code for one in current_place().papers.values() if one.served]
    rows = session.scalars(
        select(CasePaper)
        .outerjoin(MadePaper, MadePaper.case_paper_id == CasePaper.id)
        .where(CasePaper.case_id == case.id, CasePaper.evidence_id.is_not(None))
        .where(CasePaper.form.in_(kinds), MadePaper.id.is_(None))
        .order_by(CasePaper.added_at, CasePaper.id)
    )
    found = _by_paper(services)
    return tuple(
        PutInLine(
            one.id,
            one.form,
            one.dated,
            one.evidence_id,
            one.struck_at is not None,
            tuple(found.get(one.id, ())),
        )
        for one in rows
    )


def _by_paper(services: Iterable[ServiceLine]) -> Mapping[UUID, Sequence[ServiceLine]]:
    found: dict[UUID, list[ServiceLine]] = defaultdict(list)
    for one in services:
        if one.paper_id is not None:
            found[one.paper_id].append(one)
    return found


def get_made(session: Session, number: str, paper_id: UUID, actor: Actor) -> MadeLine:
    """One paper made in a case; NotFound outside the actor's scope, and for one thrown away."""
    found = {one.id: one for one in list_made(session, number, actor)}
    if paper_id not in found:
        raise NotFound("paper")
    return found[paper_id]


def words_on(session: Session, number: str, paper_id: UUID, actor: Actor) -> dict[str, str]:
    """What is written on a paper, by its parts, to be written anew."""
    case = get_case(session, number, actor)
    made = session.get(MadePaper, paper_id)
    if made is None or made.case_id != case.id:
        raise NotFound("paper")
    said = key_of(case).decrypt_json(made.words, context_of("made_paper.words", made.id))
    return {**said, "party": str(made.party_id or ""), "language": made.language}


def list_parties(session: Session, number: str, actor: Actor) -> list[tuple[UUID, PartyOnPaper]]:
    """Whom a paper of the case can be for: its parties that are not struck out."""
    case = get_case(session, number, actor)
    wanted = select(CaseParty).where(CaseParty.case_id == case.id, CaseParty.struck_at.is_(None))
    key = key_of(case)
    rows = session.scalars(wanted.order_by(CaseParty.added_at, CaseParty.id))
    return [(one.id, _party(key, one)) for one in rows]


def party_of(session: Session, case: Case, party_id: UUID | None) -> PartyOnPaper | None:
    """Whom a paper of the case is for.

    Raises NotFound for a party of another case, and RuleBroken for one that was struck out.
    """
    if party_id is None:
        return None
    party = find_party(session, party_id)
    if party is None or party.case_id != case.id:
        raise NotFound("party")
    if party.struck_at is not None:
        raise RuleBroken("party-struck")
    return _party(key_of(case), party)


def find_party(session: Session, party_id: UUID | None) -> CaseParty | None:
    """A party as it is stored, if the paper names one."""
    return session.get(CaseParty, party_id) if party_id is not None else None


def why_unfit(made: MadePaper, party: CaseParty | None) -> str | None:
    """Why a paper is not made final for the party that it names, if it names one."""
    form = current_place().papers.get(made.form)
    return why_not_final(
        served=form is not None and form.served,
        named=party is not None,
        struck=party is not None and party.struck_at is not None,
    )


def reports_of(session: Session, case: Case, actor: Actor) -> tuple[tuple[str, date], ...]:
    """Reference and day of the reports of a case that the actor may read; nothing else of them."""
    rows = session.execute(
        select(Report.reference, Report.received_at)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None), reports_in_scope(actor))
        .order_by(Report.received_at, Report.id)
    )
    place = current_place()
    return tuple((row.reference, local_date(place, row.received_at)) for row in rows)


def list_to_serve(session: Session, actor: Actor, window: Window) -> Page[ToServe]:
    """The papers that have still to be served, the oldest first."""
    at, own = MadePaper.issued_at, MadePaper.id
    asked = (
        select(MadePaper, Case, CaseParty)
        .join(Case, Case.id == MadePaper.case_id)
        .join(CasePaper, CasePaper.id == MadePaper.case_paper_id)
        .outerjoin(CaseParty, CaseParty.id == MadePaper.party_id)
        .where(text(_TO_SERVE), CasePaper.struck_at.is_(None), in_scope(actor))
        .where(CaseParty.struck_at.is_(None))  # or names no party
        .limit(window.fetch)
    )
    if window.key is not None:
        moment, last = window.key
        further = at <= moment if window.backwards else at >= moment
        beyond = or_(at < moment, own < last) if window.backwards else or_(at > moment, own > last)
        asked = asked.where(further, beyond)
    order = (at.desc(), own.desc()) if window.backwards else (at, own)
    rows = session.execute(asked.order_by(*order)).all()
    lines = [_waiting(*row) for row in rows]
    return page_of(lines, window, lambda line: (line.issued_at, line.id))


def _waiting(made: MadePaper, case: Case, party: CaseParty | None) -> ToServe:
    if made.number is None or made.issued_at is None or made.case_paper_id is None:
        raise ValueError("a paper is served when it is final")
    whom = _party(key_of(case), party) if party else None
    said = case.number, title_of(case), made.form, made.number, made.issued_at, whom
    return ToServe(made.case_paper_id, made.id, *said)


def _line(
    made: MadePaper,
    paper: CasePaper | None,
    party: CaseParty | None,
    key: ContentKey,
    services: Mapping[UUID, Sequence[ServiceLine]],
) -> MadeLine:
    return MadeLine(
        id=made.id,
        paper_id=made.case_paper_id,
        form=made.form,
        state=made.state,
        number=made.number,
        language=made.language,
        drafted_at=made.drafted_at,
        issued_at=made.issued_at,
        party_id=made.party_id,
        party=_party(key, party) if party else None,
        file_id=paper.evidence_id if paper else None,
        struck=paper is not None and paper.struck_at is not None,
        to_serve=made.to_serve and not (party is not None and party.struck_at),
        unfit=why_unfit(made, party) if made.state is PaperState.DRAFTED else None,
        services=tuple(services.get(made.case_paper_id, ())) if made.case_paper_id else (),
    )


def _party(key: ContentKey, party: CaseParty) -> PartyOnPaper:
    said = key.decrypt_json(party.body, context_of("case_party.body", party.id))
    return PartyOnPaper(party.role, said["name"], said["address"])
