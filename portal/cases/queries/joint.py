"""Joint work on a case: all of it for the unit that leads, its own part for each member."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, text
from sqlalchemy.orm import Session

from portal.cases.joint_models import IS_MEMBER, CaseMeeting, CaseMember, MemberTask
from portal.cases.models import Case
from portal.cases.queries.access import ORDINARY, concerns, context_of, get_case, key_of
from portal.cases.queries.inside import Inside, inside_of
from portal.cases.states import CaseState
from portal.casework.queries.board import days_left, viewpoint
from portal.casework.queries.filters import Viewpoint
from portal.infra.vault import ContentKey
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of


@dataclass(frozen=True, slots=True)
class MemberTaskLine:
    id: UUID
    text: str = field(repr=False)
    due_on: date
    overdue: bool
    done_at: datetime | None
    result: str = field(repr=False)
    decided_on: date | None


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A unit with its part; `signer` is who signed for it. It is no member once that is `over`."""

    id: UUID
    unit: str
    mandate: str = field(repr=False)
    shared: str = field(repr=False)
    ends_on: date
    over: bool
    signed_at: datetime | None
    signer: str | None = field(repr=False)
    left_at: datetime | None
    tasks: tuple[MemberTaskLine, ...]


@dataclass(frozen=True, slots=True)
class OwnPart:
    """What a member reads of a case: number, who leads, its own part, and who the others are."""

    number: str
    lead: str
    state: CaseState
    category: str
    own: MemberLine
    others: tuple[tuple[str, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class PartLine:
    """A case in which the reader's unit has a part, on the list of these."""

    member_id: UUID
    number: str
    lead: str
    state: CaseState
    ends_on: date
    days_left: int
    signed: bool


def list_members(session: Session, number: str, actor: Actor) -> tuple[MemberLine, ...]:
    """Every member of a case in scope, for the unit that leads it."""
    case = get_case(session, number, actor)
    return members_of(case, inside_of(session, case), viewpoint(actor).today)


def members_of(case: Case, inside: Inside, today: date) -> tuple[MemberLine, ...]:
    """Every member of a case, with its part."""
    return tuple(
        _member(one, case, inside, today)
        for one in inside.of(CaseMember, by=lambda one: one.joined_at)
    )


def list_parts(session: Session, view: Viewpoint, window: Window) -> Page[PartLine]:
    """The cases in which the reader's unit has a part, the nearest end first."""
    asked = (
        select(CaseMember, Case)
        .join(Case, Case.id == CaseMember.case_id)
        .where(text(f"case_member.{IS_MEMBER}"), _own(view.actor))
        .limit(window.fetch)
    )
    rows = session.execute(_by_end(asked, window)).all()
    page = page_of(rows, window, lambda row: (row[0].ends_on.toordinal(), row[0].id))
    lines = tuple(_part_line(member, case, view) for member, case in page.items)
    return Page(lines, page.after, page.before)


def get_part(session: Session, member_id: UUID, actor: Actor) -> OwnPart:
    """What the actor's unit reads of a case it is a member of; NotFound for any other."""
    member, case = get_member(session, member_id, actor)
    today = viewpoint(actor).today
    own = _member(member, case, inside_of(session, case), today)
    others = session.execute(
        select(CaseMember.department_code, CaseMember.signed_at)
        .where(
            CaseMember.case_id == case.id,
            lasts_on(today),
            CaseMember.id != member.id,
        )
        .order_by(CaseMember.department_code)
    ).all()
    return OwnPart(
        number=case.number,
        lead=case.department_code,
        state=case.state,
        category=case.category,
        own=own,
        others=tuple((row.department_code, row.signed_at) for row in others),
    )


def get_member(
    session: Session, member_id: UUID, actor: Actor, *, for_update: bool = False
) -> tuple[CaseMember, Case]:
    """A live membership of the actor's own unit, and the case; NotFound for any other."""
    wanted = (
        select(CaseMember, Case)
        .join(Case, Case.id == CaseMember.case_id)
        .where(CaseMember.id == member_id, _own(actor))
    )
    row = session.execute(wanted.with_for_update() if for_update else wanted).first()
    if row is None:
        raise NotFound("case-member")
    return row[0], row[1]


def lasts_on(day: date) -> ColumnElement[bool]:
    """Whether a part was not ended and has its last day ahead: what makes a unit a member."""
    return and_(CaseMember.left_at.is_(None), CaseMember.ends_on >= day)


def said_of(key: ContentKey, row: CaseMember | MemberTask) -> Mapping[str, Any]:
    """What was typed about a member or its task."""
    said: Mapping[str, Any] = key.decrypt_json(row.words, words_context(row))
    return said


def words_context(row: CaseMember | MemberTask) -> str:
    """The one place these words may stand in."""
    return context_of(f"{row.__tablename__}.words", row.id)


def _own(actor: Actor) -> ColumnElement[bool]:
    """The memberships of somebody's unit in cases that are there, and that others may know of.

    None whose last day is over, in a case whose report concerns them (F13), nor once few may know
    of it (F21).
    """
    own = CaseMember.department_code == actor.department, lasts_on(viewpoint(actor).today)
    return and_(*own, ~concerns(actor, CaseMember.case_id), ORDINARY, Case.disposed_at.is_(None))


def _member(member: CaseMember, case: Case, inside: Inside, today: date) -> MemberLine:
    key = key_of(case)
    said = said_of(key, member)
    held_on = {one.id: one.held_on for one in inside.of(CaseMeeting, by=lambda one: one.held_on)}
    given = inside.of(MemberTask, by=lambda one: one.due_on)
    return MemberLine(
        id=member.id,
        unit=member.department_code,
        mandate=said["mandate"],
        shared=said["shared"],
        ends_on=member.ends_on,
        over=member.left_at is not None or member.ends_on < today,
        signed_at=member.signed_at,
        signer=inside.names.get(member.signed_by),
        left_at=member.left_at,
        tasks=tuple(
            _task(one, held_on.get(one.meeting_id) if one.meeting_id else None, key, today)
            for one in given
            if one.member_id == member.id
        ),
    )


def _task(one: MemberTask, held_on: date | None, key: ContentKey, today: date) -> MemberTaskLine:
    said = said_of(key, one)
    overdue = one.done_at is None and one.due_on < today
    result = said.get("result", "")
    return MemberTaskLine(one.id, said["text"], one.due_on, overdue, one.done_at, result, held_on)


def _part_line(member: CaseMember, case: Case, view: Viewpoint) -> PartLine:
    return PartLine(
        member_id=member.id,
        number=case.number,
        lead=case.department_code,
        state=case.state,
        ends_on=member.ends_on,
        days_left=days_left(view.today, member.ends_on, member.department_code),
        signed=member.signed_at is not None,
    )


def _by_end(asked: Select[CaseMember, Case], window: Window) -> Select[CaseMember, Case]:
    due, own = CaseMember.ends_on, CaseMember.id
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
