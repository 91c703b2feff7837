"""Service as the papers of a case show it: every entry, with what runs from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Case, CasePaper, CaseParty
from portal.cases.queries.access import context_of, get_case, key_of
from portal.decisions.models import Decision, DecisionMeasure, Service
from portal.decisions.queries.kept import why_kept
from portal.decisions.rules import carrying_forms
from portal.decisions.states import STANDING, ServiceWay
from portal.infra.vault import ContentKey
from portal.jurisdiction.place import Calendar
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.papers.models import MadePaper
from portal.papers.rules import Running, running_from

# As it was called before one table held the service of papers and of decisions: what was written
# then is opened by it.
SAID: Final = "paper_service.body"
STRUCK: Final = "service.struck_because"
_UNSAID: Final = dict.fromkeys(("to_whom", "by_whom", "witness", "consent", "note"), "")


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service as it is shown; `runs` are the times that run from it.

    `kept` is the code of why it is not to be struck out now.

    `way` is None and the words are "" where only the day of a decision was noted, once.
    """

    id: UUID
    paper_id: UUID | None
    form: str
    number: str
    party: str = field(repr=False)
    decision: int | None
    way: ServiceWay | None
    served_on: date
    object_by: date | None
    refused: bool
    to_whom: str = field(repr=False)
    by_whom: str = field(repr=False)
    witness: str = field(repr=False)
    consent: str = field(repr=False)
    note: str = field(repr=False)
    proof_id: UUID | None
    struck_at: datetime | None
    because: str = field(repr=False)
    runs: tuple[Running, ...]
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Servable:
    """A paper of a case whose service can be recorded: of which party, with which decision.

    `party` is None where the paper does not name one; `decisions` are those it may carry, none for
    a kind that carries no decision. `open` is False for one that is not served, and where it or its
    party is struck out.
    """

    form: str
    number: str
    party: str | None = field(repr=False)
    carries: bool
    decisions: tuple[int, ...]
    open: bool

    @property
    def ready(self) -> bool:
        """Whether its service can be recorded now."""
        return self.open and (bool(self.decisions) or not self.carries)


def list_services(session: Session, case: Case) -> tuple[ServiceLine, ...]:
    """Every service of a case that is in the reader's sight, as they were written down."""
    proof, key = aliased(CasePaper), key_of(case)
    calendar = current_place().calendar_of(case.department_code)
    rows = session.execute(
        select(
            Service, CaseParty, CasePaper.form, MadePaper.number, Decision.number, proof.evidence_id
        )
        .join(CaseParty, CaseParty.id == Service.party_id)
        .outerjoin(CasePaper, CasePaper.id == Service.paper_id)
        .outerjoin(MadePaper, MadePaper.case_paper_id == Service.paper_id)
        .outerjoin(Decision, Decision.id == Service.decision_id)
        .outerjoin(proof, proof.id == Service.proof_id)
        .where(Service.case_id == case.id)
        .order_by(Service.recorded_at, Service.id)
    )
    return tuple(_line(key, calendar, *row) for row in rows)


def get_service(session: Session, number: str, service_id: UUID, actor: Actor) -> ServiceLine:
    """A service of a case in the actor's scope that was not struck out; NotFound for any other."""
    case = get_case(session, number, actor)
    for one in with_kept(session, case, list_services(session, case)):
        if one.id == service_id and one.struck_at is None:
            return one
    raise NotFound("service")


def with_kept(
    session: Session, case: Case, services: tuple[ServiceLine, ...]
) -> tuple[ServiceLine, ...]:
    """The services with what keeps each from being struck out."""
    if not services:
        return ()
    kept = why_kept(session, case)
    return tuple(replace(one, kept=kept.get(one.id)) for one in services)


