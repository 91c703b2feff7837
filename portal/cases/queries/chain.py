"""The chain of a case for its page, and the leads that other places have sent to a unit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, literal, or_, select, text
from sqlalchemy.orm import Session, aliased

from portal.cases.chain_models import LEAD_WAITS, CaseEdge, CaseLead, lead_context
from portal.cases.lineage import Picture, picture_of, shortened
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import ORDINARY, concerns, context_of, key_of
from portal.cases.queries.going import why_it_stays
from portal.cases.queries.inside import Inside
from portal.cases.queries.page import CasePage, PartyLine
from portal.cases.states import (
    WITH_THOSE_ABOVE,
    CaseLeadAction,
    CaseLeadState,
    CaseState,
    ChainDirection,
)
from portal.casework.queries.board import viewpoint
from portal.casework.queries.filters import Viewpoint
from portal.infra.vault import vault
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

LEAD_KEY = (int, UUID)
# A lead, the case that it comes from, number and state of the one opened on it, if it was, and
# whether others may know of that one.
WithCases = Row[CaseLead, Case, str, CaseState, bool]


@dataclass(frozen=True, slots=True)
class EdgeLine:
    """A link of the chain; `number` is that of its arrow in the picture."""

    id: UUID
    number: int
    supplier: PartyLine
    customer: PartyLine
    evidence: str = field(repr=False)
    paper_id: UUID | None


@dataclass(frozen=True, slots=True)
class SentLead:
    """A lead of this case to another place, or an offer of it, and how far it is there.

    Of a case that few may know of neither number nor state is told here (F21).
    """

    id: UUID
    number: int
    region: str
    unit: str
    direction: ChainDirection | None
    party: str | None = field(repr=False)
    state: CaseLeadState
    open: tuple[CaseLeadAction, ...]
    sent_at: datetime
    due_on: date
    decided: str = field(repr=False)
    asked: str = field(repr=False)
    returned: str = field(repr=False)
    to_number: str | None
    to_state: CaseState | None
    whole: bool
    from_unit: str | None


@dataclass(frozen=True, slots=True)
class SourceLead:
    """A lead on which this case was opened: from which unit and case, and what was asked."""

    number: str
    unit: str
    direction: ChainDirection | None
    asked: str = field(repr=False)
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Chain:
    """What the page of a case shows of its chain."""

    picture: Picture[UUID]
    names: Mapping[UUID, PartyLine]
    short: Mapping[UUID, str] = field(repr=False)
    edges: tuple[EdgeLine, ...]
    sent: tuple[SentLead, ...]
    sources: tuple[SourceLead, ...]


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A lead to the reader's unit that nobody has answered, or a whole case offered to it."""

    id: UUID
    version: int
    from_number: str
    from_unit: str
    region: str
    category: str
    direction: ChainDirection | None
    asked: str = field(repr=False)
    sent_at: datetime
    due_on: date
    overdue: bool
    may_return: bool
    whole: bool
    open: tuple[CaseLeadAction, ...]


def chain_of(session: Session, case: Case, inside: Inside, shown: CasePage) -> Chain:
    """The chain between the parties of a case, and its leads."""
    names = _names(shown)
    edges, leads = edges_of(case, inside, shown), _leads(session, case)
    pairs = [(one.supplier.id, one.customer.id) for one in edges]
    linked = {end for pair in pairs for end in pair}
    picture = picture_of([one for one in names if one in linked], pairs)
    return Chain(
        picture=picture,
        names=names,
        short={one.id: shortened(one.name) for one in names.values()},
        edges=edges,
        sent=tuple(
            _sent(session, row, names, closed=shown.closed_to_others)
            for row in sorted(leads, key=lambda row: row[0].number)
            if row[0].case_id == case.id
        ),
        sources=tuple(_source(row) for row in leads if row[0].case_id != case.id),
    )


