"""What the office above both units decides on: leads and whole cases that came back twice (F9)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, text
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.queries import own_accounts
from portal.audit.models import AuditEvent
from portal.cases.chain_models import LEAD_IS_DISPUTED, LEAD_WAITS, CaseLead
from portal.cases.models import Case
from portal.cases.queries.access import in_scope
from portal.cases.queries.chain import LeadLine, lead_line, said_in
from portal.cases.queries.regions import lies_in
from portal.cases.queries.sight import HANDED_ON
from portal.cases.states import CaseLeadAction, CaseLeadState
from portal.casework.queries.board import viewpoint
from portal.casework.queries.filters import Viewpoint
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken

MOST_DISPUTES: Final = 50
# What somebody does about a lead or an offer for one of the two units.
_ON_LEADS: Final = (
    *("case.follow", "case.offer", "case.lead-answered", "case.lead-over"),
    *(f"case.offer-{one}" for one in CaseLeadAction),
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A lead or a case that two units do not agree about, or that got no answer.

    `partial` says that the reader had a part in it, and so does not decide.
    """

    id: UUID
    from_number: str
    from_unit: str
    unit: str
    due_on: date
    disputed: bool
    whole: bool
    partial: bool
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
    ).all()
    partial = _partial_in(session, [(lead, case) for lead, case in rows], view.actor)
    return [
        Dispute(
            id=lead.id,
            from_number=case.number,
            from_unit=case.department_code,
            unit=lead.department_code,
            due_on=lead.due_on,
            disputed=lead.state is CaseLeadState.DISPUTED,
            whole=lead.whole,
            partial=lead.id in partial,
            asked=said_in(lead)["asked"],
            returned=said_in(lead).get("returned", ""),
        )
        for lead, case in rows
    ]


def get_dispute(
    session: Session, lead_id: UUID, actor: Actor, *, for_update: bool = False
) -> tuple[CaseLead, Case]:
    """A lead between units of the actor's region; NotFound for any other."""
    wanted = (
        select(CaseLead, Case)
        .join(Case, Case.id == CaseLead.case_id)
        .where(CaseLead.id == lead_id, _above_both(actor))
    )
    row = session.execute(wanted.with_for_update() if for_update else wanted).first()
    if row is None:
        raise NotFound("case-lead")
    return row[0], row[1]


def get_dispute_line(session: Session, lead_id: UUID, actor: Actor) -> LeadLine:
    """What stands over the page of the decision; refused for whoever does not decide."""
    lead, case = get_dispute(session, lead_id, actor)
    demand_impartial(session, lead, case, actor)
    return lead_line(lead, case, viewpoint(actor).today)


def demand_impartial(session: Session, lead: CaseLead, case: Case, actor: Actor) -> None:
    """Raise RuleBroken for a person who had a part in what is disputed, by whichever account.

    That is whoever has or had the case, sent it or the lead, or answered it for the other unit.
    """
    if _partial_in(session, [(lead, case)], actor):
        raise RuleBroken("party-to-it-does-not-decide")


def _partial_in(
    session: Session, disputes: Sequence[tuple[CaseLead, Case]], actor: Actor
) -> frozenset[UUID]:
    """Which of these the person of this account had a part in."""
    if not disputes:
        return frozenset()
    own, hands = own_accounts(session, actor.id), defaultdict[UUID, set[str]](set)
    wanted = select(
        AuditEvent.subject_id, AuditEvent.action, AuditEvent.actor_id, AuditEvent.details
    )
    about = AuditEvent.subject_id.in_({case.id for _lead, case in disputes})
    for row in session.execute(wanted.where(about, AuditEvent.action.in_(HANDED_ON + _ON_LEADS))):
        if row.action in HANDED_ON:
            hands[row.subject_id].update(
                str(row.details[one]) for one in ("handler", "handler_before") if one in row.details
            )
        elif row.actor_id in own:
            hands[row.subject_id].add(str(row.details.get("lead")))
    accounts = {one.hex for one in own}
    return frozenset(
        lead.id
        for lead, case in disputes
        if own & {case.handler_id, case.opened_by, lead.sent_by}
        or hands[case.id] & {lead.id.hex, *accounts}
    )


def _above_both(actor: Actor) -> ColumnElement[bool]:
    region = actor.region or (actor.department or "").partition("@")[2]
    if not may(actor, Permission.SUPERVISE_CASES) or not region:
        return false()
    return in_scope(actor) & lies_in(CaseLead.region, region)