def get_servable(session: Session, number: str, paper_id: UUID, actor: Actor) -> Servable:
    """A paper of the case to be served; NotFound outside the scope and for one of another case."""
    case = get_case(session, number, actor)
    found = session.execute(
        select(CasePaper, MadePaper, CaseParty)
        .outerjoin(MadePaper, MadePaper.case_paper_id == CasePaper.id)
        .outerjoin(CaseParty, CaseParty.id == MadePaper.party_id)
        .where(CasePaper.id == paper_id, CasePaper.case_id == case.id)
    ).first()
    if found is None:
        raise NotFound("paper")
    paper: CasePaper = found[0]
    made: MadePaper | None = found[1]
    party: CaseParty | None = found[2]
    carries = paper.form in carrying_forms(current_place())
    struck = paper.struck_at is not None or (party is not None and party.struck_at is not None)
    return Servable(
        form=paper.form,
        number=made.number or "" if made is not None else "",
        party=_name(key_of(case), party) if party is not None else None,
        carries=carries,
        decisions=_decisions(session, case, paper, party) if carries else (),
        open=is_served(paper, made) and not struck,
    )


def is_served(paper: CasePaper, made: MadePaper | None) -> bool:
    """Whether a paper of this kind goes to a party; a waiver goes to nobody."""
    if paper.evidence_id is None:
        return False
    form = current_place().papers.get(paper.form)
    return made.to_serve if made else bool(form and form.served)


def carried_by(session: Session, paper: CasePaper) -> UUID | None:
    """The decision that a paper carries, by its service that is not struck out."""
    wanted = select(Service.decision_id).where(
        Service.case_id == paper.case_id,
        Service.paper_id == paper.id,
        Service.struck_at.is_(None),
        Service.decision_id.is_not(None),
    )
    return session.scalar(wanted.limit(1))


def ordered_of(session: Session, case: Case) -> frozenset[UUID]:
    """The parties of whom a decision that stands orders something."""
    wanted = (
        select(DecisionMeasure.party_id)
        .join(Decision, Decision.id == DecisionMeasure.decision_id)
        .where(Decision.case_id == case.id, Decision.state.in_(STANDING))
    )
    return frozenset(session.scalars(wanted.distinct()))


def _decisions(
    session: Session, case: Case, paper: CasePaper, party: CaseParty | None
) -> tuple[int, ...]:
    """The numbers of those that stand, and order something of the party of the paper."""
    carried = carried_by(session, paper)
    wanted = select(Decision.number).where(
        Decision.case_id == case.id, Decision.state.in_(STANDING)
    )
    if carried is not None:
        wanted = wanted.where(Decision.id == carried)
    if party is not None:
        ordering = select(DecisionMeasure.decision_id).where(DecisionMeasure.party_id == party.id)
        wanted = wanted.where(Decision.id.in_(ordering))
    return tuple(session.scalars(wanted.order_by(Decision.number)))


def _line(
    key: ContentKey,
    calendar: Calendar,
    one: Service,
    party: CaseParty,
    form: str | None,
    number: str | None,
    decision: int | None,
    proof: UUID | None,
) -> ServiceLine:
    place = current_place()
    kind = place.papers.get(form or "")
    because = one.struck_because
    return ServiceLine(
        id=one.id,
        paper_id=one.paper_id,
        form=form or "",
        number=number or "",
        party=_name(key, party),
        decision=decision,
        way=one.way,
        served_on=one.served_on,
        object_by=one.object_by,
        refused=one.refused,
        proof_id=proof,
        struck_at=one.struck_at,
        because=key.decrypt_text(because, context_of(STRUCK, one.id)) if because else "",
        runs=tuple(running_from(kind, one.served_on, calendar)) if kind else (),
        **_words(key, one),
    )


def _words(key: ContentKey, one: Service) -> Mapping[str, str]:
    if one.body is None:
        return _UNSAID
    return {**_UNSAID, **key.decrypt_json(one.body, context_of(SAID, one.id))}


def _name(key: ContentKey, party: CaseParty) -> str:
    said = key.decrypt_json(party.body, context_of("case_party.body", party.id))
    return str(said["name"])
