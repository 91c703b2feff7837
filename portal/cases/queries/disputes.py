"""What the office above both units decides on: leads and whole cases that came back twice (F9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, text
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.cases.chain_models import LEAD_IS_DISPUTED, LEAD_WAITS, CaseLead
from portal.cases.models import Case
from portal.cases.queries.access import in_scope, lies_in
from portal.cases.queries.chain import LeadLine, lead_line, said_in
from portal.cases.states import CaseLeadState
from portal.casework.queries.board import viewpoint
from portal.casework.queries.filters import Viewpoint
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound

MOST_DISPUTES: Final = 50


@dataclass(frozen=True, slots=True)
class Dispute:
    """A lead or a case that two units do not agree about, or that got no answer."""

    id: UUID
    from_number: str
    from_unit: str
    unit: str
    due_on: date
    disputed: bool
    whole: bool
    asked: str = field(repr=False)
    returned: str = field(repr=False)


def list_disputes(session: Session, view: Viewpoint) -> Sequence[Dispute]:
    """The leads between units of the reader's region that were sent back twice, or got no answer.

    Only where both ends lie in it: the office above both decides. Of a whole case that nobody
    answers the head is told first.
    """
    rows = session.execute(
        select(CaseLead, Case)
        .join(Case, Case.id == CaseLead.case_id)
        .where(
            _above_both(view.actor),
            or_(
                text(f"case_lead.{LEAD_IS_DISPUTED}"),
                and_(
                    text(f"case_lead.{LEAD_WAITS}"),
                    CaseLead.due_on < view.today,
                    or_(~CaseLead.whole, CaseLead.escalated_at.is_not(None)),
                ),
            ),
        )
        .order_by(CaseLead.changed_at, CaseLead.id)
        .limit(MOST_DISPUTES)
    )
    return [
        Dispute(
            id=lead.id,
            from_number=case.number,
            from_unit=case.department_code,
            unit=lead.department_code,
            due_on=lead.due_on,
            disputed=lead.state is CaseLeadState.DISPUTED,
            whole=lead.whole,
            asked=said_in(lead)["asked"],
            returned=said_in(lead).get("returned", ""),
        )
        for lead, case in rows
    ]


def get_dispute(session: Session, lead_id: UUID, actor: Actor) -> tuple[CaseLead, Case]:
    """A lead between units of the actor's region, locked; NotFound for any other."""
    row = session.execute(
        select(CaseLead, Case)
        .join(Case, Case.id == CaseLead.case_id)
        .where(CaseLead.id == lead_id, _above_both(actor))
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("case-lead")
    return row[0], row[1]


def get_dispute_line(session: Session, lead_id: UUID, actor: Actor) -> LeadLine:
    """What stands over the page of the decision."""
    return lead_line(*get_dispute(session, lead_id, actor), viewpoint(actor).today)


def _above_both(actor: Actor) -> ColumnElement[bool]:
    region = actor.region or (actor.department or "").partition("@")[2]
    if not may(actor, Permission.SUPERVISE_CASES) or not region:
        return false()
    return in_scope(actor) & lies_in(CaseLead.region, region)
