"""Rules that close at reception: which there are, what each would close, what was closed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal, or_, select, text
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.casework.models import ClosedByRule, ClosingRule, SavedFilter
from portal.casework.queries.board import ReportLine, bounded, lines_of, report_rows
from portal.casework.queries.filters import TRIAGE_MAY_TAKE, Order, Viewpoint, conditions_of
from portal.casework.queries.saved import filter_of
from portal.infra.keyset import in_window
from portal.intake.models import IS_OPEN, Author, Message, Report, Stream
from portal.intake.queries import in_scope
from portal.intake.states import ReportState
from portal.jurisdiction.place import Urgency
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.triage.models import RoutingDecision

LOOKS_BACK: Final = timedelta(days=30)
MOST_SHOWN: Final = 50
CLOSED_KEY: Final = (datetime, UUID)
CALM: Final = (Urgency.NORMAL, Urgency.LOW)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule, with who proposed it and who switched it on."""

    filter_id: UUID
    name: str
    department: str
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    proposer: str = field(repr=False)
    approved: bool
    off_because: str | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rule would have closed of what came in the last 30 days, as the reader may see it."""

    count: int
    items: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True)
class ClosedLine:
    """One closing by a rule."""

    id: UUID
    at: datetime
    reference: str
    state: ReportState
    name: str
    reason: str


def list_rules(session: Session, actor: Actor) -> Sequence[RuleLine]:
    """The closing rules of the actor's own reception."""
    rows = session.execute(
        select(ClosingRule, SavedFilter.name, Account.display_name)
        .join(SavedFilter, SavedFilter.id == ClosingRule.filter_id)
        .join(Account, Account.id == ClosingRule.proposed_by)
        .where(ClosingRule.department == actor.department)
        .order_by(ClosingRule.proposed_at)
    )
    return [
        RuleLine(
            filter_id=rule.filter_id,
            name=name,
            department=rule.department,
            reason=rule.reason,
            proposed_by=rule.proposed_by,
            proposed_at=rule.proposed_at,
            proposer=proposer,
            approved=rule.approved_by is not None,
            off_because=rule.off_because,
        )
        for rule, name, proposer in rows
    ]


def get_rule(session: Session, filter_id: UUID, actor: Actor) -> RuleLine:
    """One closing rule of the actor's own reception; NotFound for any other."""
    for rule in list_rules(session, actor):
        if rule.filter_id == filter_id:
            return rule
    raise NotFound("closing-rule")


def rehearse(session: Session, saved: SavedFilter, view: Viewpoint) -> Rehearsal:
    """Try a rule on what came in the last 30 days, whatever became of it; nothing is touched."""
    chosen = replace(filter_of(saved.chosen), states=(), overdue=False, order=Order.NEWEST)
    would = [
        *conditions_of(chosen, view),
        *_harmless(),
        _came_to(view.actor.department),
        Report.received_at > view.now - LOOKS_BACK,
    ]
    count = session.scalar(select(bounded(select(literal(1)).select_from(Report).where(*would))))
    newest = (
        report_rows(view.today).where(*would).order_by(Report.received_at.desc()).limit(MOST_SHOWN)
    )
    return Rehearsal(count or 0, lines_of(session.execute(newest).all(), view))


def _came_to(reception: str | None) -> ColumnElement[bool]:
    """What is at the reception or was: a rule never closes what went straight to another unit."""
    sent = RoutingDecision.report_id == Report.id, RoutingDecision.department_code == reception
    here = Report.department_code == reception
    return or_(Report.department_code.is_(None), here, exists().where(*sent))


def closable(saved: SavedFilter, department: str, view: Viewpoint) -> list[ColumnElement[bool]]:
    """What a rule may close now, in the scope of its owner."""
    chosen = replace(filter_of(saved.chosen), states=())
    settled = or_(Report.routing_version > 0, Report.entered_at < view.now - TRIAGE_MAY_TAKE)
    return [
        *conditions_of(chosen, view),
        *_harmless(),
        text(IS_OPEN),  # type: ignore[list-item]  # a literal, so that partial indexes match
        Report.state.in_((ReportState.RECEIVED, ReportState.ROUTED)),
        or_(Report.department_code.is_(None), Report.department_code == department),
        Report.handler_id.is_(None),
        Report.waiting_since.is_(None),
        settled,
    ]


def _harmless() -> list[ColumnElement[bool]]:
    """Never closed by a rule: what is need-to-know, names an office, is urgent, or was added to.

    Nor what was contested before, nor what staff found themselves, nor what other reports follow:
    each of these is looked at by a person.
    """
    merged = aliased(Report)
    wrote = exists().where(Message.report_id == Report.id, Message.author == Author.REPORTER)
    return [
        Report.restricted.is_(False),
        Report.conflict.is_(False),
        Report.urgency.in_(CALM),
        Report.contested_result == 0,
        Report.stream == Stream.REPORTED,
        ~wrote,
        ~exists().where(merged.merged_into == Report.id),
    ]


def list_closed(session: Session, actor: Actor, window: Window) -> Page[ClosedLine]:
    """What rules have closed, newest first, of what the actor may see."""
    closed = ClosedByRule
    asked = (
        select(closed, Report.reference, Report.state)
        .join(Report, Report.id == closed.report_id)
        .where(in_scope(actor))
    )
    newest = in_window(asked, window, closed.at, closed.id, newest_first=True)
    rows = session.execute(newest).all()
    page = page_of(rows, window, lambda row: (row[0].at, row[0].id))
    lines = [
        ClosedLine(made.id, made.at, reference, state, made.name, made.reason)
        for made, reference, state in page.items
    ]
    return Page(tuple(lines), page.after, page.before)
