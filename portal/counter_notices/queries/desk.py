"""What staff see of counter-notices: those of a case, all that wait, and final findings."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, text
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.accounts.queries import own_accounts
from portal.cases.models import Case
from portal.cases.queries.access import context_of, get_case, in_scope, key_of
from portal.cases.queries.page import CaseFacts, get_facts
from portal.cases.rules import may_head, may_work
from portal.casework.queries.board import days_left
from portal.casework.queries.filters import Viewpoint
from portal.counter_notices.models import (
    IS_MISUSE,
    IS_WAITING,
    CounterNotice,
    CounterNoticeComplaint,
)
from portal.counter_notices.queries.reading import (
    Concerned,
    CounterLine,
    list_concerned,
    list_hands,
    list_of_case,
    several_reported,
)
from portal.counter_notices.rules import is_awaited
from portal.counter_notices.states import ComplainantAnswer, ComplaintFinding, CounterAction
from portal.decisions.models import Review
from portal.decisions.states import UNDER_REVIEW, ReviewOutcome
from portal.infra.keyset import in_window
from portal.infra.vault import ContentKey
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rights_holders.models import Complaint

DUE_KEY: Final = (int, UUID)


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Whom a counter-notice was passed on to, and what came back."""

    concerned: Concerned
    answer: ComplainantAnswer | None
    words: str = field(repr=False)
    finding: ComplaintFinding | None
    final_on: date | None


