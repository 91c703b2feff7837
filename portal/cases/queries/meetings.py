"""Meetings about a case for its page, and one of them with what it decided."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.joint_models import CaseMeeting, CaseMember, MemberTask
from portal.cases.models import Case, CaseTask
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.inside import Inside
from portal.cases.queries.joint import said_of
from portal.cases.states import MeetingKind
from portal.casework.queries.board import viewpoint
from portal.infra.vault import ContentKey
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class MeetingLine:
    id: UUID
    kind: MeetingKind
    held_on: date
    subject: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PointLine:
    """What was decided: a task of an officer, or of a unit that takes part."""

    meeting_id: UUID | None
    text: str = field(repr=False)
    owner: str | None = field(repr=False)
    unit: str | None
    due_on: date
    overdue: bool
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Minutes:
    """A meeting as it stands in the file of the case."""

    own: MeetingLine
    present: str = field(repr=False)
    minutes: str = field(repr=False)
    points: tuple[PointLine, ...]


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A meeting with its points, and what earlier ones decided and nobody has done (B19)."""

    number: str
    own: MeetingLine
    present: str = field(repr=False)
    minutes: str = field(repr=False)
    points: tuple[PointLine, ...]
    left_over: tuple[PointLine, ...]


def meetings_of(case: Case, inside: Inside) -> tuple[MeetingLine, ...]:
    """The meetings about a case, the newest first."""
    key, held = key_of(case), inside.of(CaseMeeting, by=_age)
    return tuple(_line(one, key) for one in reversed(held))


def _age(one: CaseMeeting) -> tuple[date, datetime, UUID]:
    return one.held_on, one.entered_at, one.id


def get_meeting(session: Session, number: str, which: UUID, actor: Actor) -> MeetingPage:
    """One meeting about a case in scope; NotFound for any other."""
    case = get_case(session, number, actor)
    key, meetings = key_of(case), _meetings(session, case)
    own = next((one for one in meetings if one.id == which), None)
    if own is None:
        raise NotFound("meeting")
    said = key.decrypt_json(own.words, context_of("case_meeting.words", own.id))
    points = _points(session, case, key, viewpoint(actor).today)
    # Of two on one day the one that was entered first.
    before = {one.id for one in meetings[meetings.index(own) + 1 :]}
    return MeetingPage(
        number=case.number,
        own=_line(own, key),
        present=said["present"],
        minutes=said["minutes"],
        points=tuple(one for one in points if one.meeting_id == own.id),
        left_over=tuple(one for one in points if one.meeting_id in before and not one.done_at),
    )


def minutes_of(session: Session, case: Case) -> list[Minutes]:
    """Every meeting about a case with what was said and decided, for its file."""
    key, found = key_of(case), []
    points = _points(session, case, key, date.min)
    for one in _meetings(session, case):
        said = key.decrypt_json(one.words, context_of("case_meeting.words", one.id))
        decided = tuple(point for point in points if point.meeting_id == one.id)
        found.append(Minutes(_line(one, key), said["present"], said["minutes"], decided))
    return found


def _meetings(session: Session, case: Case) -> list[CaseMeeting]:
    wanted = select(CaseMeeting).where(CaseMeeting.case_id == case.id)
    newest = (CaseMeeting.held_on.desc(), CaseMeeting.entered_at.desc(), CaseMeeting.id.desc())
    return list(session.scalars(wanted.order_by(*newest)))


def _line(one: CaseMeeting, key: ContentKey) -> MeetingLine:
    said = key.decrypt_json(one.words, context_of("case_meeting.words", one.id))
    return MeetingLine(one.id, one.kind, one.held_on, said["subject"])


def _points(session: Session, case: Case, key: ContentKey, today: date) -> list[PointLine]:
    of_officers = session.execute(
        select(CaseTask, Account.display_name)
        .join(Account, Account.id == CaseTask.owner_id)
        .where(CaseTask.case_id == case.id, CaseTask.meeting_id.is_not(None))
    )
    of_units = session.execute(
        select(MemberTask, CaseMember.department_code)
        .join(CaseMember, CaseMember.id == MemberTask.member_id)
        .where(
            CaseMember.case_id == case.id,
            MemberTask.meeting_id.is_not(None),
            # What was left to a unit that takes part no more is with nobody.
            or_(CaseMember.left_at.is_(None), MemberTask.done_at.is_not(None)),
        )
    )
    lines = [
        _point(
            task,
            key.decrypt_text(task.body, context_of("case_task.body", task.id)),
            name,
            None,
            today,
        )
        for task, name in of_officers
    ]
    lines += [
        _point(task, said_of(key, task)["text"], None, unit, today) for task, unit in of_units
    ]
    return sorted(lines, key=lambda line: line.due_on)


def _point(
    task: CaseTask | MemberTask, said: str, owner: str | None, unit: str | None, today: date
) -> PointLine:
    overdue = task.done_at is None and task.due_on < today
    return PointLine(task.meeting_id, said, owner, unit, task.due_on, overdue, task.done_at)
