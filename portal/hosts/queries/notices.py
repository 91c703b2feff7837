"""Notices to hosts: those of a case, and all whose answer is waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.accounts.queries import own_accounts
from portal.cases.models import Case
from portal.cases.queries.access import context_of, in_scope, key_of
from portal.cases.rules import may_head, may_work, step_of
from portal.cases.states import CaseState
from portal.casework.queries.board import days_left
from portal.casework.queries.filters import Viewpoint
from portal.hosts.letters import Told
from portal.hosts.models import (
    IS_AWAITED,
    Capture,
    CaseAddress,
    HostContact,
    HostNotice,
    HostNoticeAddress,
)
from portal.hosts.rules import ACCEPTED, STEP, is_late
from portal.hosts.states import (
    AFTER_CLOSING,
    BY_HAND,
    RUNNING,
    CaptureState,
    HostAnswer,
    HostNoticeAction,
    HostNoticeState,
)
from portal.infra.keyset import in_window
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.page import Page, Window, page_of

DUE_KEY: Final = (int, UUID)


@dataclass(frozen=True, slots=True)
class HostNoticeLine:
    """A notice with all it says and what came back."""

    number: int
    contact: str
    state: HostNoticeState
    words: str = field(repr=False)
    work: str = field(repr=False)
    rights_holder: str = field(repr=False)
    address_ids: frozenset[UUID]
    drafted_by: str | None = field(repr=False)
    approved_by: str | None = field(repr=False)
    failure: str | None
    sent_at: datetime | None
    due_on: date | None
    late: bool
    answer: HostAnswer | None
    answered_on: date | None
    answer_words: str = field(repr=False)
    open_actions: tuple[HostNoticeAction, ...]

    @property
    def runs(self) -> bool:
        """Whether its addresses may go into no other notice."""
        return self.state in RUNNING

    @property
    def buttons(self) -> tuple[HostNoticeAction, ...]:
        """What the reader may do with it by a button; an answer has a form of its own."""
        again = self.failure is not None or self.state is HostNoticeState.UNCONFIRMED
        return tuple(
            one
            for one in BY_HAND
            if one in self.open_actions and (again or one is not HostNoticeAction.SEND_AGAIN)
        )

    @property
    def acts(self) -> tuple[HostNoticeAction, ...]:
        """All that the reader may do with it."""
        answers = HostNoticeAction.ANSWER in self.open_actions
        return (*self.buttons, HostNoticeAction.ANSWER) if answers else self.buttons


@dataclass(frozen=True, slots=True)
class AwaitedNotice:
    """A notice as the list shows it; `days_left` in working days, negative when late."""

    number: str
    notice: int
    contact: str
    department: str
    due_on: date
    days_left: int
    overdue: bool


def said_in(case: Case, notice: HostNotice) -> dict[str, str]:
    """The words of a notice."""
    said: dict[str, Any] = key_of(case).decrypt_json(
        notice.content, context_of("host_notice.content", notice.id)
    )
    return {name: str(value) for name, value in said.items()}


def list_notices(session: Session, case: Case, actor: Actor) -> tuple[HostNoticeLine, ...]:
    """The notices of a case, in the order of their numbers, each with what the actor may do."""
    drafter, approver = aliased(Account), aliased(Account)
    rows = session.execute(
        select(HostNotice, HostContact.name, drafter.display_name, approver.display_name)
        .join(HostContact, HostContact.id == HostNotice.contact_id)
        .outerjoin(drafter, drafter.id == HostNotice.drafted_by)
        .outerjoin(approver, approver.id == HostNotice.approved_by)
        .where(HostNotice.case_id == case.id)
        .order_by(HostNotice.number)
    ).all()
    told, barred = _told(session, case), _barred(session, case, actor, [row[0] for row in rows])
    return tuple(_line(case, *row, told, barred) for row in rows)


def _barred(
    session: Session, case: Case, actor: Actor, notices: Sequence[HostNotice]
) -> Mapping[UUID, frozenset[HostNoticeAction]]:
    """What would be refused the actor, of each notice: nothing of it is offered."""
    every, unit = frozenset(HostNoticeAction), case.department_code
    if not may_work(actor, unit):
        return {one.id: every for one in notices}
    closed = every - AFTER_CLOSING if case.state is CaseState.CLOSED else frozenset()
    approve = frozenset({HostNoticeAction.APPROVE})
    barred = closed if case.state in ACCEPTED else closed | approve
    if not step_of(current_place(), STEP).confirmed:
        return {one.id: barred for one in notices}
    heads = may_head(actor, unit)
    own = own_accounts(session, actor.id) if heads and notices else frozenset()
    return {
        one.id: barred if heads and one.drafted_by not in own else barred | approve
        for one in notices
    }


def _told(session: Session, case: Case) -> Mapping[UUID, frozenset[UUID]]:
    links = session.execute(
        select(HostNoticeAddress.notice_id, HostNoticeAddress.address_id)
        .join(HostNotice, HostNotice.id == HostNoticeAddress.notice_id)
        .where(HostNotice.case_id == case.id)
    ).all()
    return {
        one: frozenset(row.address_id for row in links if row.notice_id == one)
        for one in {row.notice_id for row in links}
    }


def _line(
    case: Case,
    one: HostNotice,
    contact: str,
    drafter: str | None,
    approver: str | None,
    told: Mapping[UUID, frozenset[UUID]],
    barred: Mapping[UUID, frozenset[HostNoticeAction]],
) -> HostNoticeLine:
    answer = ""
    if one.answer_words is not None:
        place = context_of("host_notice.answer", one.id)
        answer = key_of(case).decrypt_text(one.answer_words, place)
    today = local_date(current_place(), datetime.now().astimezone())
    waits = one.state in (HostNoticeState.SENT, HostNoticeState.ANSWERED)
    return HostNoticeLine(
        number=one.number,
        contact=contact,
        state=one.state,
        **said_in(case, one),
        address_ids=told.get(one.id, frozenset()),
        drafted_by=drafter,
        approved_by=approver,
        failure=one.failure,
        sent_at=one.sent_at,
        due_on=one.due_on if waits else None,
        late=waits and is_late(one.due_on, one.answered_on, today),
        answer=one.answer,
        answered_on=one.answered_on,
        answer_words=answer,
        open_actions=tuple(act for act in one.open_actions if act not in barred[one.id]),
    )


def list_told(session: Session, case: Case, notice: HostNotice) -> tuple[Told, ...]:
    """The addresses of a notice, each with its newest capture."""
    key = key_of(case)
    rows = session.scalars(
        select(CaseAddress)
        .join(HostNoticeAddress, HostNoticeAddress.address_id == CaseAddress.id)
        .where(HostNoticeAddress.notice_id == notice.id)
        .order_by(CaseAddress.added_at, CaseAddress.id)
    ).all()
    made = session.scalars(
        select(Capture)
        .where(Capture.case_id == case.id, Capture.state == CaptureState.MADE)
        .order_by(Capture.asked_at)
    )
    newest = {one.address_id: one for one in made}
    told = []
    for one in rows:
        url = key.decrypt_text(one.body, context_of("case_address.body", one.id))
        kept = newest.get(one.id)
        sha256 = ""
        if kept is not None and kept.body is not None:
            said = key.decrypt_json(kept.body, context_of("capture.body", kept.id))
            sha256 = str(said["sha256"])
        told.append(Told(one.id, url, kept.ended_at if kept else None, sha256))
    return tuple(told)


def list_awaited(session: Session, view: Viewpoint, window: Window) -> Page[AwaitedNotice]:
    """The notices without an answer of the cases in scope, the nearest date first."""
    order = (HostNotice.due_on, HostNotice.id)
    # Awaited is said by the column's own name: `case_file` has a `state` as well.
    asked = (
        select(HostNotice, Case.number, Case.department_code, HostContact.name)
        .join(Case, Case.id == HostNotice.case_id)
        .join(HostContact, HostContact.id == HostNotice.contact_id)
        .where(text(f"host_notice.{IS_AWAITED}"), in_scope(view.actor))
    )
    rows = session.execute(in_window(asked, window, *order)).all()
    page = page_of(rows, window, lambda row: (_due(row[0]).toordinal(), row[0].id))
    lines = tuple(
        AwaitedNotice(
            number=number,
            notice=notice.number,
            contact=contact,
            department=department,
            due_on=_due(notice),
            days_left=days_left(view.today, _due(notice), department),
            overdue=_due(notice) < view.today,
        )
        for notice, number, department, contact in page.items
    )
    return Page(lines, page.after, page.before)


def _due(notice: HostNotice) -> date:
    """The day of a notice that was sent, which always has one."""
    return notice.due_on or date.max