@dataclass(frozen=True, slots=True)
class CountersPage:
    """The counter-notices of a case; `works` and `decides` say which buttons the reader gets.

    `decides` has those that would not be refused now; `awaited` wait for somebody who complained;
    `partial` is a head who had a hand in a notice to a host and decides on none; `several` says
    that whoever complained is not alone.
    """

    facts: CaseFacts
    lines: tuple[CounterLine, ...]
    told: dict[UUID, tuple[ToldLine, ...]]
    concerned: tuple[Concerned, ...]
    works: bool
    awaited: frozenset[UUID]
    decides: frozenset[UUID]
    partial: bool
    several: bool

    def offered(self, line: CounterLine) -> frozenset[CounterAction]:
        """What the reader may do about one; a decision, whichever it will be, as its refusal."""
        may = {
            CounterAction.FORWARD: self.works and bool(self.concerned),
            CounterAction.REFUSE: line.id in self.decides,
            CounterAction.REINSTATE: self.works,
        }
        return frozenset(act for act in line.open_actions if may.get(act, False))

    def line(self, number: int) -> CounterLine:
        """The one of this number; NotFound if there is none."""
        for one in self.lines:
            if one.number == number:
                return one
        raise NotFound("counter-notice")


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A counter-notice that waits for the office; `days_left` in working days."""

    number: str
    notice: int
    department: str
    due_on: date
    days_left: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class MisuseLine:
    """A final finding of misuse; the case is named to whoever may read it."""

    finding: ComplaintFinding
    complaint: int
    final_on: date
    case: str | None


def get_counters(session: Session, number: str, actor: Actor) -> CountersPage:
    """The counter-notices of a case in scope, in a fixed few statements."""
    facts, case = get_facts(session, number, actor), get_case(session, number, actor)
    lines, concerned = list_of_case(session, case), list_concerned(session, case)
    told, heads = _told(session, case, concerned), may_head(actor, case.department_code)
    hands = list_hands(session, case) if heads and lines else ()
    partial = heads and bool(own_accounts(session, actor.id).intersection(hands))
    awaited = _awaited(lines, told)
    return CountersPage(
        facts=facts,
        lines=lines,
        told=told,
        concerned=concerned,
        works=may_work(actor, case.department_code),
        awaited=awaited,
        decides=frozenset(one.id for one in lines) - awaited
        if heads and not partial
        else frozenset(),
        partial=partial,
        several=several_reported(session, case, concerned),
    )


def _awaited(
    lines: tuple[CounterLine, ...], told: dict[UUID, tuple[ToldLine, ...]]
) -> frozenset[UUID]:
    """Those that wait for somebody who complained."""
    now = local_date(current_place(), datetime.now(UTC))
    return frozenset(
        one.id
        for one in lines
        if not one.decided
        and is_awaited((told_one.answer for told_one in told.get(one.id, ())), one.answer_by, now)
    )


def _told(
    session: Session, case: Case, concerned: tuple[Concerned, ...]
) -> dict[UUID, tuple[ToldLine, ...]]:
    rows = session.scalars(
        select(CounterNoticeComplaint)
        .join(CounterNotice, CounterNotice.id == CounterNoticeComplaint.notice_id)
        .where(CounterNotice.case_id == case.id)
        .order_by(CounterNoticeComplaint.told_at, CounterNoticeComplaint.complaint_id)
    ).all()
    known, key = {one.id: one for one in concerned}, key_of(case)
    found: dict[UUID, tuple[ToldLine, ...]] = {}
    for one in rows:
        if one.complaint_id in known:
            words = answer_words(one, key)
            line = ToldLine(known[one.complaint_id], one.answer, words, one.finding, one.final_on)
            found[one.notice_id] = (*found.get(one.notice_id, ()), line)
    return found


def answer_words(one: CounterNoticeComplaint, key: ContentKey) -> str:
    """What whoever complained wrote, or "" where they wrote nothing."""
    if one.answer_words is None:
        return ""
    return key.decrypt_text(one.answer_words, answer_place(one))


def answer_place(one: CounterNoticeComplaint) -> str:
    """The one place the answer of a complainant may stand in."""
    return f"{context_of('counter_notice.answer', one.notice_id)}:{one.complaint_id}"


def list_waiting(session: Session, view: Viewpoint, window: Window) -> Page[WaitingLine]:
    """The counter-notices of the cases in scope that wait, the nearest date first."""
    order = (CounterNotice.due_on, CounterNotice.id)
    waiting = IS_WAITING.replace("state", "counter_notice.state", 1)
    asked = (
        select(CounterNotice, Case.number, Case.department_code)
        .join(Case, Case.id == CounterNotice.case_id)
        .where(text(waiting), in_scope(view.actor))
    )
    rows = session.execute(in_window(asked, window, *order)).all()
    page = page_of(rows, window, lambda row: (row[0].due_on.toordinal(), row[0].id))
    lines = tuple(
        WaitingLine(
            number=number,
            notice=notice.number,
            department=department,
            due_on=notice.due_on,
            days_left=days_left(view.today, notice.due_on, department),
            overdue=notice.due_on < view.today,
        )
        for notice, number, department in page.items
    )
    return Page(lines, page.after, page.before)


def list_misuse(session: Session, organisation_id: UUID, actor: Actor) -> tuple[MisuseLine, ...]:
    """The final findings of misuse about an organisation; nothing follows from them by itself.

    What is contested, was overturned, or can still be contested does not count.
    """
    demand(actor, Permission.VERIFY_ORGANISATIONS)
    today = local_date(current_place(), datetime.now(UTC))
    rows = session.execute(
        select(CounterNoticeComplaint, Complaint.number, Case.number, in_scope(actor))
        .join(Complaint, Complaint.id == CounterNoticeComplaint.complaint_id)
        .join(CounterNotice, CounterNotice.id == CounterNoticeComplaint.notice_id)
        .join(Case, Case.id == CounterNotice.case_id)
        .where(
            CounterNoticeComplaint.organisation_id == organisation_id,
            text(IS_MISUSE),
            CounterNoticeComplaint.final_on < today,
            ~_contested(),
        )
        .order_by(CounterNoticeComplaint.final_on, Complaint.number)
    )
    return tuple(
        MisuseLine(one.finding, complaint, one.final_on, case if readable else None)
        for one, complaint, case, readable in rows
        if one.finding is not None and one.final_on is not None
    )


def _contested() -> ColumnElement[bool]:
    """Whether a review of the complaint's report is open, or found against what was decided."""
    turned = (ReviewOutcome.CHANGED, ReviewOutcome.OVERTURNED)
    return exists().where(
        Review.report_id == Complaint.report_id,
        or_(Review.state.in_(UNDER_REVIEW), Review.outcome.in_(turned)),
        Review.filed_at >= CounterNotice.decided_at,
    )
