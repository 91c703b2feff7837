"""Joint work on a case: a lead unit and members, mandate, end date, signatures (A6, B21, E17)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Row, Select, select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.joint_models import CaseMember, MemberTask
from portal.cases.models import Case, CaseTask
from portal.cases.queries.access import context_of, is_ordinary, key_of
from portal.cases.queries.joint import get_member, said_of, words_context
from portal.cases.rules import demand_head
from portal.cases.service.chain import demand_elsewhere
from portal.cases.service.in_hand import take_open, today, touch
from portal.cases.service.leaving import somebody_who_heads
from portal.casework.queries.board import viewpoint
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class AddMember:
    """A unit that works on a case with the leading one: its part, what it is told, until when."""

    number: str
    unit: str
    mandate: str = field(repr=False)
    shared: str = field(repr=False)
    ends_on: date
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class EndMembership:
    """That a unit has no part in a case any more."""

    number: str
    member: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class GiveMemberTask:
    """Something a member is to do by a day."""

    number: str
    member: UUID
    due_on: date
    text: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class SignMembership:
    """That a unit takes its part, as whoever heads it signs."""

    member: UUID


@dataclass(frozen=True, slots=True)
class FinishMemberTask:
    """That a member has done something, and what came of it."""

    member: UUID
    task: UUID
    result: str = field(repr=False)


def add_member(command: AddMember, *, actor: Actor) -> UUID:
    """Have another unit take part in a case: by the head of the unit that leads it.

    Raises RuleBroken for a unit that is none, or its own, or has a part already, for a day that is
    over, and for a case that few may know of.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        demand_elsewhere(uow, case, command.unit)
        if command.ends_on < today(uow):
            raise RuleBroken("task-day-over")
        _demand_no_part(uow, case, command.unit)
        member = CaseMember(
            case_id=case.id,
            department_code=command.unit,
            words=b"",
            ends_on=command.ends_on,
            joined_at=uow.now,
            joined_by=actor.id,
        )
        said = {"mandate": command.mandate, "shared": command.shared}
        member.words = key_of(case).encrypt_json(said, words_context(member))
        uow.session.add(member)
        record(uow, "case.add-member", "case", case.id, department=command.unit)
        touch(uow, case)
        return member.id


def end_membership(command: EndMembership, *, actor: Actor) -> None:
    """End the part of a unit: it reads nothing of the case any more.

    What it was still to do goes on with whoever has the case, or else with whoever ends it.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        _end(uow, case, _live(uow, case, command.member), case.handler_id or actor.id)


def end_parts_that_are_over(*, actor: Actor) -> int:
    """End the parts in open cases whose last day is over; return how many.

    Nobody reads by them since that day. What a unit was still to do goes on with whoever has the
    case, or else with a head of the unit; where it has nobody such a part stays as it is until it
    has, and holds up none behind it. Safe to run twice: what has ended is passed over.
    """
    return sum(_end_over(row.case_id, row.id, actor) for row in _parts_over(actor))


def _parts_over(actor: Actor) -> Iterator[Row[UUID, UUID]]:
    """The parts that are over in open cases, each once."""
    last: UUID | None = None
    while True:
        wanted = (
            select(CaseMember.id, CaseMember.case_id)
            .join(Case, Case.id == CaseMember.case_id)
            .where(CaseMember.left_at.is_(None), CaseMember.ends_on < viewpoint(actor).today)
            .where(Case.disposed_at.is_(None), Case.ending.is_(None))
        )
        if last is not None:
            wanted = wanted.where(CaseMember.id > last)
        batch = db.session.execute(wanted.order_by(CaseMember.id).limit(AT_ONCE)).all()
        if not batch:
            return
        yield from batch
        last = batch[-1].id


def _end_over(case_id: UUID, member_id: UUID, actor: Actor) -> bool:
    """End a part that is over, unless it has tasks left that would be nobody's."""
    with unit_of_work(actor) as uow:
        case = uow.session.get_one(Case, case_id, with_for_update=True)
        member = uow.session.get_one(CaseMember, member_id, with_for_update=True)
        if member.left_at is not None:
            return False
        owner = case.handler_id or somebody_who_heads(uow, case)
        if owner is None and uow.session.scalar(_still_to_do(member).limit(1)) is not None:
            return False
        _end(uow, case, member, owner)
        return True


def _end(uow: UnitOfWork, case: Case, member: CaseMember, owner: UUID | None) -> None:
    member.left_at = uow.now
    record(uow, "case.end-member", "case", case.id, department=member.department_code)
    turn_tasks(uow, case, member, owner)
    touch(uow, case)


