"""Leads as the desk shows them: what is asked of a unit, and what other units found out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.casework.queries.board import days_left
from portal.casework.queries.filters import Viewpoint, heap_of_leads
from portal.casework.rules import may_follow_lead, may_send_leads, may_take_lead
from portal.casework.states import Finding
from portal.infra.keyset import in_window
from portal.infra.vault import ContentKey
from portal.intake import queries as reports
from portal.intake.lead_models import Lead
from portal.intake.models import Report
from portal.intake.states import OPEN_LEADS, OPEN_STATES, LeadAction, LeadEnding, LeadState
from portal.jurisdiction.place import Urgency
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.triage.leads import asked_context, returned_context, summary_context

LEAD_KEY = (int, UUID)


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One lead on the page of its report, decrypted for this reader only."""

    id: UUID
    number: int
    follows: int | None
    region: str
    department: str | None
    state: LeadState
    version: int
    due_on: date
    days_left: int
    overdue: bool
    opened_at: datetime
    changed_at: datetime
    finding: Finding | None
    ended_because: LeadEnding | None
    taken_by: str | None = field(repr=False)
    asked: str = field(repr=False)
    returned_because: str = field(repr=False)
    summary: str = field(repr=False)
    acts: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_LEADS


@dataclass(frozen=True, slots=True)
class HeapLine:
    """One lead in the heap of a unit: its own, or one that came back to the unit in the lead."""

    id: UUID
    reference: str
    number: int
    category: str
    urgency: Urgency
    region: str
    department: str | None
    leading: str | None
    state: LeadState
    due_on: date
    days_left: int
    overdue: bool
    taken_by: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeadHeading:
    """What stands over every page about a lead."""

    id: UUID
    reference: str
    number: int
    region: str
    state: LeadState
    version: int
    acts: tuple[str, ...]


# --- The heap -----------------------------------------------------------------------------------


def list_heap(session: Session, view: Viewpoint, window: Window) -> Page[HeapLine]:
    """The leads of the heap, nearest date first."""
    heap = heap_of_leads(view).outerjoin(Account, Account.id == Lead.taken_by)
    asked = heap.with_only_columns(Lead, Report, Account.display_name)
    rows = session.execute(in_window(asked, window, Lead.due_on, Lead.id)).all()
    page = page_of(rows, window, lambda row: (row[0].due_on.toordinal(), row[0].id))
    return Page(tuple(_heap_line(row, view) for row in page.items), page.after, page.before)


def _heap_line(row: Row[Lead, Report, str], view: Viewpoint) -> HeapLine:
    lead, report, taken_by = row
    return HeapLine(
        id=lead.id,
        reference=report.reference,
        number=lead.number,
        category=report.category,
        urgency=report.urgency,
        region=lead.region,
        department=lead.department_code,
        leading=report.department_code,
        state=lead.state,
        due_on=lead.due_on,
        days_left=days_left(view.today, lead.due_on, lead.department_code or lead.region),
        overdue=lead.due_on < view.today,
        taken_by=taken_by,
    )


# --- One report's leads -------------------------------------------------------------------------


def list_leads(
    session: Session, report: Report, key: ContentKey | None, view: Viewpoint
) -> tuple[LeadLine, ...]:
    """Every lead of a report in the reader's scope, in order."""
    rows = _rows(session, report)
    return tuple(_lead_line(row, report, key, view, leading=True) for row in rows)


def list_own_leads(
    session: Session, report: Report, key: ContentKey | None, view: Viewpoint
) -> tuple[LeadLine, ...]:
    """The leads of the reader's own unit, and of those linked with them where they are: no more."""
    rows = _rows(session, report)
    own = {row[0].id for row in rows if row[0].department_code == view.actor.department}
    followed = {row[0].follows_id for row in rows if row[0].id in own}
    return tuple(
        _lead_line(row, report, key if row[0].id in own else None, view, leading=False)
        for row in rows
        if row[0].id in own | followed or row[0].follows_id in own
    )


def _rows(session: Session, report: Report) -> Sequence[Row[Lead, str, int]]:
    before = aliased(Lead)
    return session.execute(
        select(Lead, Account.display_name, before.number)
        .outerjoin(Account, Account.id == Lead.taken_by)
        .outerjoin(before, before.id == Lead.follows_id)
        .where(Lead.report_id == report.id)
        .order_by(Lead.number)
    ).all()


