"""What a unit reads of a case that is offered to it as a whole: what was chosen, and no more."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.chain_models import CaseLead
from portal.cases.models import Case, CasePaper, CaseParty, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.cases.queries.chain import get_lead
from portal.cases.states import (
    CaseLeadAction,
    CaseState,
    OfferPart,
    PartyRole,
    Severity,
    SeverityFactor,
)
from portal.evidence.queries import FileLine, list_files
from portal.infra.vault import ContentKey
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound


@dataclass(frozen=True, slots=True)
class OfferedParty:
    role: PartyRole
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OfferedPaper:
    """A paper by its kind; the file only where files were chosen."""

    form: str
    file: FileLine | None


@dataclass(frozen=True, slots=True)
class OfferedCase:
    """The chosen parts; of its reports only how many there are."""

    case_id: UUID
    state: CaseState
    reports: int
    title: str | None = field(repr=False)
    summary: str | None = field(repr=False)
    severity: Severity | None
    factors: tuple[SeverityFactor, ...]
    parties: tuple[OfferedParty, ...]
    papers: tuple[OfferedPaper, ...]


def get_offered(session: Session, lead_id: UUID, actor: Actor) -> OfferedCase:
    """What the actor's unit may read of a case offered to it; NotFound for anything else.

    Raises MoveRefused for an offer that is not open any more.
    """
    offer, case = get_lead(session, lead_id, actor)
    if not offer.whole:
        raise NotFound("case-lead")
    if CaseLeadAction.ACCEPT not in offer.open_actions:
        raise MoveRefused("offer-not-open", subject="case_lead", state=offer.state)
    parts, key = frozenset(OfferPart(part) for part in offer.parts), key_of(case)
    said = key.decrypt_json(case.content, context_of("case_file.content", case.id))
    summary, graded = OfferPart.SUMMARY in parts, OfferPart.SEVERITY in parts
    counted = select(func.count(CaseReport.id)).where(
        CaseReport.case_id == case.id, CaseReport.left_at.is_(None)
    )
    return OfferedCase(
        case_id=case.id,
        state=case.state,
        reports=session.scalar(counted) or 0,
        title=said["title"] if summary else None,
        summary=said["summary"] if summary else None,
        severity=case.severity if graded else None,
        factors=tuple(SeverityFactor(one) for one in case.factors) if graded else (),
        parties=_parties(session, case, key) if OfferPart.PARTIES in parts else (),
        papers=_papers(session, case, parts),
    )


def get_offered_file(
    session: Session, lead_id: UUID, evidence_id: UUID, actor: Actor
) -> tuple[CaseLead, Case]:
    """An offer with a file that may be opened before it is accepted; NotFound for any other."""
    offer, case = get_lead(session, lead_id, actor)
    wanted = select(CasePaper.id).where(
        CasePaper.case_id == case.id,
        CasePaper.evidence_id == evidence_id,
        CasePaper.struck_at.is_(None),
    )
    waits = CaseLeadAction.ACCEPT in offer.open_actions and OfferPart.FILES in offer.parts
    if not waits or session.scalar(wanted) is None:
        raise NotFound("file")
    return offer, case


def _parties(session: Session, case: Case, key: ContentKey) -> tuple[OfferedParty, ...]:
    rows = session.scalars(
        select(CaseParty)
        .where(CaseParty.case_id == case.id, CaseParty.struck_at.is_(None))
        .order_by(CaseParty.added_at)
    )
    return tuple(
        OfferedParty(
            one.role, key.decrypt_json(one.body, context_of("case_party.body", one.id))["name"]
        )
        for one in rows
    )


def _papers(session: Session, case: Case, parts: frozenset[OfferPart]) -> tuple[OfferedPaper, ...]:
    if not parts & {OfferPart.PAPERS, OfferPart.FILES}:
        return ()
    rows = session.scalars(
        select(CasePaper)
        .where(CasePaper.case_id == case.id, CasePaper.struck_at.is_(None))
        .order_by(CasePaper.added_at)
    ).all()
    ids = [one.evidence_id for one in rows if one.evidence_id and OfferPart.FILES in parts]
    files = {one.id: one for one in list_files(session, ids)}
    return tuple(
        OfferedPaper(one.form, files.get(one.evidence_id) if one.evidence_id else None)
        for one in rows
    )
