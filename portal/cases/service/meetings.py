"""Meetings about a case: minutes whose points are tasks with owner and day (C15, B16)."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portal.audit.trail import record
from portal.cases.joint_models import CaseMeeting
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.in_hand import take_open, today, touch
from portal.cases.service.joint import put_member_task
from portal.cases.service.tasks import put_task
from portal.cases.states import MeetingKind
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class RecordMeeting:
    """The minutes of a meeting that was held."""

    number: str
    kind: MeetingKind
    held_on: date
    subject: str = field(repr=False)
    present: str = field(repr=False)
    minutes: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddPoint:
    """What a meeting decided: who does it, by which day; an officer or a unit that takes part."""

    number: str
    meeting: UUID
    officer: UUID | None
    member: UUID | None
    due_on: date
    text: str = field(repr=False)


def record_meeting(command: RecordMeeting, *, actor: Actor) -> UUID:
    """Put the minutes of a meeting into the case; RuleBroken for a day that is still to come."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        if command.held_on > today(uow):
            raise RuleBroken("meeting-not-held-yet")
        meeting = CaseMeeting(
            case_id=case.id,
            kind=command.kind,
            held_on=command.held_on,
            words=b"",
            entered_at=uow.now,
            entered_by=actor.id,
        )
        said = {
            "subject": command.subject,
            "present": command.present,
            "minutes": command.minutes,
        }
        meeting.words = key_of(case).encrypt_json(
            said, context_of("case_meeting.words", meeting.id)
        )
        uow.session.add(meeting)
        record(uow, "case.record-meeting", "case", case.id, meeting=meeting.id.hex)
        touch(uow, case)
        return meeting.id


def add_point(command: AddPoint, *, actor: Actor) -> UUID:
    """Make a task of what a meeting decided; return its id.

    Raises NotFound for a meeting of another case and for a unit that takes no part, and RuleBroken
    without an owner or for a day that is over.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, None)
        meeting = uow.session.get(CaseMeeting, command.meeting)
        if meeting is None or meeting.case_id != case.id:
            raise NotFound("meeting")
        what = (command.due_on, command.text)
        if command.member is not None:
            return put_member_task(uow, case, command.member, *what, meeting=meeting.id)
        if command.officer is None:
            raise RuleBroken("point-without-owner")
        return put_task(uow, case, command.officer, *what, meeting=meeting.id)