def _lead_line(
    row: Row[Lead, str, int],
    report: Report,
    key: ContentKey | None,
    view: Viewpoint,
    *,
    leading: bool,
) -> LeadLine:
    """A lead with its words; without a key it is told where it is and how it stands."""
    lead, taken_by, follows = row
    mine = key is not None
    return LeadLine(
        id=lead.id,
        number=lead.number,
        follows=follows,
        region=lead.region,
        department=lead.department_code,
        state=lead.state,
        version=lead.version,
        due_on=lead.due_on,
        days_left=days_left(view.today, lead.due_on, lead.department_code or lead.region),
        overdue=lead.state in OPEN_LEADS and lead.due_on < view.today,
        opened_at=lead.opened_at,
        changed_at=lead.changed_at,
        finding=Finding(lead.finding) if lead.finding and mine else None,
        ended_because=lead.ended_because,
        taken_by=taken_by if mine else None,
        asked=_read(key, lead.asked, asked_context(lead.id)),
        returned_because=_read(key, lead.returned_because, returned_context(lead.id)),
        summary=_read(key, lead.summary, summary_context(lead.id)),
        acts=acts_of(lead, report, view.actor, leading=leading) if mine else (),
    )


def _read(key: ContentKey | None, envelope: bytes | None, context: str) -> str:
    return key.decrypt_text(envelope, context) if key and envelope else ""


def acts_of(lead: Lead, report: Report, actor: Actor, *, leading: bool) -> tuple[str, ...]:
    """What the actor may do with a lead as it stands, in the order of the buttons."""
    sends = leading and may_send_leads(actor, report.state, report.department_code)
    acts = [
        str(action)
        for action in lead.open_actions
        if may_take_lead(actor, action, lead.department_code)
        or (action is LeadAction.ROUTE and sends)
    ]
    followable = may_follow_lead(actor, lead.state, lead.department_code)
    if followable and report.state in OPEN_STATES:
        acts.append("follow")
    return tuple(acts)


def count_open_leads(session: Session, reference: str) -> int:
    """How many leads of a report are not answered yet; its reader's scope is asked elsewhere."""
    leads = select(func.count(Lead.id)).join(Report, Report.id == Lead.report_id)
    wanted = leads.where(Report.reference == reference, Lead.state.in_(OPEN_LEADS))
    return session.scalar(wanted) or 0


def find_reference(session: Session, lead_id: UUID | None) -> str:
    """The reference of the report that a lead belongs to; none for no lead."""
    wanted = select(Report.reference).join(Lead, Lead.report_id == Report.id)
    return session.scalar(wanted.where(Lead.id == lead_id)) or ""


# --- One lead -----------------------------------------------------------------------------------


def get_lead(
    session: Session, lead_id: UUID, actor: Actor, *, for_update: bool = False
) -> tuple[Lead, Report]:
    """A lead with its report: of the actor's unit, or of a report in the actor's scope.

    NotFound for any other. The report is locked before it, so that what ends the report waits.
    """
    own = and_(Lead.department_code == actor.department, reports.in_sight(actor))
    wanted = (
        select(Lead, Report)
        .join(Report, Report.id == Lead.report_id)
        .where(Lead.id == lead_id, or_(own, reports.in_scope(actor)))
    )
    if for_update:
        about = select(Lead.report_id).where(Lead.id == lead_id).scalar_subquery()
        session.scalars(select(Report.id).where(Report.id == about).with_for_update()).all()
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row = session.execute(wanted).first()
    if row is None:
        raise NotFound("lead")
    return row[0], row[1]


def get_heading(session: Session, lead_id: UUID, actor: Actor) -> LeadHeading:
    """What a lead is, and what may be done with it; NotFound for one the actor knows nothing of."""
    lead, report = get_lead(session, lead_id, actor)
    leading = reports.is_in_scope(session, report, actor)
    return LeadHeading(
        id=lead.id,
        reference=report.reference,
        number=lead.number,
        region=lead.region,
        state=lead.state,
        version=lead.version,
        acts=acts_of(lead, report, actor, leading=leading),
    )