def give_member_task(command: GiveMemberTask, *, actor: Actor) -> UUID:
    """Give a member something to do by a day; RuleBroken for a day that is over."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        return put_member_task(uow, case, command.member, command.due_on, command.text)


def put_member_task(
    uow: UnitOfWork,
    case: Case,
    which: UUID,
    due_on: date,
    text: str,
    *,
    meeting: UUID | None = None,
) -> UUID:
    """Give a member a task in a case that is in hand; of a point of a meeting it says of which.

    Raises RuleBroken for a day that is over, and once few may know of the case: no member sees it.
    """
    member = _live(uow, case, which)
    if member.ends_on < today(uow):
        raise NotFound("case-member")
    if not is_ordinary(uow.session, case):
        raise RuleBroken("case-closed-to-others")
    if due_on < today(uow):
        raise RuleBroken("task-day-over")
    task = MemberTask(
        member_id=member.id,
        due_on=due_on,
        words=b"",
        given_at=uow.now,
        given_by=uow.actor.id,
        meeting_id=meeting,
    )
    task.words = key_of(case).encrypt_json({"text": text}, words_context(task))
    uow.session.add(task)
    details = {"task": task.id.hex, "department": member.department_code}
    record(uow, "case.give-member-task", "case", case.id, **details)
    touch(uow, case)
    return task.id


def sign_membership(command: SignMembership, *, actor: Actor) -> None:
    """Sign for the actor's own unit that it takes its part; MoveRefused once it is signed."""
    demand(actor, Permission.HEAD_CASES)
    with unit_of_work(actor) as uow:
        member, case = get_member(uow.session, command.member, actor, for_update=True)
        if member.signed_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        member.signed_at, member.signed_by = uow.now, actor.id
        record(uow, "case.sign-member", "case", case.id, department=member.department_code)
        touch(uow, case)


def finish_member_task(command: FinishMemberTask, *, actor: Actor) -> None:
    """Note that the actor's own unit has done something; MoveRefused once it is noted."""
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        member, case = get_member(uow.session, command.member, actor, for_update=True)
        task = uow.session.get(MemberTask, command.task, with_for_update=True)
        if task is None or task.member_id != member.id:
            raise NotFound("member-task")
        if task.done_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        key = key_of(case)
        said = {**said_of(key, task), "result": command.result}
        task.words = key.encrypt_json(said, words_context(task))
        task.done_at, task.done_by = uow.now, actor.id
        details = {"task": task.id.hex, "department": member.department_code}
        record(uow, "case.finish-member-task", "case", case.id, **details)
        touch(uow, case)


def turn_tasks(uow: UnitOfWork, case: Case, member: CaseMember, owner: UUID | None) -> None:
    """What a unit was still to do in a case is somebody's task in it, the same by its id (B16)."""
    key = key_of(case)
    for one in uow.session.scalars(_still_to_do(member).with_for_update()).all():
        if owner is None:
            raise NotFound("account")
        task = CaseTask(
            id=one.id,
            case_id=case.id,
            owner_id=owner,
            due_on=one.due_on,
            body=key.encrypt_text(said_of(key, one)["text"], context_of("case_task.body", one.id)),
            made_at=one.given_at,
            made_by=one.given_by,
            meeting_id=one.meeting_id,
        )
        uow.session.delete(one)
        uow.session.add(task)
        details = {"task": task.id.hex, "owner": owner.hex}
        record(uow, "case.turn-member-task", "case", case.id, **details)


def _still_to_do(member: CaseMember) -> Select[MemberTask]:
    return select(MemberTask).where(MemberTask.member_id == member.id, MemberTask.done_at.is_(None))


def _live(uow: UnitOfWork, case: Case, which: UUID) -> CaseMember:
    member = uow.session.get(CaseMember, which, with_for_update=True)
    if member is None or member.case_id != case.id or member.left_at is not None:
        raise NotFound("case-member")
    return member


def _demand_no_part(uow: UnitOfWork, case: Case, unit: str) -> None:
    """RuleBroken for a unit that has a part; one whose last day is over is ended."""
    there = select(CaseMember).where(
        CaseMember.case_id == case.id,
        CaseMember.department_code == unit,
        CaseMember.left_at.is_(None),
    )
    before = uow.session.scalar(there)
    if before is None:
        return
    if before.ends_on >= today(uow):
        raise RuleBroken("member-already")
    _end(uow, case, before, case.handler_id or uow.actor.id)
    uow.session.flush()