def edges_of(case: Case, inside: Inside, shown: CasePage) -> tuple[EdgeLine, ...]:
    """The links of a chain that hold: neither they nor an end of theirs is struck out."""
    names = _names(shown)
    rows = inside.of(CaseEdge, by=lambda one: (one.added_at, one.id))
    key = key_of(case)
    held = [one for one in rows if one.supplier_id in names and one.customer_id in names]
    return tuple(
        EdgeLine(
            id=one.id,
            number=number,
            supplier=names[one.supplier_id],
            customer=names[one.customer_id],
            evidence=key.decrypt_text(one.evidence, context_of("case_edge.evidence", one.id)),
            paper_id=one.paper_id,
        )
        for number, one in enumerate(held, 1)
    )


def _names(shown: CasePage) -> Mapping[UUID, PartyLine]:
    return {one.id: one for one in shown.parties if one.struck_at is None}


def _leads(session: Session, case: Case) -> Sequence[WithCases]:
    """The leads and offers of a case, and the leads on which it was opened, with both cases."""
    own, there = aliased(Case), aliased(Case)
    known = exists().where(Case.id == CaseLead.to_case_id, ORDINARY)
    return session.execute(
        select(CaseLead, own, there.number, there.state, known)
        .join(own, own.id == CaseLead.case_id)
        .outerjoin(there, there.id == CaseLead.to_case_id)
        .where(
            or_(
                CaseLead.case_id == case.id,
                and_(CaseLead.to_case_id == case.id, ~CaseLead.whole),
            )
        )
        .order_by(CaseLead.sent_at)
    ).all()


def _sent(
    session: Session, row: WithCases, names: Mapping[UUID, PartyLine], *, closed: bool
) -> SentLead:
    lead, case, number, state, known = row
    said = said_in(lead)
    party = names.get(lead.party_id) if lead.party_id else None
    return SentLead(
        id=lead.id,
        number=lead.number,
        region=lead.region,
        unit=lead.department_code,
        direction=lead.direction,
        party=party.name if party else None,
        state=lead.state,
        open=_open_to_sender(session, case, lead, closed=closed),
        sent_at=lead.sent_at,
        due_on=lead.due_on,
        decided=said.get("decided", ""),
        asked=said["asked"],
        returned=said.get("returned", ""),
        to_number=number if known else None,
        to_state=state if known else None,
        whole=lead.whole,
        from_unit=lead.from_code,
    )


def _open_to_sender(
    session: Session, case: Case, lead: CaseLead, *, closed: bool
) -> tuple[CaseLeadAction, ...]:
    """What the unit of the case may do next; what would be refused is left out.

    Of all offers of a case one is open at most: only that one is asked about.
    """
    refused = set()
    if lead.state is CaseLeadState.RETURNED and closed:
        refused.add(CaseLeadAction.SEND_AGAIN)
    if lead.whole and is_left_to_those_above(session, case, lead):
        refused.add(CaseLeadAction.WITHDRAW)
    return tuple(one for one in lead.open_actions if one not in refused)


def is_left_to_those_above(session: Session, case: Case, offer: CaseLead) -> bool:
    """Whether an offer is not the sender's to end: only if the case may not go there any more."""
    if offer.state not in WITH_THOSE_ABOVE:
        return False
    return why_it_stays(session, case, offer.department_code, offer.region) is None


def _source(row: WithCases) -> SourceLead:
    lead, case, *_there = row
    asked = said_in(lead)["asked"]
    return SourceLead(case.number, case.department_code, lead.direction, asked, lead.sent_at)


def said_in(lead: CaseLead) -> Mapping[str, Any]:
    """What was asked, and why it came back if it has."""
    key = vault().open_key(lead.words_key)
    said: Mapping[str, Any] = key.decrypt_json(lead.words, lead_context(lead.id))
    return said


# --- The leads to a unit -------------------------------------------------------------------------


def list_leads(
    session: Session, view: Viewpoint, window: Window, *, late: bool = False
) -> Page[LeadLine]:
    """What other units sent or offered and what waits for an answer, the oldest first."""
    asked = (
        select(CaseLead, Case)
        .join(Case, Case.id == CaseLead.case_id)
        .where(*_waiting(view, late=late))
        .limit(window.fetch)
    )
    rows = session.execute(_in_order(asked, window)).all()
    page = page_of(rows, window, lambda row: (row[0].due_on.toordinal(), row[0].id))
    lines = tuple(lead_line(*row, view.today) for row in page.items)
    return Page(lines, page.after, page.before)


def heap_of_waiting(view: Viewpoint) -> Select[int]:
    """What other units sent or offered to the reader's."""
    return select(literal(1)).select_from(CaseLead).where(*_waiting(view, late=False))


def heap_of_late(view: Viewpoint) -> Select[int]:
    """What of it nobody has answered in time: for whoever heads the unit (F9)."""
    return select(literal(1)).select_from(CaseLead).where(*_waiting(view, late=True))


def _waiting(view: Viewpoint, *, late: bool) -> Iterator[ColumnElement[bool]]:
    yield text(f"case_lead.{LEAD_WAITS}")  # type: ignore[misc]  # a literal, so that the index fits
    yield sent_to(view.actor)
    if late:
        yield CaseLead.due_on < view.today


def get_lead(
    session: Session, lead_id: UUID, actor: Actor, *, for_update: bool = False
) -> tuple[CaseLead, Case]:
    """A lead to the actor's unit and the case that it comes from; NotFound for any other."""
    wanted = (
        select(CaseLead, Case)
        .join(Case, Case.id == CaseLead.case_id)
        .where(CaseLead.id == lead_id, sent_to(actor))
    )
    row = session.execute(wanted.with_for_update() if for_update else wanted).first()
    if row is None:
        raise NotFound("case-lead")
    return row[0], row[1]


def get_line(session: Session, lead_id: UUID, actor: Actor) -> LeadLine:
    """What stands over every page about a lead."""
    return lead_line(*get_lead(session, lead_id, actor), viewpoint(actor).today)


def sent_to(actor: Actor) -> ColumnElement[bool]:
    """The leads to somebody's own unit, but of a case one of whose reports concerns them (F13).

    An offer of a whole case shows what is in it: none, once few may know of the case (F21).
    """
    case = aliased(Case)
    closed = exists().where(case.id == CaseLead.case_id, or_(case.restricted, case.conflict))
    closed_report = exists().where(
        CaseReport.case_id == CaseLead.case_id,
        Report.id == CaseReport.report_id,
        or_(Report.restricted, Report.conflict),
    )
    own = CaseLead.department_code == actor.department
    return own & ~concerns(actor, CaseLead.case_id) & ~(CaseLead.whole & or_(closed, closed_report))


def lead_line(lead: CaseLead, case: Case, today: date) -> LeadLine:
    """A lead as lists and pages about it show it."""
    return LeadLine(
        id=lead.id,
        version=lead.version,
        from_number=case.number,
        from_unit=case.department_code,
        region=lead.region,
        category=case.category,
        direction=lead.direction,
        asked=said_in(lead)["asked"],
        sent_at=lead.sent_at,
        due_on=lead.due_on,
        whole=lead.whole,
        open=lead.open_actions,
        overdue=lead.due_on < today,
        may_return=lead.state is CaseLeadState.SENT,
    )


def _in_order(asked: Select[CaseLead, Case], window: Window) -> Select[CaseLead, Case]:
    due, own = CaseLead.due_on, CaseLead.id
    if window.key is not None:
        number, last = window.key
        day = date.fromordinal(min(max(int(str(number)), 1), date.max.toordinal()))
        if window.backwards:
            asked = asked.where(due <= day, or_(due < day, own < last))
        else:
            asked = asked.where(due >= day, or_(due > day, own > last))
    if window.backwards:
        return asked.order_by(due.desc(), own.desc())
    return asked.order_by(due, own)
